package atomicsession_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

var (
	errEnded     = fmt.Errorf("secret: %w", &atomicsession.Error{Op: "update", Err: atomicsession.ErrNotFound})
	errRenewed   = fmt.Errorf("secret: %w", &atomicsession.Error{Op: "update", Err: atomicsession.ErrRenewed})
	errForged    = fmt.Errorf("secret: %w", &atomicsession.Error{Op: "csrf token", Err: atomicsession.ErrCSRF})
	errCrossSite = fmt.Errorf("secret: %w", &atomicsession.Error{Op: "update", Err: atomicsession.ErrCrossSite})
	errEndedForm = fmt.Errorf("secret: %w", &atomicsession.Error{Op: "csrf token", Err: errors.Join(atomicsession.ErrCSRF, atomicsession.ErrNotFound)})
	errStaleForm = fmt.Errorf("secret: %w", &atomicsession.Error{Op: "csrf token", Err: errors.Join(atomicsession.ErrCSRF, atomicsession.ErrRenewed)})
)

const retryCookie = "__Host-session-retry"

var navigate = header("Sec-Fetch-Mode", "navigate")

func retry(value string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: retryCookie, Value: value}) }
}

// answer is what a browser makes of a response.
type answer struct {
	status   int
	location string
	refresh  string   // what the page says of going on
	links    []string // where the page leads
	retry    string   // the marker that it sets
	header   http.Header
	body     string
}

var (
	refreshPattern = regexp.MustCompile(`<meta http-equiv="refresh" content="([^"]*)">`)
	linkPattern    = regexp.MustCompile(`<a href="([^"]*)">`)
)

