package atomicsession_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// clock is a clock that stands still unless it is moved.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 3, 1, 12, 0, 0, int(250*time.Millisecond), time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// store is a memstore that counts the calls and lets a test step in.
type store struct {
	*memstore.Store
	mu    sync.Mutex
	calls []string
	hook  func(ctx context.Context, call string) error
	lost  string       // the call whose reply is lost next: it takes effect and its outcome is unknown
	swept atomic.Int64 // records

	after     string                    // the call that meanwhile follows
	meanwhile func(ctx context.Context) // what happens before the caller is told so
}

// loseReply makes the next call of a name take effect and fail with an unknown outcome.
func (s *store) loseReply(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = call
}

// leave returns the error of a call that has returned err.
func (s *store) leave(ctx context.Context, call string, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.after == call {
		s.after = ""
		s.meanwhile(ctx)
	}
	if s.lost != call {
		return err
	}
	s.lost = ""
	if s.meanwhile != nil {
		s.meanwhile(ctx)
	}
	return driver.ErrUnknownOutcome
}

// left makes the next call of a name take effect, and [store.meanwhile] happen before its answer.
func (s *store) left(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = call
}

// before sets what is asked before every call that follows: its error is the answer.
func (s *store) before(hook func(ctx context.Context, call string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

// fail makes the calls named fail with err; no name is all.
func (s *store) fail(err error, names ...string) {
	s.before(func(_ context.Context, call string) error {
		if len(names) == 0 || slices.Contains(names, call) {
			return err
		}
		return nil
	})
}

func (s *store) enter(ctx context.Context, call string) error {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(ctx, call)
}

// took returns the calls since it was last asked.
func (s *store) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := s.enter(ctx, "create"); err != nil {
		return err
	}
	return s.leave(ctx, "create", s.Store.Create(ctx, v, r))
}

func (s *store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := s.enter(ctx, "load"); err != nil {
		return driver.Record{}, err
	}
	return s.Store.Load(ctx, now, k)
}

func (s *store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := s.enter(ctx, "update"); err != nil {
		return driver.Result{}, err
	}
	res, err := s.Store.Update(ctx, now, k, u)
	return res, s.leave(ctx, "update", err)
}

func (s *store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	name := "delete"
	if k.ByUser {
		name = "revoke"
	}
	if err := s.enter(ctx, name); err != nil {
		return err
	}
	return s.Store.Delete(ctx, now, k)
}

func (s *store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := s.enter(ctx, "sweep"); err != nil {
		return 0, err
	}
	n, err := s.Store.Sweep(ctx, now, limit)
	s.swept.Add(int64(n))
	return n, err
}

func (s *store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := s.enter(ctx, "list"); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, now, user, after, limit)
}

func (s *store) DeleteMany(
	ctx context.Context, now time.Time, which driver.Selection, after driver.ID, limit int,
) (int, driver.ID, error) {
	if err := s.enter(ctx, "revoke all"); err != nil {
		return 0, driver.ID{}, err
	}
	return s.Store.DeleteMany(ctx, now, which, after, limit)
}

// rows returns how many records there are, expired ones included: a sweep at the end of time counts them.
func (s *store) rows(t testing.TB) int {
	t.Helper()
	n, err := s.Store.Sweep(context.Background(), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// site is an HTTPS server with sessions.
type site struct {
	t        testing.TB
	store    *store
	clock    *clock
	sessions *atomicsession.Manager
	server   *httptest.Server
	handlers sync.Map // by path
	paths    atomic.Int64
}

type handler func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session)

func newStore() *store { return &store{Store: memstore.New(nil)} }

func newSite(t testing.TB, opts *atomicsession.Options) *site {
	t.Helper()
	if opts == nil {
		opts = new(atomicsession.Options)
	}
	site := &site{t: t, store: newStore(), clock: newClock()}
	opts.Now = site.clock.now
	site.sessions = newManager(t, site.store, opts)
	site.server = httptest.NewUnstartedServer(site.sessions.Middleware(http.HandlerFunc(site.serve)))
	site.server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that leave in the middle of a handshake
	site.server.StartTLS()
	t.Cleanup(site.server.Close)
	site.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64 // TLS handshakes are slow under -race
	return site
}

func newManager(t testing.TB, s driver.Store, opts *atomicsession.Options) *atomicsession.Manager {
	t.Helper()
	m, err := atomicsession.New(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (site *site) serve(w http.ResponseWriter, r *http.Request) {
	h, ok := site.handlers.LoadAndDelete(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h.(handler)(w, r, site.sessions.Get(r.Context()))
}

// sessionCookie returns the session cookie that a response sets, nil if none.
func sessionCookie(resp *http.Response) *http.Cookie {
	for _, c := range resp.Cookies() {
		if c.Name == "__Host-session" {
			return c
		}
	}
	return nil
}

func wantCalls(t testing.TB, s *store, want ...string) {
	t.Helper()
	if got := s.took(); !slices.Equal(got, want) {
		t.Errorf("the store was called %q, want %q", got, want)
	}
}

func wantRows(t testing.TB, s *store, want int) {
	t.Helper()
	if got := s.rows(t); got != want {
		t.Errorf("%d sessions are stored, want %d", got, want)
	}
}

// request runs f within a request with the given cookie, without a server, and returns f's error.
func request(t testing.TB, m *atomicsession.Manager, token string, f func(context.Context, *atomicsession.Session) error) (err error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if token != "" {
		r.Header.Set("Cookie", "__Host-session="+token)
	}
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = f(r.Context(), m.Get(r.Context()))
	})).ServeHTTP(httptest.NewRecorder(), r)
	return err
}

// newToken returns the cookie of a new session, made without a server.
func newToken(t testing.TB, m *atomicsession.Manager, changes ...atomicsession.Change) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Renew(r.Context(), append(changes, atomicsession.Path("a").Set(1))...); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return sessionCookie(w.Result()).Value
}

// must fails the test if err is not nil, from whichever goroutine.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
