package atomicsession_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// comesFrom is what a browser says of a request: Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest and Origin; "" is no such header.
type comesFrom struct{ site, mode, dest, origin string }

func (c comesFrom) set(h http.Header) {
	for name, value := range map[string]string{
		"Sec-Fetch-Site": c.site, "Sec-Fetch-Mode": c.mode, "Sec-Fetch-Dest": c.dest, "Origin": c.origin,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
}

// The table of docs/design.md: which requests without a cookie may begin a session. G is GET and HEAD, P is every method that is not
// safe; l, s and n are SameSite Lax, Strict and None.
var beginRule = []struct {
	name string
	comesFrom
	may string // pairs of a method and a SameSite
}{
	{"this origin: navigation", comesFrom{"same-origin", "navigate", "document", ""}, "Gl Gs Gn Pl Ps Pn"},
	{"this origin: fetch", comesFrom{"same-origin", "cors", "empty", "https://example.com"}, "Gl Gs Gn Pl Ps Pn"},
	{"this origin: frame", comesFrom{"same-origin", "navigate", "iframe", ""}, "Gl Gs Gn Pl Ps Pn"},
	{"a subdomain", comesFrom{"same-site", "navigate", "document", "https://a.example.com"}, "Gl Gs Gn Pl Ps Pn"},
	{"a subdomain: fetch", comesFrom{"same-site", "cors", "empty", "https://a.example.com"}, "Gl Gs Gn Pl Ps Pn"},
	{"the address bar", comesFrom{"none", "navigate", "document", ""}, "Gl Gs Gn Pl Ps Pn"},
	{"another site: link or form", comesFrom{"cross-site", "navigate", "document", "https://bank.test"}, "Gl Gn Pn"},
	{"another site: link without Origin", comesFrom{"cross-site", "navigate", "document", ""}, "Gl Gn Pn"},
	{"another site: frame", comesFrom{"cross-site", "navigate", "iframe", ""}, "Gn Pn"},
	{"another site: object", comesFrom{"cross-site", "navigate", "object", ""}, "Gn Pn"},
	{"another site: image", comesFrom{"cross-site", "no-cors", "image", ""}, "Gn Pn"},
	{"another site: fetch", comesFrom{"cross-site", "cors", "empty", "https://bank.test"}, "Gn Pn"},
	{"another site: websocket", comesFrom{"cross-site", "websocket", "websocket", "https://bank.test"}, "Gn Pn"},
	{"another site, no word of how", comesFrom{"cross-site", "", "", ""}, "Gl Gn Pn"},
	{"a word nobody knows", comesFrom{"new-site", "navigate", "document", ""}, "Gl Gn Pn"},
	{"no headers", comesFrom{}, "Gl Gs Gn Pl Ps Pn"},
	{"this Origin", comesFrom{"", "", "", "https://example.com"}, "Gl Gs Gn Pl Ps Pn"},
	{"this Origin in capitals", comesFrom{"", "", "", "HTTPS://EXAMPLE.com"}, "Gl Gs Gn Pl Ps Pn"},
	{"this Origin over plain HTTP", comesFrom{"", "", "", "http://example.com"}, "Gn Pn"},
	{"another Origin", comesFrom{"", "", "", "https://bank.test"}, "Gn Pn"},
	{"another port", comesFrom{"", "", "", "https://example.com:8443"}, "Gn Pn"},
	{"Origin null", comesFrom{"", "", "", "null"}, "Gn Pn"},
}

var sameSites = map[string]http.SameSite{"l": http.SameSiteLaxMode, "s": http.SameSiteStrictMode, "n": http.SameSiteNoneMode}

func TestWhatMayBegin(t *testing.T) {
	methods := map[string][]string{"G": {"GET", "HEAD", "OPTIONS"}, "P": {"POST", "PUT", "PATCH", "DELETE"}}
	for _, row := range beginRule {
		for letter, sameSite := range sameSites {
			store := newStore()
			m := newManager(t, store, &atomicsession.Options{Cookie: atomicsession.CookieOptions{SameSite: sameSite}})
			for kind, list := range methods {
				may := strings.Contains(row.may, kind+letter)
				for _, method := range list {
					for name, c := range map[string]struct {
						do     call
						begins bool
					}{
						"Update":            {update(atomicsession.Path("a").Set(1)), may},
						"Update of nothing": {update(atomicsession.Path("a").Unset()), false},
						"Renew":             {renew(atomicsession.Path("a").Set(1)), true},
						"Reset":             {reset(), true},
						"Reset and User":    {reset(atomicsession.User("ada")), true},
						"CSRFToken":         {csrfToken, may && method != "HEAD"},
					} {
						before := store.rows(t)
						r := httptest.NewRequest(method, "https://example.com/", nil)
						row.set(r.Header)
						err := inRequest(m, r, c.do)
						begun := store.rows(t) // which empties the store
						if begun+before != map[bool]int{true: 1}[c.begins] {
							t.Errorf("%s %s, %s, %v: %d sessions have begun", method, name, row.name, sameSite, begun)
						}
						refused := !c.begins && (name == "Update" || name == "CSRFToken" && !quietly(row.comesFrom, method, sameSite))
						if errors.Is(err, atomicsession.ErrCrossSite) != refused || !refused && err != nil {
							t.Errorf("%s %s, %s, %v: got %v", method, name, row.name, sameSite, err)
						}
					}
				}
			}
		}
	}
}

// quietly reports whether CSRFToken gives a token that is good for nothing.
func quietly(c comesFrom, method string, sameSite http.SameSite) bool {
	top := c.mode == "navigate" && c.dest == "document"
	return method == "HEAD" || method == "GET" && sameSite == http.SameSiteStrictMode && top
}

// inRequest runs f within the request, without a server, and returns f's error.
func inRequest(m *atomicsession.Manager, r *http.Request, f call) (err error) {
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = f(r.Context(), m.Get(r.Context()))
	})).ServeHTTP(httptest.NewRecorder(), r)
	return err
}

