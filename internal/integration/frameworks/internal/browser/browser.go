// Package browser drives the programs of docs/frameworks.md as a browser without scripts does.
package browser

import (
	"context"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Browser has cookies of its own and follows redirects.
type Browser struct {
	*http.Client
	Site string // the origin: http://127.0.0.1:12345

	t *testing.T
}

// New serves a handler until the test ends, and returns a browser for it.
func New(t *testing.T, handler http.Handler) *Browser {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return For(t, server.URL)
}

// For returns a browser for a site that is served already.
func For(t *testing.T, site string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &Browser{&http.Client{Transport: transport, Jar: jar}, site, t}
}

// Another returns a browser for the same site with no cookies.
func (b *Browser) Another() *Browser { return For(b.t, b.Site) }

// Copy returns a browser for the same site with copies of the cookies: a request of it is one that was sent before what b does next.
func (b *Browser) Copy() *Browser {
	other := b.Another()
	u, err := url.Parse(b.Site)
	if err != nil {
		b.t.Fatal(err)
	}
	other.Jar.SetCookies(u, b.Jar.Cookies(u))
	return other
}

// Session is the value of the session's cookie, "" without one.
func (b *Browser) Session() string {
	u, err := url.Parse(b.Site)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.Jar.Cookies(u) {
		if cookie.Name == "session" {
			return cookie.Value
		}
	}
	return ""
}

// Answer is the page that a request has led to.
type Answer struct {
	*http.Response
	Body string

	t *testing.T
}

// Get opens a page.
func (b *Browser) Get(path string) *Answer {
	b.t.Helper()
	return b.Do(b.t.Context(), http.MethodGet, path, nil, nil)
}

// Post sends a form, of names and values by turns.
func (b *Browser) Post(path string, fields ...string) *Answer {
	b.t.Helper()
	form := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.Do(b.t.Context(), http.MethodPost, path, form, nil)
}

// Do makes the request of a page of the site in a browser's tab, but for what header says otherwise. The path may be a whole address.
func (b *Browser) Do(ctx context.Context, method, path string, form url.Values, header http.Header) *Answer {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.Site + path
	}
	r, err := http.NewRequestWithContext(ctx, method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = http.Header{
		"Accept": {"text/html"}, "Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"},
		"Referer": {b.Site + "/"},
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	maps.Copy(r.Header, header)
	resp, err := b.Client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Error(err)
	}
	return &Answer{resp, string(body), b.t}
}

// Want fails the test unless the answer has the status and all the texts.
func (a *Answer) Want(status int, texts ...string) *Answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Errorf("%s %s: %s, want %d\n%s", a.Request.Method, a.Request.URL, a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			a.t.Errorf("%s %s has no %q:\n%s", a.Request.Method, a.Request.URL, text, a.Body)
		}
	}
	return a
}

// Lacks fails the test if the answer has one of the texts.
func (a *Answer) Lacks(texts ...string) *Answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			a.t.Errorf("%s %s has %q:\n%s", a.Request.Method, a.Request.URL, text, a.Body)
		}
	}
	return a
}

// WantHeader fails the test unless the answer has the header.
func (a *Answer) WantHeader(name, want string) *Answer {
	a.t.Helper()
	if got := a.Header.Get(name); got != want {
		a.t.Errorf("%s %s has %s: %q, want %q", a.Request.Method, a.Request.URL, name, got, want)
	}
	return a
}

// WantPath fails the test unless that is where redirects have led.
func (a *Answer) WantPath(want string) *Answer {
	a.t.Helper()
	if got := a.Request.URL.RequestURI(); got != want {
		a.t.Errorf("the browser is at %s, want %s", got, want)
	}
	return a
}

var token = regexp.MustCompile(`name="csrf_token" value="([^"]+)"|X-CSRF-Token": *"([^"]+)"`)

// CSRF is the token of the page.
func (a *Answer) CSRF() string {
	a.t.Helper()
	found := token.FindStringSubmatch(html.UnescapeString(a.Body))
	if found == nil {
		a.t.Fatalf("the page has no CSRF token:\n%s", a.Body)
	}
	return found[1] + found[2]
}
