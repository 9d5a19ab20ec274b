package atomicsession_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

var (
	importedTea  = atomicsession.NewCounter("cart.tea")
	importedLang = atomicsession.NewKey[string]("lang")
)

// An old session becomes one of ours at its first use, with all that it was, and the old one is gone.
func TestImport(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	ann := a.visitor("1")
	must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error {
		info, ok, err := s.Info(ctx)
		must(t, err)
		if !ok || info.User != "ann" || !info.Expires.Equal(a.clock.now().Add(23*time.Hour)) || !info.Created.Equal(a.clock.now().Add(-time.Hour)) {
			t.Errorf("imported as %+v, %v", info, ok)
		}
		if !info.Authenticated.IsZero() {
			t.Error("an import counts as a sign-in")
		}
		tea, _, err := importedTea.Get(ctx, s)
		if tea != 2 {
			t.Errorf("tea: %d, want 2", tea)
		}
		must(t, err)
		return s.Update(ctx, importedTea.Inc(1))
	}))
	if len(ann) != 1 || ann["__Host-session"] == "" {
		t.Errorf("the browser has %v, want a new cookie alone", ann)
	}
	if a.old.annLives() {
		t.Error("the old session lives on")
	}
	a.store.took()
	must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error {
		err := s.Update(ctx, atomicsession.If(atomicsession.SignedInWithin(time.Hour)), importedTea.Inc(1))
		if !errors.Is(err, atomicsession.ErrReauthenticate) {
			t.Errorf("SignedInWithin after an import: %v", err)
		}
		return nil
	}))
	wantCalls(t, a.store, "update")
	if n := a.sessionsStored(); n != 1 {
		t.Errorf("%d sessions, want 1: claims are none", n)
	}
}

// What an import costs, and what costs nothing.
func TestImportCost(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	read := func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := importedLang.Get(ctx, s)
		return err
	}
	must(t, a.visit(jar{}, read))
	wantCalls(t, a.store)
	must(t, a.visit(a.visitor("1"), func(context.Context, *atomicsession.Session) error { return nil }))
	wantCalls(t, a.store)
	must(t, a.visit(a.visitor("1"), read))
	wantCalls(t, a.store, "load", "create", "load", "load", "create", "update") // the claim, the session, two revocations, the claim, the session
	must(t, a.visit(a.visitor("1"), read))
	wantCalls(t, a.store, "load", "load")
	must(t, a.visit(a.visitor("2"), read))
	wantCalls(t, a.store, "load", "create", "load", "create", "update")
}

// An idle time and the end with the browser are kept.
func TestImportLifetimes(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	guest := a.visitor("2")
	a.wantUser(guest, "")
	a.clock.advance(19 * time.Minute)
	must(t, a.visit(guest, func(ctx context.Context, s *atomicsession.Session) error { return s.Touch(ctx) }))
	a.clock.advance(19 * time.Minute)
	a.wantUser(guest, "")
	a.clock.advance(21 * time.Minute)
	a.wantUser(guest, "-")

	a.old.sessions["old=3"] = atomicsession.OldSession{Values: map[string]any{"user": "eve"}, NonPersistent: true}
	for i := range 2 { // the importer, and one that comes at the same time
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "old=3")
		w := httptest.NewRecorder()
		a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := a.sessions.Get(r.Context()).Exists(r.Context())
			must(t, err)
		})).ServeHTTP(w, r)
		if c := sessionCookie(w.Result()); c == nil || c.MaxAge != 0 {
			t.Errorf("request %d: the cookie is %v, want one that ends with the browser", i, c)
		}
		if gone := w.Result().Header.Values("Set-Cookie"); len(gone) != 2 || !strings.Contains(gone[1], "Domain=example.com") ||
			!strings.Contains(gone[1], "Max-Age=0") {
			t.Errorf("request %d: the old cookies are not forgotten with their attributes: %q", i, gone)
		}
	}

	a.old.sessions["old=4"] = atomicsession.OldSession{Values: map[string]any{"user": "eve"}, Deadline: a.clock.now()}
	late := a.visitor("4")
	a.wantUser(late, "-")
	if len(late) != 0 {
		t.Errorf("the cookie of an expired session stays: %v", late)
	}
}