func writeError(t testing.TB, m *atomicsession.Manager, r *http.Request, err error) (a answer) {
	t.Helper()
	w := httptest.NewRecorder()
	m.WriteError(w, r, err)
	resp := w.Result()
	a = answer{status: resp.StatusCode, location: resp.Header.Get("Location"), header: resp.Header, body: w.Body.String()}
	if found := refreshPattern.FindStringSubmatch(a.body); found != nil {
		a.refresh = found[1]
	}
	for _, found := range linkPattern.FindAllStringSubmatch(a.body, -1) {
		if a.location == "" { // else it is the location again
			a.links = append(a.links, found[1])
		}
	}
	for _, c := range resp.Cookies() {
		if c.Name != retryCookie || c.MaxAge != 10 || !c.HttpOnly || !c.Secure || c.Path != "/" {
			t.Errorf("sets the cookie %s", c)
		}
		a.retry = c.Value
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	if strings.Contains(a.body, "secret") {
		t.Errorf("the answer shows the error: %s", a.body)
	}
	return a
}

func (a answer) String() string {
	return fmt.Sprintf("%d location=%s refresh=%s links=%q retry=%s", a.status, a.location, a.refresh, a.links, a.retry)
}

// Scripts that ask for HTML are no navigations, whatever they accept.
func TestWriteErrorToScripts(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	for _, name := range []string{"X-Requested-With", "Hx-Request", "Turbo-Frame", "Datastar-Request"} {
		r := httptest.NewRequest(http.MethodGet, "https://example.com/", nil)
		r.Header.Set("Accept", "text/html")
		r.Header.Set(name, "true")
		if a := writeError(t, m, r, errEnded); a.status != http.StatusGone || a.location != "" {
			t.Errorf("%s: %s", name, a)
		}
	}
}

func TestWriteErrorToNavigations(t *testing.T) {
	const (
		signIn  = "303 location=/login?from=session refresh= links=[] retry="
		nothing = "403 location= refresh= links=[] retry="
	)
	named := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login?from=session"})
	nowhere := newManager(t, newStore(), nil)
	page := func(status int, refresh, retry string, links ...string) string {
		return answer{status: status, refresh: refresh, retry: retry, links: links}.String()
	}
	ownForm := both(header("Sec-Fetch-Site", "same-origin"), header("Referer", "https://example.com/form?id=1"))
	for _, c := range []struct {
		name           string
		err            error
		method, path   string
		more           func(*http.Request)
		named, nowhere string // the answer, with and without a page to sign in
	}{
		{"renewed", errRenewed, "GET", "/account", nil, page(410, "1", "1", ""), page(410, "1", "1", "")},
		{"renewed, 1", errRenewed, "GET", "/account", retry("1"), signIn + "2", page(410, "", "", "")},
		{"renewed, 2", errRenewed, "GET", "/account", retry("2"), page(410, "", "", "", "/login?from=session"), page(410, "", "", "")},
		{"renewed at sign-in", errRenewed, "GET", "/login", nil, page(410, "1", "1", ""), page(410, "1", "1", "")},
		{"renewed at sign-in, 1", errRenewed, "GET", "/login?x=y", retry("1"), page(410, "", "", ""), page(410, "", "", "")},
		{"renewed form", errRenewed, "POST", "/save", ownForm, page(410, "1; url=/form?id=1", "1", "/form?id=1"), page(410, "1; url=/form?id=1", "1", "/form?id=1")},
		{"renewed form from nowhere", errRenewed, "POST", "/save", nil, page(410, "1; url=/login?from=session", "1", "/login?from=session"), page(410, "1; url=/", "1", "/")},
		{"renewed with its token", errStaleForm, "POST", "/save", ownForm, page(410, "1; url=/form?id=1", "1", "/form?id=1"), page(410, "1; url=/form?id=1", "1", "/form?id=1")},

		{"ended", errEnded, "GET", "/account", nil, signIn + "1", page(410, "1", "1", "")},
		{"ended, 1", errEnded, "GET", "/account", retry("1"), signIn + "2", page(410, "", "", "")},
		{"ended, 2", errEnded, "GET", "/account", retry("2"), page(410, "", "", "", "/login?from=session"), page(410, "", "", "")},
		{"ended, garbage", errEnded, "GET", "/account", retry("x"), page(410, "", "", "", "/login?from=session"), page(410, "", "", "")},
		{"ended, 0", errEnded, "GET", "/account", retry("0"), page(410, "", "", "", "/login?from=session"), page(410, "", "", "")},
		{"ended, two markers", errEnded, "GET", "/account", both(retry("1"), retry("1")), page(410, "", "", "", "/login?from=session"), page(410, "", "", "")},
		{"ended at sign-in", errEnded, "GET", "/login", nil, page(410, "1", "1", ""), page(410, "1", "1", "")},
		{"ended at sign-in, 1", errEnded, "GET", "/login", retry("1"), page(410, "", "", ""), page(410, "", "", "")},
		{"ended, form", errEnded, "POST", "/save", ownForm, signIn + "1", page(410, "1; url=/form?id=1", "1", "/form?id=1")},
		{"ended, form, 2", errEnded, "POST", "/save", both(ownForm, retry("2")), page(410, "", "", "/form?id=1", "/login?from=session"), page(410, "", "", "/form?id=1")},
		{"signed out twice", errEndedForm, "POST", "/logout", ownForm, signIn + "1", page(410, "1; url=/form?id=1", "1", "/form?id=1")},

		{"from another site", errCrossSite, "GET", "/account", nil, page(403, "0", "1", ""), page(403, "0", "1", "")},
		{"from another site, 1", errCrossSite, "GET", "/account", retry("1"), page(403, "", "", "", "/login?from=session"), page(403, "", "", "")},
		{"from another site, POST", errCrossSite, "POST", "/account", nil, nothing, nothing},
		{"from another site, HEAD", errCrossSite, "HEAD", "/account", nil, nothing, nothing},

		{"old form", errForged, "POST", "/save", ownForm, page(403, "1; url=/form?id=1", "1", "/form?id=1"), page(403, "1; url=/form?id=1", "1", "/form?id=1")},
		{"old form, 1", errForged, "POST", "/save", both(ownForm, retry("1")), page(403, "", "", "/form?id=1", "/login?from=session"), page(403, "", "", "/form?id=1")},
		{"old form by Origin", errForged, "POST", "/save", header("Origin", "https://example.com"), page(403, "1; url=/login?from=session", "1", "/login?from=session"), page(403, "1; url=/", "1", "/")},
		{"forged", errForged, "POST", "/save", nil, nothing, nothing},
		{"forged, cross-site", errForged, "POST", "/save", header("Sec-Fetch-Site", "cross-site"), nothing, nothing},
		{"forged, same-site", errForged, "POST", "/save", header("Sec-Fetch-Site", "same-site"), nothing, nothing},
		{"forged by the user", errForged, "POST", "/save", header("Sec-Fetch-Site", "none"), nothing, nothing},
		{"forged by Origin", errForged, "POST", "/save", header("Origin", "https://evil.example"), nothing, nothing},
		{"forged over plain HTTP", errForged, "POST", "/save", header("Origin", "http://example.com"), nothing, nothing},
		{"forged by both", errForged, "POST", "/save", both(header("Origin", "https://example.com"), header("Sec-Fetch-Site", "cross-site")), nothing, nothing},
	} {
		for m, want := range map[*atomicsession.Manager]string{named: c.named, nowhere: c.nowhere} {
			r := httptest.NewRequest(c.method, "https://example.com"+c.path, nil)
			navigate(r)
			if c.more != nil {
				c.more(r)
			}
			if got := writeError(t, m, r, c.err).String(); got != want {
				t.Errorf("%s, SignIn named %v:\ngot  %s\nwant %s", c.name, m == named, got, want)
			}
		}
	}
}

// What is no navigation gets a status, and so does a navigation that cannot be helped.
func TestWriteErrorToOthers(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	html := header("Accept", "text/html,application/xhtml+xml")
	for _, c := range []struct {
		name    string
		prepare func(*http.Request)
		err     error
		want    int
		retry   string // Retry-After
	}{
		{"script, ended", header("Sec-Fetch-Mode", "cors"), errEnded, 410, "1"},
		{"script that wants HTML, ended", both(header("Sec-Fetch-Mode", "cors"), html), errEnded, 410, "1"},
		{"script, renewed", header("Sec-Fetch-Mode", "same-origin"), errRenewed, 410, "1"},
		{"script, old form", header("Sec-Fetch-Mode", "cors"), errStaleForm, 410, "1"},
		{"script, forged", header("Sec-Fetch-Mode", "cors"), errForged, 403, ""},
		{"script, cross-site", header("Sec-Fetch-Mode", "cors"), errCrossSite, 403, ""},
		{"websocket", header("Sec-Fetch-Mode", "websocket"), errEnded, 410, "1"},
		{"program", nil, errEnded, 410, "1"},
		{"program that takes all", header("Accept", "*/*"), errEnded, 410, "1"},
		{"empty mode", both(header("Sec-Fetch-Mode", ""), html), errEnded, 410, "1"},
		{"old browser", html, errors.New("secret"), 500, ""},
		{"navigation, too large", navigate, atomicsession.ErrTooLarge, 413, ""},
		{"navigation, store", navigate, atomicsession.ErrUnavailable, 503, ""},
		{"navigation, condition", navigate, atomicsession.ErrCondition, 409, ""},
		{"navigation, anything", navigate, errors.New("secret"), 500, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.prepare != nil {
			c.prepare(r)
		}
		a := writeError(t, m, r, c.err)
		if a.status != c.want || a.body != http.StatusText(c.want)+"\n" || a.header.Get("Retry-After") != c.retry || a.retry != "" {
			t.Errorf("%s: %s, Retry-After %q, %q", c.name, a, a.header.Get("Retry-After"), a.body)
		}
	}
	for _, accept := range []string{"text/html", "application/xml;q=0.9, TEXT/HTML;q=0.8"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if a := writeError(t, m, r, errEnded); a.status != http.StatusSeeOther {
			t.Errorf("an old browser that accepts %s: %s", accept, a)
		}
	}
}

func TestWriteErrorPage(t *testing.T) {
	m := newManager(t, newStore(), nil)
	r := httptest.NewRequest(http.MethodPost, "https://example.com/save", nil)
	both(navigate, header("Referer", `https://example.com/a"><script>?b="&c='<i>`))(r)
	w := httptest.NewRecorder()
	for name, value := range map[string]string{ // of the page that was to be sent
		"Content-Length": "5", "Content-Encoding": "gzip", "Etag": `"x"`, "Last-Modified": "Mon, 02 Jan 2006 15:04:05 GMT",
		"Content-Disposition": "attachment", "Content-Type": "image/png", "Cache-Control": "max-age=600", "CDN-Cache-Control": "max-age=600",
	} {
		w.Header().Set(name, value)
	}
	m.WriteError(w, r, errRenewed)
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
		"X-Content-Type-Options": "nosniff", "Content-Length": "", "Content-Encoding": "", "Etag": "", "Last-Modified": "",
		"Content-Disposition": "", "CDN-Cache-Control": "", "Retry-After": "",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	body := w.Body.String()
	for _, want := range []string{
		"<!doctype html>", `<html lang="en">`, `<meta charset="utf-8">`, `<meta name="viewport"`, "<title>", "othing was changed",
		`<a href="/a%22%3E%3Cscript%3E?b=&#34;&amp;c=&#39;&lt;i&gt;">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
	r.Method = http.MethodHead
	head := httptest.NewRecorder()
	m.WriteError(head, r, errRenewed)
	if head.Code != http.StatusGone || head.Body.Len() > 0 {
		t.Errorf("the answer to HEAD has status %d and a body of %d bytes", head.Code, head.Body.Len())
	}
}

// Under SameSite=Strict too the marker comes along if a browser takes its own second request for one of another site.
func TestWriteErrorMarkerTravelsFurther(t *testing.T) {
	for session, want := range map[http.SameSite]http.SameSite{
		http.SameSiteStrictMode: http.SameSiteLaxMode, http.SameSiteLaxMode: http.SameSiteLaxMode, http.SameSiteNoneMode: http.SameSiteNoneMode,
	} {
		m := newManager(t, newStore(), &atomicsession.Options{Cookie: atomicsession.CookieOptions{SameSite: session}})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		navigate(r)
		w := httptest.NewRecorder()
		m.WriteError(w, r, errCrossSite)
		if got := w.Result().Cookies()[0].SameSite; got != want {
			t.Errorf("SameSite %v: the marker has %v, want %v", session, got, want)
		}
	}
}

func TestWriteErrorOfNil(t *testing.T) {
	m := newManager(t, newStore(), nil)
	w := httptest.NewRecorder()
	m.WriteError(w, httptest.NewRequest(http.MethodGet, "/", nil), nil)
	if len(w.Header()) > 0 || w.Body.Len() > 0 {
		t.Errorf("it has written %v and %q", w.Header(), w.Body)
	}
	w.WriteHeader(http.StatusTeapot)
	if w.Code != http.StatusTeapot {
		t.Error("it has written a header")
	}
}

// An answer about a session is no use of it.
func TestWriteErrorLeavesTheSessionAlone(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.store.took()
	resp := b.send(http.MethodGet, navigate, func(w http.ResponseWriter, r *http.Request, _ *atomicsession.Session) {
		site.sessions.WriteError(w, r, errEnded)
	})
	if resp.StatusCode != http.StatusGone || sessionCookie(resp) != nil || resp.Header.Get("Vary") != "" {
		t.Errorf("status %d, cookie %v, Vary %q", resp.StatusCode, sessionCookie(resp), resp.Header.Get("Vary"))
	}
	wantCalls(t, site.store)
}
