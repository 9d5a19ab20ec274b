package atomicsession_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// crossSite serves a POST of another site, such as the answer of an identity provider, whose cookies come along.
func (a *moved) crossSite(j jar, f func(ctx context.Context, s *atomicsession.Session) error) (err error) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	for _, name := range slices.Sorted(maps.Keys(j)) {
		r.AddCookie(&http.Cookie{Name: name, Value: j[name]})
	}
	w := httptest.NewRecorder()
	a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = f(r.Context(), a.sessions.Get(r.Context()))
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(j, c.Name)
		} else {
			j[c.Name] = c.Value
		}
	}
	return err
}

// Whoever has signed in as somebody else, and out, must not be who they were in the old library.
func TestImportSignOutAfterCrossSiteSignIn(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	j := a.visitor("1") // ann's
	must(t, a.crossSite(j, func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "bob") }))
	a.wantUser(j, "bob")
	must(t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }))
	a.wantUser(j, "-")

	// Nor by a part of the cookies that came along.
	a = newMoved(t, atomicsession.Options{})
	a.old.names, a.old.stateless = []string{"old", "older"}, true
	both := jar{"old": "1", "older": "x"}
	must(t, a.crossSite(both, func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "bob") }))
	a.wantUser(jar{"old": "1"}, "-")
}

// Likewise where the old session could not be read at first.
func TestImportSignOutAfterUnreadable(t *testing.T) {
	a := newMoved(t, atomicsession.Options{Logger: slog.New(slog.DiscardHandler)})
	j := a.visitor("1")
	a.old.failure = errors.New("gob: a type that is not registered")
	must(t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "bob") }))
	a.wantUser(j, "bob")
	must(t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }))
	a.old.failure = nil // the next version of the program
	a.wantUser(j, "-")
}

// A Destroy that returns nil must not leave a session that the next version signs the visitor in with.
func TestImportDestroyUnreadable(t *testing.T) {
	a := newMoved(t, atomicsession.Options{Logger: slog.New(slog.DiscardHandler)})
	j := a.visitor("1")
	a.old.failure = errors.New("gob: a type that is not registered")
	must(t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }))
	a.old.failure = nil
	a.wantUser(j, "-")
}

// Destroy and a Reset that signs out do their work though the visitor has closed the page.
func TestImportDestroyForNobody(t *testing.T) {
	for name, end := range map[string]func(context.Context, *atomicsession.Session) error{
		"destroy": func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) },
		"reset":   func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx) },
	} {
		a := newMoved(t, atomicsession.Options{})
		ctx, leave := context.WithCancel(t.Context())
		r := httptest.NewRequest(http.MethodPost, "/", nil).WithContext(ctx)
		r.Header.Set("Cookie", "old=1")
		var err error
		a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			leave()
			err = end(r.Context(), a.sessions.Get(r.Context()))
		})).ServeHTTP(httptest.NewRecorder(), r)
		a.clock.advance(time.Minute)
		if got := a.user(a.visitor("1")); got != "-" {
			t.Errorf("%s (%v): signed out and gone, but the old cookie is a session of %q", name, err, got)
		}
	}
}

// unlisted is a store without an index, such as Redis of everybody's sessions.
type unlisted struct{ driver.Store }

// "The error matches errors.ErrUnsupported, and nothing has ended."
func TestImportRevokeEveryoneUnsupported(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	opts := atomicsession.Options{Now: a.clock.now, Import: &atomicsession.Import{
		From: a.old, Key: importKey, User: func(old atomicsession.OldSession) string { user, _ := old.Values["user"].(string); return user },
	}}
	a.sessions = newManager(t, unlisted{memstore.New(nil)}, &opts)
	_, err := a.sessions.RevokeEveryone(t.Context(), a.clock.now())
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	a.wantUser(a.visitor("1"), "ann")
}

// RevokeAll ends the sessions of a user in all realms.
func TestImportRevokeAllInAnotherRealm(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	admin := newManager(t, a.store, &atomicsession.Options{
		Now: a.clock.now, Realm: "admin", Import: &atomicsession.Import{From: newOldLibrary(), Key: importKey},
	})
	_, err := admin.RevokeAll(t.Context(), "ann")
	must(t, err)
	a.wantUser(a.visitor("1"), "-")
}

// A session whose sign-in is not known is older than its import: a password that was known until an hour ago must not keep it.
func TestImportRevokeBeforeUnknownBeginning(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	a.old.sessions["old=3"] = atomicsession.OldSession{Values: map[string]any{"user": "eve"}}
	begun := a.clock.now()
	a.clock.advance(time.Hour)
	eve := a.visitor("3")
	a.wantUser(eve, "eve")
	a.clock.advance(time.Minute)
	_, err := a.sessions.RevokeBefore(t.Context(), "eve", begun.Add(30*time.Minute))
	must(t, err)
	a.wantUser(eve, "-")
}

// A server whose clock is behind holds to the ten seconds.
func TestImportClockBehind(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	a.old.stateless = true
	behind := &moved{t: t, old: a.old, store: a.store, clock: newClock()}
	behind.clock.advance(-5 * time.Minute)
	behind.sessions = newManagerWithUser(behind)
	a.wantUser(a.visitor("1"), "ann")
	for range 2 {
		a.clock.advance(time.Minute)
		behind.clock.advance(time.Minute)
	}
	behind.wantUser(behind.visitor("1"), "-")
}

// a handler that panics, whose panic is answered outside, and a visitor who leaves at each step: the session is there within ten seconds.
func TestImportPanicAndLeave(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", "old=1")
	func() {
		defer func() { _ = recover() }()
		a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			must(t, a.sessions.Get(r.Context()).Update(r.Context(), importedTea.Inc(1)))
			panic("x")
		})).ServeHTTP(w, r)
	}()
	if sessionCookie(w.Result()) == nil {
		t.Error("no cookie after a panic")
	}
	for step := range 8 {
		a := newMoved(t, atomicsession.Options{})
		ctx, leave := context.WithCancel(t.Context())
		n := 0
		a.store.before(func(context.Context, string) error {
			if n++; n == step+1 {
				leave()
			}
			return nil
		})
		r := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
		r.Header.Set("Cookie", "old=1")
		a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_ = a.sessions.Get(r.Context()).Update(r.Context(), importedTea.Inc(1))
		})).ServeHTTP(httptest.NewRecorder(), r)
		leave()
		a.store.before(nil)
		ann := a.visitor("1")
		a.wantUser(ann, "ann")
		if list, err := a.sessions.UserSessions(t.Context(), "ann"); err != nil || len(list) != 1 {
			t.Errorf("step %d: %d sessions of ann, %v", step, len(list), err)
		}
	}
}
