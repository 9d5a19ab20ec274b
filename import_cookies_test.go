package atomicsession_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// A cookie that names no session, and that somebody else can know (planted from a subdomain, or "deleted" in every browser), must not decide
// whose session a request gets.
func TestImportPlantedCookie(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	a.old.names = []string{"old", "older"}
	a.old.sessions["older=ann"] = atomicsession.OldSession{Values: map[string]any{"user": "ann"}}
	thief := func() jar { return jar{"old": "planted"} }
	for range 3 { // costs the thief nothing: no claim is made
		a.wantUser(thief(), "-")
		a.clock.advance(5 * time.Second)
	}
	a.wantUser(jar{"old": "planted", "older": "ann"}, "ann")
	stolen := thief()
	a.wantUser(stolen, "-")
	a.clock.advance(time.Hour)
	a.wantUser(stolen, "-")
}

// The same without an attacker: "old=deleted" is in many browsers.
func TestImportDeadCookieOfMany(t *testing.T) {
	for _, wait := range []time.Duration{time.Second, time.Minute} {
		a := newMoved(t, atomicsession.Options{})
		a.old.names = []string{"old", "older"}
		a.old.sessions["older=ann"] = atomicsession.OldSession{Values: map[string]any{"user": "ann"}}
		a.old.sessions["older=bob"] = atomicsession.OldSession{Values: map[string]any{"user": "bob"}}
		a.wantUser(jar{"old": "deleted", "older": "ann"}, "ann")
		a.clock.advance(wait)
		a.wantUser(jar{"old": "deleted", "older": "bob"}, "bob")
	}
}

// what a header may say in other ways, and much of it.
func TestImportCookieHeaders(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	try := func(headers ...string) (user string) {
		r := httptest.NewRequest(http.MethodHead, "/", nil)
		r.Header["Cookie"] = headers
		a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var err error
			user, err = a.sessions.Get(r.Context()).User(r.Context())
			must(t, err)
		})).ServeHTTP(httptest.NewRecorder(), r)
		return user
	}
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("c%d=%s", i, strings.Repeat("x", 10))
	}
	if got := try(strings.Join(many, "; "), "old=1"); got != "ann" {
		t.Errorf("with 300 cookies: %q", got)
	}
	a.clock.advance(time.Minute)
	for _, again := range [][]string{
		{`old="1"`},
		{"old=1 "},
		{" old=1"},
		{"old=1; old=1"},
		{"x=" + strings.Repeat("y", 4096), "old=1"},
		{"old=1,"},
		{"OLD=1"},
		{"old=%31"},
		{"old=1\t"},
		{"old= 1"},
	} {
		if got := try(again...); got != "" {
			t.Errorf("%q: a session of %q again", again, got)
		}
	}
	if n := a.sessionsStored(); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// A slow upload that was sent before the import, and uses its session after the ten seconds, does not take the visitor's session away.
func TestImportSlowUpload(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	browser := a.visitor("1")
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Cookie", "old=1")
	w := httptest.NewRecorder()
	a.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		a.wantUser(browser, "ann") // another tab
		a.clock.advance(11 * time.Second)
		_ = a.sessions.Get(r.Context()).Update(r.Context(), importedLang.Set("de"))
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 {
			browser[c.Name] = c.Value
		}
	}
	a.wantUser(browser, "ann")
}

// The slow response of the request that has imported must not take the place of the cookie of a sign-in meanwhile.
func TestImportSlowResponse(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	shared := a.visitor("2")
	arrive, err := a.begin(shared, func(ctx context.Context, s *atomicsession.Session) error { // a slow page
		_, err := s.Exists(ctx)
		must(t, err)
		must(t, a.visit(shared, func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "ann") }))
		a.clock.advance(8 * time.Second)
		return nil
	})
	must(t, err)
	arrive()
	a.wantUser(shared, "ann")
	a.clock.advance(time.Minute)
	a.wantUser(shared, "ann")
}

// Several old cookies become one session, and none is imported twice.
func TestImportSeveralCookies(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	a.old.names, a.old.stateless = []string{"old", "older"}, true
	a.old.sessions["older=x"] = atomicsession.OldSession{Values: map[string]any{"lang": "fr"}}
	holds := func(j jar, want string) {
		t.Helper()
		must(t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error {
			doc, err := s.Document(ctx)
			if text := doc.Text(); text != want {
				t.Errorf("imported %s, want %s", text, want)
			}
			return err
		}))
	}
	both := jar{"old": "1", "older": "x"}
	holds(both, `{"cart":{"tea":2},"lang":"fr","user":"ann"}`)
	// Somebody else may have the same second cookie, if it holds next to nothing.
	a.wantUser(jar{"older": "x"}, "-")
	other := jar{"old": "2", "older": "x"}
	holds(other, `{"lang":"de"}`)
	a.clock.advance(time.Minute)
	for _, thief := range []jar{{"old": "1"}, {"older": "x"}, {"old": "1", "older": "x"}, {"old": "2", "older": "x"}} {
		a.wantUser(thief, "-")
	}
	a.wantUser(both, "ann")
	a.wantUser(other, "")
}

// Two cookies of one old session, as from two of its saves, are one session here.
func TestImportTwoCookiesOfOneSession(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	old := a.old.sessions["old=1"]
	old.IDs = []string{"id of ann's"}
	a.old.sessions["old=1"], a.old.sessions["old=later"] = old, old
	a.old.failEnd = errOldStore
	first, second := a.visitor("1"), a.visitor("later")
	a.wantUser(first, "ann")
	a.wantUser(second, "ann")
	if n := a.sessionsStored(); n != 1 {
		t.Errorf("%d sessions", n)
	}
	must(t, a.visit(first, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }))
	a.wantUser(second, "-")
	for range 2 {
		a.wantUser(a.visitor("1"), "-")
		a.wantUser(a.visitor("later"), "-")
		a.clock.advance(time.Minute)
	}
}