// For ten seconds after the claim the old cookie names the new session, then none; and none at once when the session has ended.
func TestImportWindow(t *testing.T) {
	for _, stateless := range []bool{false, true} {
		a := newMoved(t, atomicsession.Options{})
		a.old.stateless = stateless
		a.wantUser(a.visitor("1"), "ann")
		a.clock.advance(10 * time.Second)
		a.wantUser(a.visitor("1"), "ann")
		a.clock.advance(time.Millisecond)
		thief := a.visitor("1")
		a.wantUser(thief, "-")
		if len(thief) != 0 {
			t.Errorf("the old cookie is not forgotten: %v", thief)
		}
		a.clock.advance(30 * 24 * time.Hour) // the session has expired, and with it the old cookie; with clocks that differ, it has not
		a.wantUser(a.visitor("1"), "-")
	}
}

// What cannot be read leaves an anonymous visitor, the old session and a word in the log.
func TestImportUnreadable(t *testing.T) {
	changes := func(f func(atomicsession.OldSession) ([]atomicsession.Change, error)) atomicsession.Options {
		return atomicsession.Options{Import: &atomicsession.Import{Changes: f}}
	}
	tests := map[string]struct {
		opts    atomicsession.Options
		prepare func(*moved)
	}{
		"damaged":    {prepare: func(a *moved) { a.old.failure = errors.New("gob: damaged") }},
		"a Go value": {prepare: func(a *moved) { a.old.sessions["old=1"].Values["c"] = make(chan int) }},
		"no path":    {prepare: func(a *moved) { a.old.sessions["old=1"].Values["$x"] = 1 }},
		"two paths":  {prepare: func(a *moved) { a.old.sessions["old=1"].Values["cart"] = 1 }},
		"too large":  {prepare: func(a *moved) { a.old.sessions["old=1"].Values["x"] = strings.Repeat("x", 20<<20) }},
		"no user":    {prepare: func(a *moved) { a.old.sessions["old=1"].Values["user"] = "\x00" }},
		"a condition": {opts: changes(func(atomicsession.OldSession) ([]atomicsession.Change, error) {
			return []atomicsession.Change{atomicsession.If(atomicsession.Path("a").Absent())}, nil
		})},
		"a sign-in": {opts: changes(func(atomicsession.OldSession) ([]atomicsession.Change, error) {
			return []atomicsession.Change{atomicsession.User("eve")}, nil
		})},
		"its own error": {opts: changes(func(atomicsession.OldSession) ([]atomicsession.Change, error) { return nil, errOldStore })},
	}
	for name, test := range tests {
		var log bytes.Buffer
		test.opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		a := newMoved(t, test.opts)
		a.old.sessions["old=1"].Values["city"] = "Hamburg"
		if test.prepare != nil {
			test.prepare(a)
		}
		ann := a.visitor("1")
		a.wantUser(ann, "-")
		if ann["old"] != "1" || !a.old.annLives() || a.store.rows(t) != 0 {
			t.Errorf("%s: the old session is not as it was: %v", name, ann)
		}
		if text := log.String(); !strings.Contains(text, "cannot be imported") || strings.Contains(text, "Hamburg") {
			t.Errorf("%s: the log says %q", name, text)
		}
	}
}

