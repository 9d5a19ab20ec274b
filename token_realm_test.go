package atomicsession_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// Managers that share a store take each other's cookies unless their realms, their keys, or the way their cookies travel tell them
// apart. What one of them gives away is then worth nothing to another one.
func TestRealms(t *testing.T) {
	key := []atomicsession.SigningKey{bytes.Repeat([]byte("k"), 31)}
	key[0] = append(key[0], 'x')
	insecure := atomicsession.CookieOptions{Name: "session", InsecureHTTP: true}
	named := func(o atomicsession.Options) *atomicsession.Options { // one name, so that only the token tells
		o.Cookie.Name = "session"
		return &o
	}
	scopes := map[string]*atomicsession.Options{
		"none":             named(atomicsession.Options{}),
		"admin":            named(atomicsession.Options{Realm: "admin"}),
		"shop":             named(atomicsession.Options{Realm: "shop"}),
		"plain HTTP":       {Cookie: insecure},
		"admin, plain":     {Cookie: insecure, Realm: "admin"},
		"like plain HTTP":  named(atomicsession.Options{Realm: "http"}),
		"signed":           named(atomicsession.Options{SigningKeys: key}),
		"signed admin":     named(atomicsession.Options{SigningKeys: key, Realm: "admin"}),
		"signed and plain": {SigningKeys: key, Cookie: insecure},
	}
	for from, opts := range scopes {
		store := newStore()
		w := httptest.NewRecorder()
		m := newManager(t, store, opts)
		m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := m.Get(r.Context()).Renew(r.Context(), atomicsession.User("ada")); err != nil {
				t.Error(err)
			}
		})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://example.com/", nil))
		token := w.Result().Cookies()[0].Value
		for to, opts := range scopes {
			other := newManager(t, store, opts)
			text := token
			for _, cut := range []bool{false, true} { // also the token without its signature
				if cut {
					text, _, _ = strings.Cut(token, ".")
				}
				r := httptest.NewRequest(http.MethodGet, "https://example.com/", nil)
				r.Header.Set("Cookie", "session="+text)
				var user string
				err := inRequest(other, r, func(ctx context.Context, s *atomicsession.Session) (err error) {
					user, err = s.User(ctx)
					return err
				})
				whole := !cut || !strings.Contains(token, ".")
				want := from == to && whole || cut && strings.Contains(from, "signed") && !strings.Contains(to, "signed") && sameScope(from, to)
				if (user == "ada") != want || err != nil {
					t.Errorf("a token of %s in %s (cut %v): the user is %q, %v", from, to, cut, user, err)
				}
			}
		}
	}
}

// sameScope reports whether two of the managers of TestRealms differ by their keys alone.
func sameScope(a, b string) bool {
	return [2]string{a, b} == [2]string{"signed", "none"} || [2]string{a, b} == [2]string{"signed admin", "admin"} ||
		[2]string{a, b} == [2]string{"signed and plain", "plain HTTP"}
}

// What goes by user does not care for realms: a change of password ends the administrator's session too.
func TestRealmsShareUsers(t *testing.T) {
	store := newStore()
	shop := newManager(t, store, &atomicsession.Options{Realm: "shop"})
	admin := newManager(t, store, &atomicsession.Options{Realm: "admin", MaxAge: 15 * time.Minute})
	cookie := newToken(t, admin, atomicsession.User("ada"))
	newToken(t, shop, atomicsession.User("ada"))
	if list, err := shop.UserSessions(t.Context(), "ada"); len(list) != 2 || err != nil {
		t.Errorf("%d sessions, %v", len(list), err)
	}
	if n, err := shop.RevokeAll(t.Context(), "ada"); n != 2 || err != nil {
		t.Errorf("revoked %d, %v", n, err)
	}
	if err := request(t, admin, cookie, refresh); !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// One program serves plain HTTP in a local network and TLS behind a proxy. What has travelled in the open is good for nothing else.
func TestSecureRequest(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{
		SecureRequest: func(r *http.Request) bool { return r.Header.Get("X-Forwarded-Proto") == "https" },
	})
	visit := func(secure bool, cookie string, f call) *http.Cookie {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "http://shop.lan/", nil)
		if secure {
			r.Header.Set("X-Forwarded-Proto", "https")
		}
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := f(r.Context(), m.Get(r.Context())); err != nil {
				t.Error(err)
			}
		})).ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			return c
		}
		return nil
	}
	exists := func(want bool) call {
		return func(ctx context.Context, s *atomicsession.Session) error {
			if ok, err := s.Exists(ctx); ok != want || err != nil {
				t.Errorf("exists: %v, %v", ok, err)
			}
			return nil
		}
	}
	begin := update(atomicsession.Path("a").Set(1))
	safe, open := visit(true, "", begin), visit(false, "", begin)
	if safe.Name != "__Host-session" || !safe.Secure || open.Name != "session" || open.Secure {
		t.Errorf("the cookies are %v and %v", safe, open)
	}
	visit(true, "__Host-session="+safe.Value, exists(true))
	visit(false, "session="+open.Value, exists(true))
	for _, name := range []string{"__Host-session=", "session="} {
		visit(true, name+open.Value, exists(false))
		visit(false, name+safe.Value, exists(false))
	}
	if c := visit(false, "session="+open.Value, destroy); c.Name != "session" || c.Secure || c.MaxAge >= 0 {
		t.Errorf("cleared by %v", c)
	}
	for name, opts := range map[string]atomicsession.Options{
		"InsecureHTTP": {Cookie: atomicsession.CookieOptions{InsecureHTTP: true}},
		"Partitioned":  {Cookie: atomicsession.CookieOptions{Partitioned: true}},
		"None":         {Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteNoneMode}},
		"no prefix":    {Cookie: atomicsession.CookieOptions{Name: "session"}},
		"no name":      {Cookie: atomicsession.CookieOptions{Name: "__Host-"}},
		"two prefixes": {Cookie: atomicsession.CookieOptions{Name: "__Host-__Secure-session"}},
	} {
		opts.SecureRequest = func(*http.Request) bool { return false }
		if _, err := atomicsession.New(newStore(), &opts); err == nil || !strings.Contains(err.Error(), "SecureRequest") {
			t.Errorf("with %s: %v", name, err)
		}
	}
}
