package stores

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// site is the application after the move.
type site struct {
	t        *testing.T
	sessions *atomicsession.Manager
	server   *httptest.Server
	ahead    atomic.Int64 // of the clock, in nanoseconds
	visits   sync.Map     // what requests are to do, by the number in their header
	count    atomic.Int64 // of visits
}

type visit func(ctx context.Context, s *atomicsession.Session) error

func newSite(t *testing.T, old *application) *site {
	t.Helper()
	s := &site{t: t}
	var err error
	s.sessions, err = atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Import: &atomicsession.Import{From: old.importer, Key: bytes.Repeat([]byte{7}, 32), User: userOf},
		Cookie: atomicsession.CookieOptions{Name: "__Host-site"}, // that of scs is "session"
		Now:    func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewTLSServer(s.sessions.Middleware(http.HandlerFunc(s.serve)))
	t.Cleanup(s.server.Close)
	return s
}

// userOf returns whom an old session of one name or of several says that it belongs to.
func userOf(old atomicsession.OldSession) string {
	values := old.Values
	if account, ok := values["account"].(map[string]any); ok {
		values = account
	}
	user, _ := values["user"].(string)
	return user
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := s.visits.LoadAndDelete(r.Header.Get("Visit"))
	if !ok {
		s.t.Error("a request of nobody")
		return
	}
	if err := f.(visit)(r.Context(), s.sessions.Get(r.Context())); err != nil {
		if atomicsession.StatusCode(err) != http.StatusServiceUnavailable {
			s.t.Error(err)
		}
		s.sessions.WriteError(w, r, err)
	}
}

// visit has the owner of the jar make a request, in which f uses the session, and returns the status.
func (s *site) visit(jar http.CookieJar, f visit) int {
	s.t.Helper()
	number := strconv.FormatInt(s.count.Add(1), 10)
	s.visits.Store(number, f)
	return get(s.t, s.server, jar, "/", http.Header{"Visit": {number}})
}

// user returns whom the session of the jar's owner is bound to, "" if there is none.
func (s *site) user(jar http.CookieJar) (user string) {
	s.t.Helper()
	status := s.visit(jar, func(ctx context.Context, session *atomicsession.Session) (err error) {
		user, err = session.User(ctx)
		return err
	})
	if status != http.StatusOK {
		s.t.Fatalf("a page is answered with status %d", status)
	}
	return user
}

// info returns what there is to know of the session of the jar's owner.
func (s *site) info(jar http.CookieJar) (info atomicsession.Info) {
	s.t.Helper()
	s.wantStatus(jar, "a page about the session", http.StatusOK, func(ctx context.Context, session *atomicsession.Session) (err error) {
		info, _, err = session.Info(ctx)
		return err
	})
	return info
}

func (s *site) wantStatus(jar http.CookieJar, what string, want int, f visit) {
	s.t.Helper()
	if got := s.visit(jar, f); got != want {
		s.t.Errorf("%s is answered with status %d, want %d", what, got, want)
	}
}

func (s *site) wantUser(jar http.CookieJar, whose, want string) {
	s.t.Helper()
	if got := s.user(jar); got != want {
		s.t.Errorf("%s is signed in as %q, want %q", whose, got, want)
	}
}

// get makes a request of the jar's owner and returns the status.
func get(t *testing.T, server *httptest.Server, jar http.CookieJar, path string, header http.Header) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	client := *server.Client()
	client.Jar = jar
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