// A store that fails is no reason to sign anybody out.
func TestImportUnavailable(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	ann := a.visitor("1")
	read := func(ctx context.Context, s *atomicsession.Session) error { _, err := s.User(ctx); return err }
	a.old.failure = errors.Join(errOldStore, atomicsession.ErrUnavailable)
	if err := a.visit(ann, read); !errors.Is(err, atomicsession.ErrUnavailable) || atomicsession.StatusCode(err) != 503 {
		t.Errorf("with the old store down: %v", err)
	}
	a.old.failure = nil
	a.store.fail(atomicsession.ErrUnavailable)
	if err := a.visit(ann, read); !errors.Is(err, atomicsession.ErrUnavailable) {
		t.Errorf("with the store down: %v", err)
	}
	a.store.before(nil)
	a.old.failEnd = errOldStore
	a.wantUser(ann, "ann")
	if !a.old.annLives() {
		t.Fatal("the old session has ended")
	}
	// Whoever comes with the old cookie later gets nothing, and ends what could not be ended.
	a.old.failEnd = nil
	a.clock.advance(time.Minute)
	a.wantUser(a.visitor("1"), "-")
	if a.old.annLives() {
		t.Error("the old session lives on")
	}
	a.wantUser(ann, "ann")
}

// Where the browser would not take the cookie, or cannot get it, nothing is imported.
func TestImportNeedsAnAnswer(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	try := func(prepare func(*http.Request), before func(http.ResponseWriter)) (user string, err error) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Cookie", "old=1")
		prepare(r)
		a.sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			before(w)
			user, err = a.sessions.Get(r.Context()).User(r.Context())
		})).ServeHTTP(httptest.NewRecorder(), r)
		return user, err
	}
	if user, err := try(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, func(http.ResponseWriter) {}); user != "" || err != nil {
		t.Errorf("in a request of another site: %q, %v", user, err)
	}
	if _, err := try(func(*http.Request) {}, func(w http.ResponseWriter) { w.WriteHeader(200) }); !errors.Is(err, atomicsession.ErrHeadersSent) {
		t.Errorf("after the header: %v", err)
	}
	// The visitor leaves while the import is under way.
	ctx, leave := context.WithCancel(t.Context())
	a.store.meanwhile = func(context.Context) { leave() }
	a.store.left("create")
	_, err := try(func(r *http.Request) { *r = *r.WithContext(ctx) }, func(http.ResponseWriter) {})
	if err == nil {
		t.Error("imported for nobody")
	}
	wantRows(t, a.store, 0)
	a.clock.advance(time.Hour)
	a.wantUser(a.visitor("1"), "ann")
}

func TestImportOptions(t *testing.T) {
	for want, im := range map[string]atomicsession.Import{
		"needs a From": {Key: importKey},
		"shorter than": {From: newOldLibrary(), Key: importKey[:31]},
		"all zeros":    {From: newOldLibrary(), Key: make([]byte, 32)},
	} {
		_, err := atomicsession.New(newStore(), &atomicsession.Options{Import: &im})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, opts := range []atomicsession.Options{
		{Cookie: atomicsession.CookieOptions{Name: "old"}},
		{Cookie: atomicsession.CookieOptions{Name: "__Host-old"}, SecureRequest: func(*http.Request) bool { return true }},
	} {
		opts.Import = &atomicsession.Import{From: newOldLibrary(), Key: importKey}
		_, err := atomicsession.New(newStore(), &opts)
		if err == nil || !strings.Contains(err.Error(), "to another one than that of the old library") {
			t.Errorf("a cookie of the same name: %v", err)
		}
	}
}

// A request that finds the old session ended, as another one has just imported it, goes on with the new one.
func TestImportFoundEnded(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	loads := 0
	a.store.before(func(_ context.Context, call string) error {
		if call == "load" {
			if loads++; loads == 1 { // the claim: there is none yet, as this request will see
				a.old.onLoad = func() {
					a.old.onLoad = nil
					must(t, a.visit(a.visitor("1"), func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, importedTea.Inc(1)) }))
				}
			}
		}
		return nil
	})
	ann := a.visitor("1")
	must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, importedTea.Inc(1)) }))
	must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error {
		tea, _, err := importedTea.Get(ctx, s)
		if tea != 4 {
			t.Errorf("tea: %d, want 4", tea)
		}
		return err
	}))
}
