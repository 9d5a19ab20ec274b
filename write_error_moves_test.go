package atomicsession_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// A browser that goes wherever it is sent comes to rest, whatever it meets there.
func TestWriteErrorStopsMoving(t *testing.T) {
	errs := []error{nil, errEnded, errRenewed, errForged, errCrossSite, errEndedForm, errStaleForm}
	for _, signIn := range []string{"", "/login", "/login?next=/"} {
		m := newManager(t, newStore(), &atomicsession.Options{SignIn: signIn})
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, first := range errs[1:] {
				for _, next := range errs {
					for _, atSignIn := range errs {
						moves := follow(t, m, method, first, next, atSignIn)
						if moves > 2 {
							t.Errorf("SignIn %q: %s with %v, then %v, at the sign-in %v: %d moves", signIn, method, first, next, atSignIn, moves)
						}
						if moves == 0 && method == http.MethodGet {
							t.Errorf("SignIn %q: %s with %v leads nowhere", signIn, method, first)
						}
					}
				}
			}
		}
	}
}

// follow returns how often a browser that begins at /page moves on by itself, up to ten times.
func follow(t *testing.T, m *atomicsession.Manager, method string, first, next, atSignIn error) int {
	t.Helper()
	marker, target, err := "", "https://example.com/page", first
	for moves := range 10 {
		r := httptest.NewRequest(method, target, nil)
		both(navigate, header("Sec-Fetch-Site", "same-origin"))(r)
		if marker != "" {
			retry(marker)(r)
		}
		if err == nil {
			return moves
		}
		a := writeError(t, m, r, err)
		marker = max(marker, a.retry)
		to := a.location
		if a.refresh != "" {
			_, to, _ = strings.Cut(html.UnescapeString(a.refresh), "url=")
		}
		if a.location == "" && a.refresh == "" {
			return moves
		}
		u, parseErr := r.URL.Parse(to)
		if parseErr != nil || u.Host != "example.com" {
			t.Fatalf("it is sent to %q, %v", to, parseErr)
		}
		method, target, err = http.MethodGet, u.String(), next
		if u.Path == "/login" {
			err = atSignIn
		}
	}
	return 10
}

var foreignReferers = []string{
	"", "/form", "form", "//evil.example/", "https://evil.example/form", "https://example.com.evil.example/", "https://example.com@evil.example/",
	"https://evil.example:443/", "https://example.com:8443/form", "http://example.com/form", "ftp://example.com/form", "javascript:alert(1)",
	"https:example.com/form", "https:///form", "https://example.com//evil.example/", "https://example.com///evil.example", "about:blank",
	`https://example.com/\evil.example`, `https://example.com\@evil.example/`, "https://example.com/\t/evil.example",
	"https://example.com/\r\nSet-Cookie: x=y", "https://example.com", "https://example.com/%zz", "data:text/html,x",
	"https://example.com?//evil.example",
}

// Whatever the Referer and the request say, the way leads to this site.
func TestWriteErrorIsNoOpenRedirect(t *testing.T) {
	m := newManager(t, newStore(), nil)
	for _, referer := range foreignReferers {
		r := httptest.NewRequest(http.MethodPost, "https://example.com/save", nil)
		both(navigate, header("Referer", referer))(r)
		a := writeError(t, m, r, errRenewed)
		if referer == `https://example.com/\evil.example` { // a path of this site, once it is escaped
			if a.refresh != "1; url=/%5Cevil.example" {
				t.Errorf("%q: %s", referer, a)
			}
			continue
		}
		if a.refresh != "1; url=/" || len(a.links) != 1 || a.links[0] != "/" {
			t.Errorf("%q: %s", referer, a)
		}
	}
	for referer, want := range map[string]string{
		"https://example.com/form":            "/form",
		"https://EXAMPLE.com:443/form?a=b#c":  "/form?a=b",
		"https://example.com/?next=//evil":    "/?next=//evil",
		`https://example.com/?a=\b`:           `/?a=\b`,
		"https://example.com/a%2Fb?q=%0d%0a":  "/a%2Fb?q=%0d%0a",
		"https://example.com/ü":               "/%C3%BC",
		"https://example.com/.//evil.example": "/.//evil.example",
	} {
		r := httptest.NewRequest(http.MethodPost, "https://example.com/save", nil)
		both(navigate, header("Referer", referer))(r)
		if a := writeError(t, m, r, errRenewed); a.links[0] != want || a.refresh != "1; url="+want {
			t.Errorf("%q leads to %s, want %s", referer, a, want)
		}
	}
	for target, want := range map[string]string{
		"//evil.example/": "", "http://evil.example/": "", `/\evil.example`: "", "/a?b=//evil.example": "/a?b=//evil.example",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		navigate(r)
		r.RequestURI = target
		r.URL, _ = url.Parse(target)
		if a := writeError(t, m, r, errEnded); a.refresh != strings.TrimSuffix("1; url="+want, "; url=") || a.links[0] != want {
			t.Errorf("a request for %s: %s", target, a)
		}
	}
}

func TestWriteErrorWithoutTLS(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{Cookie: atomicsession.CookieOptions{InsecureHTTP: true, Path: "/app"}})
	for referer, want := range map[string]string{
		"http://localhost:8080/form": "/form", "https://localhost:8080/form": "/form", "http://localhost/form": "/app", "": "/app",
	} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/app/save", nil)
		both(navigate, header("Referer", referer))(r)
		w := httptest.NewRecorder()
		m.WriteError(w, r, errRenewed)
		if c := w.Result().Cookies()[0]; c.Name != "session-retry" || c.Secure || c.Path != "/app" {
			t.Errorf("sets the cookie %s", c)
		}
		if !strings.Contains(w.Body.String(), `<a href="`+want+`">`) {
			t.Errorf("%q does not lead to %s:\n%s", referer, want, w.Body)
		}
	}
}

// A prefix that a handler outside has stripped does not hide that the visitor is at the sign-in already.
func TestWriteErrorAtTheSignInUnderAPrefix(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/app/login"})
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "https://example.com/app/login?x=y", nil)
	r.RequestURI = "/app/login?x=y" // as a server has it
	navigate(r)
	http.StripPrefix("/app", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.WriteError(w, r, errEnded)
	})).ServeHTTP(w, r)
	if w.Code != http.StatusGone {
		t.Errorf("status %d, to %q", w.Code, w.Header().Get("Location"))
	}
}

func FuzzWriteErrorReferer(f *testing.F) {
	m := newManager(f, newStore(), nil)
	for _, referer := range foreignReferers {
		f.Add(referer)
	}
	f.Add("https://example.com/form?a=b")
	f.Fuzz(func(t *testing.T, referer string) {
		r := httptest.NewRequest(http.MethodPost, "https://example.com/save", nil)
		navigate(r)
		r.Header["Referer"] = []string{referer}
		a := writeError(t, m, r, errRenewed)
		link := html.UnescapeString(a.links[0])
		_, to, _ := strings.Cut(html.UnescapeString(a.refresh), "url=")
		u, err := url.Parse("https://example.com" + link)
		path, _, _ := strings.Cut(link, "?")
		if err != nil || u.Host != "example.com" || len(a.links) != 1 || link != to || !strings.HasPrefix(link, "/") ||
			strings.HasPrefix(link, "//") || strings.Contains(path, `\`) || strings.ContainsAny(a.refresh, "\"<>\r\n\t") {
			t.Errorf("%q: %s, %v", referer, a, err)
		}
	})
}
