package atomicsession_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

const day = 24 * time.Hour

// setCookie returns the header with which a session begins under the options.
func setCookie(t *testing.T, c atomicsession.CookieOptions) string {
	t.Helper()
	m := newManager(t, newStore(), &atomicsession.Options{Cookie: c, Now: newClock().now})
	w := httptest.NewRecorder()
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/app", nil))
	return w.Header().Get("Set-Cookie")
}

func TestCookieAttributes(t *testing.T) {
	const fullAge = "Max-Age=1209599" // 14 days, in whole seconds
	for _, c := range []struct {
		opts atomicsession.CookieOptions
		name string
		want []string
	}{
		{atomicsession.CookieOptions{}, "__Host-session", []string{"Path=/", fullAge, "HttpOnly", "Secure", "SameSite=Lax"}},
		{atomicsession.CookieOptions{NonPersistent: true}, "__Host-session", []string{"Path=/", "HttpOnly", "Secure", "SameSite=Lax"}},
		{atomicsession.CookieOptions{InsecureHTTP: true}, "session", []string{"Path=/", fullAge, "HttpOnly", "SameSite=Lax"}},
		{
			atomicsession.CookieOptions{Domain: "example.com"},
			"__Secure-session",
			[]string{"Path=/", "Domain=example.com", fullAge, "HttpOnly", "Secure", "SameSite=Lax"},
		},
		{
			atomicsession.CookieOptions{Path: "/app", SameSite: http.SameSiteStrictMode},
			"__Secure-session",
			[]string{"Path=/app", fullAge, "HttpOnly", "Secure", "SameSite=Strict"},
		},
		{
			atomicsession.CookieOptions{Name: "id", SameSite: http.SameSiteNoneMode, Partitioned: true},
			"id",
			[]string{"Path=/", fullAge, "HttpOnly", "Secure", "SameSite=None", "Partitioned"},
		},
	} {
		parts := strings.Split(setCookie(t, c.opts), "; ")
		if name, _, _ := strings.Cut(parts[0], "="); name != c.name {
			t.Errorf("%+v: the cookie's name is %s", c.opts, name)
		}
		if !slices.Equal(parts[1:], c.want) {
			t.Errorf("%+v: the attributes are %q, want %q", c.opts, parts[1:], c.want)
		}
	}
}

// Cookies of two sessions make an anonymous visitor, which is hard to tell from outside.
func TestSeveralCookiesAreLogged(t *testing.T) {
	var log bytes.Buffer
	site := newSite(t, &atomicsession.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	b, other := site.browser(), site.browser()
	b.must(atomicsession.Path("a").Set(1))
	other.must(atomicsession.Path("a").Set(1))
	m := site.sessions
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: b.token()})
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: other.token()})
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if ok, err := m.Get(r.Context()).Exists(r.Context()); ok || err != nil {
			t.Errorf("exists: %v, %v", ok, err)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
	if text := log.String(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, "count=2") || !strings.Contains(text, "cookie=__Host-session") || strings.Contains(text, b.token()) {
		t.Errorf("the log is %s", text)
	}
}

// Whatever a client makes up is a visitor without a session, and what it names is never adopted.
func TestHostileCookies(t *testing.T) {
	for name, signed := range map[string]bool{"unsigned": false, "signed": true} {
		t.Run(name, func(t *testing.T) {
			opts := new(atomicsession.Options)
			if signed {
				opts.SigningKeys = []atomicsession.SigningKey{signingKey("k")}
			}
			site := newSite(t, opts)
			victim := site.browser()
			victim.must(atomicsession.Path("a").Set("secret"))
			good := victim.token()
			second := site.browser()
			second.must(atomicsession.Path("a").Set("other"))
			other := second.token()
			site.store.took()
			for name, cookies := range map[string][]string{
				"empty":        {"__Host-session="},
				"garbage":      {"__Host-session=garbage"},
				"truncated":    {"__Host-session=" + good[:len(good)-1]},
				"longer":       {"__Host-session=" + good + "A"},
				"oversized":    {"__Host-session=" + strings.Repeat("A", 200_000)},
				"the ID alone": {"__Host-session=" + good[:22]},
				"two":          {"__Host-session=" + good, "__Host-session=" + other},
				"two in one":   {"__Host-session=" + other + "; __Host-session=" + good},
				"another name": {"session=" + good},
				"another case": {"__host-session=" + good},
				"not ASCII":    {"__Host-session=\xff\xfe" + good},
				"line break":   {"__Host-session=" + good[:20] + "\t" + good[20:]},
			} {
				thief := site.browser()
				prepare := func(r *http.Request) { r.Header["Cookie"] = cookies }
				var got any
				thief.send(http.MethodGet, prepare, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					got, _, _ = atomicsession.Path("a").Get(r.Context(), s)
				})
				if got != nil {
					t.Errorf("%s: read %v", name, got)
				}
				wantCalls(t, site.store)
				thief.send(http.MethodGet, prepare, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					if err := s.Update(r.Context(), atomicsession.Path("a").Set("mine")); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				})
				wantCalls(t, site.store, "create")
				if mine := thief.token(); mine == "" || mine[:22] == good[:22] {
					t.Errorf("%s: the new session has the ID that the client named", name)
				}
			}
			victim.wantDocument(`{"a":"secret"}`)
		})
	}
}

func TestKeyRotation(t *testing.T) {
	oldKey, newKey := signingKey("o"), signingKey("n")
	store, clock := newStore(), newClock()
	managers := map[string]*atomicsession.Manager{}
	for name, keys := range map[string][]atomicsession.SigningKey{"old": {oldKey}, "both": {newKey, oldKey}, "new": {newKey}} {
		managers[name] = newManager(t, store, &atomicsession.Options{SigningKeys: keys, Now: clock.now})
	}
	// request returns the cookie after a request with the given one, and what the request saw.
	request := func(keys, cookie string, f func(context.Context, *atomicsession.Session) error) (set string) {
		m, w := managers[keys], httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "__Host-session="+cookie)
		m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := f(r.Context(), m.Get(r.Context())); err != nil {
				t.Error(err)
			}
		})).ServeHTTP(w, r)
		if c := sessionCookie(w.Result()); c != nil {
			return c.Value
		}
		return cookie
	}
	exists := func(want bool) func(context.Context, *atomicsession.Session) error {
		return func(ctx context.Context, s *atomicsession.Session) error {
			got, err := s.Exists(ctx)
			if got != want {
				t.Errorf("the session exists: %v", got)
			}
			return err
		}
	}
	cookie := request("old", "", func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("a").Set(1))
	})
	outdated := cookie
	cookie = request("both", cookie, exists(true)) // signed anew with the newest key
	request("new", cookie, exists(true))
	if again := request("both", cookie, exists(true)); again != cookie {
		t.Error("a cookie with the newest signature is sent again")
	}
	store.took()
	request("new", outdated, exists(false))
	wantCalls(t, store) // a cookie that no key signed does not reach the store
}
