package atomicsession_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// oldLibrary keeps sessions by the value of the cookies "old" and "older". Where it is stateless, a cookie names its session for ever, as
// one does that holds it.
type oldLibrary struct {
	names     []string // of its cookies
	stateless bool
	mu        sync.Mutex
	sessions  map[string]atomicsession.OldSession
	ended     map[string]int // how often
	failure   error          // of Load
	failEnd   error
	onLoad    func() // before it looks
}

func newOldLibrary() *oldLibrary {
	return &oldLibrary{names: []string{"old"}, sessions: make(map[string]atomicsession.OldSession), ended: make(map[string]int)}
}

func (o *oldLibrary) Credentials(r *http.Request) (all []string) {
	for _, name := range o.names {
		for _, c := range r.CookiesNamed(name) {
			all = append(all, name+"="+c.Value)
		}
	}
	return all
}

func (o *oldLibrary) Load(ctx context.Context, credentials []string) (*atomicsession.OldSession, error) {
	if o.onLoad != nil {
		o.onLoad()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failure != nil {
		return nil, o.failure
	}
	var found *atomicsession.OldSession
	for _, c := range credentials {
		old, ok := o.sessions[c]
		if !ok || o.ended[c] > 0 && !o.stateless {
			continue
		}
		if found == nil {
			found = &old
			found.Values = maps.Clone(old.Values)
		}
		maps.Copy(found.Values, old.Values)
	}
	return found, ctx.Err()
}

func (o *oldLibrary) End(_ context.Context, credentials []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failEnd != nil {
		return o.failEnd
	}
	for _, c := range credentials {
		o.ended[c]++
	}
	return nil
}

func (o *oldLibrary) Cookies() []*http.Cookie {
	cookies := make([]*http.Cookie, len(o.names))
	for i, name := range o.names {
		cookies[i] = &http.Cookie{Name: name, Path: "/", Domain: "example.com"}
	}
	return cookies
}

// annLives reports whether the session of the cookie "1" is there.
func (o *oldLibrary) annLives() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended["old=1"] == 0
}

// moved is an application that has moved to this library, and its visitors.
type moved struct {
	t        testing.TB
	old      *oldLibrary
	store    *store
	clock    *clock
	sessions *atomicsession.Manager
}

var importKey = atomicsession.SigningKey(strings.Repeat("k", 31) + "!")

// newMoved returns one whose visitor "ann" has the old cookie "1", and "guest", who has not signed in, "2".
func newMoved(t testing.TB, opts atomicsession.Options) *moved {
	t.Helper()
	a := &moved{t: t, old: newOldLibrary(), store: newStore(), clock: newClock()}
	opts.Now = a.clock.now
	if opts.Import == nil {
		opts.Import = new(atomicsession.Import)
	}
	opts.Import.From, opts.Import.Key = a.old, importKey
	opts.Import.User = func(old atomicsession.OldSession) string { user, _ := old.Values["user"].(string); return user }
	a.sessions = newManager(t, a.store, &opts)
	a.old.sessions["old=1"] = atomicsession.OldSession{
		Values: map[string]any{"user": "ann", "cart.tea": 2}, Created: a.clock.now().Add(-time.Hour), Deadline: a.clock.now().Add(23 * time.Hour),
	}
	a.old.sessions["old=2"] = atomicsession.OldSession{Values: map[string]any{"lang": "de"}, MaxAge: 20 * time.Minute}
	return a
}

// jar is the cookies of a browser, by name.
type jar map[string]string

func (a *moved) visitor(old string) jar { return jar{"old": old} }

// visit runs f within a request of the visitor, who gets the cookies of the response, and returns f's error.
func (a *moved) visit(j jar, f func(ctx context.Context, s *atomicsession.Session) error) error {
	a.t.Helper()
	arrive, err := a.begin(j, f)
	arrive()
	return err
}

// begin is visit, but the response arrives later, or never.
func (a *moved) begin(j jar, f func(ctx context.Context, s *atomicsession.Session) error) (arrive func(), err error) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, name := range slices.Sorted(maps.Keys(j)) {
		r.AddCookie(&http.Cookie{Name: name, Value: j[name]})
	}
	w := httptest.NewRecorder()
	a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = f(r.Context(), a.sessions.Get(r.Context()))
	})).ServeHTTP(w, r)
	arrive = func() {
		for _, c := range w.Result().Cookies() {
			if c.MaxAge < 0 {
				delete(j, c.Name)
			} else {
				j[c.Name] = c.Value
			}
		}
	}
	return arrive, err
}

// user returns whose session the visitor has: "-" if there is none, "" if it is nobody's.
func (a *moved) user(j jar) (user string) {
	a.t.Helper()
	must(a.t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error {
		ok, err := s.Exists(ctx)
		if err != nil || !ok {
			user = "-"
			return err
		}
		user, err = s.User(ctx)
		return err
	}))
	return user
}

func (a *moved) wantUser(j jar, want string) {
	a.t.Helper()
	if got := a.user(j); got != want {
		a.t.Errorf("the session is of %q, want %q", got, want)
	}
}

// sessionsStored returns how many live sessions there are.
func (a *moved) sessionsStored() (n int) {
	a.t.Helper()
	for _, err := range a.sessions.Sessions(context.Background()) {
		must(a.t, err)
		n++
	}
	return n
}

var errOldStore = errors.New("the old store is broken")