// Without a cookie and with one that is dead the rule is the same; a live session has nothing to begin.
func TestMayBeginWithACookie(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	dead := b.clone()
	live := b.clone()
	fromTheBank := func(r *http.Request) {
		comesFrom{"cross-site", "navigate", "document", "https://bank.test"}.set(r.Header)
	}
	live.send(http.MethodPost, fromTheBank, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Update(r.Context(), atomicsession.Path("a").Set(2)); err != nil {
			t.Error(err)
		}
	})
	if err := b.do(destroy); err != nil {
		t.Fatal(err)
	}
	resp := dead.send(http.MethodPost, fromTheBank, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Update(r.Context(), atomicsession.Path("a").Set(2)); !errors.Is(err, atomicsession.ErrCrossSite) {
			t.Errorf("got %v", err)
		}
	})
	if c := sessionCookie(resp); c != nil {
		t.Errorf("a cookie was set: %v", c)
	}
}

// Under Strict, a page with a form that a link of another site opens is loaded once more, by this site.
func TestFormByALinkUnderStrict(t *testing.T) {
	site := newSite(t, &atomicsession.Options{Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteStrictMode}})
	form := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if token, err := s.CSRFToken(r.Context()); token == "" || err != nil {
			t.Errorf("got %q, %v", token, err)
		}
	}
	b := site.browser()
	for _, c := range []struct {
		from    string
		refresh string
	}{{"cross-site", "0"}, {"same-origin", ""}, {"none", ""}, {"cross-site", ""}} { // at last with a cookie, as if it were Lax
		resp := b.send(http.MethodGet, comesFrom{c.from, "navigate", "document", ""}.prepare, form)
		if got, after, _ := strings.Cut(resp.Header.Get("Refresh"), "; url="); got != c.refresh || got != "" && after != resp.Request.URL.Path {
			t.Errorf("%s: Refresh is %q, want %q", c.from, resp.Header.Get("Refresh"), c.refresh)
		}
		if got := resp.Header.Get("Cache-Control"); c.refresh != "" && got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", c.from, got)
		}
	}
	resp := site.browser().send(http.MethodGet, comesFrom{"cross-site", "navigate", "document", ""}.prepare,
		func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			w.WriteHeader(http.StatusOK)
			if _, err := s.CSRFToken(r.Context()); !errors.Is(err, atomicsession.ErrCrossSite) {
				t.Errorf("once the header is out: %v", err)
			}
		})
	if got := resp.Header.Get("Refresh"); got != "" {
		t.Errorf("Refresh is %q", got)
	}
}

func (c comesFrom) prepare(r *http.Request) { c.set(r.Header) }
