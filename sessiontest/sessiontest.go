// Package sessiontest is for tests of applications: it signs visitors in without the form, shows what their sessions hold, moves the clock,
// and makes requests race.
//
//	sessions := newSessions(memstore.New(nil))                                   // as the program makes them
//	cookie := sessiontest.Cookie(t, sessions, atomicsession.User("42"))          // a visitor who has signed in
//	r.AddCookie(cookie)                                                          // tests of handlers
//	ctx, end := sessiontest.Context(t, sessions, cookie)                         // contexts built by hand
//	client := sessiontest.Client(t, server, cookie)                              // a whole server
//	sessiontest.Read(t, sessions, []*http.Cookie{cookie}, Visits.Into(&n))       // what is stored
//
// What it is given as cookies is what a browser would send: that of [Cookie], those that a jar has, or those of a response. Of several
// only the manager's own counts. Every function fails the test if it cannot do its work; none leaves a goroutine behind. Page
// docs/frameworks.md of the repository has a whole test in each style.
package sessiontest

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// Cookie begins a session that holds what the changes leave of an empty document, and returns its cookie: see
// [atomicsession.Manager.Issue]. With [atomicsession.User] among the changes it is that of a visitor who has signed in.
func Cookie(t testing.TB, m *atomicsession.Manager, changes ...atomicsession.Change) *http.Cookie {
	t.Helper()
	c, _, err := m.Issue(t.Context(), changes...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Client returns a client of the server with a cookie jar of its own, which holds the cookies. It is server.Client() in all else, so it
// follows redirects.
func Client(t testing.TB, server *httptest.Server, cookies ...*http.Cookie) *http.Client {
	t.Helper()
	client := *server.Client()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		ours := *c
		ours.Domain = "" // the test's server is not of that domain
		client.Jar.SetCookies(u, []*http.Cookie{&ours})
		if c.Secure && u.Scheme == "http" {
			t.Fatalf("the cookie %s is Secure, and never sent to %s: use httptest.NewTLSServer, or CookieOptions.InsecureHTTP in the test", c.Name, u)
		}
	}
	return &client
}

// Context returns a context with the session of a request that carries the cookies, for handlers that are called without
// [atomicsession.Manager.Middleware]: r.WithContext(ctx). Without cookies it is a new visitor's.
//
// The function end does what the middleware does after the handler, such as to send what was queued by [atomicsession.Session.Later], and
// returns the cookies that the browser has then. If the test does not call it, it is called when the test ends.
func Context(t testing.TB, m *atomicsession.Manager, cookies ...*http.Cookie) (ctx context.Context, end func() []*http.Cookie) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "https://example.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.TLS = new(tls.ConnectionState) // as Manager.Issue has it
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	w := httptest.NewRecorder()
	x := m.Begin(w, r)
	finish := sync.OnceFunc(func() {
		t.Helper()
		if err := x.Finish(http.StatusOK); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(finish)
	end = func() []*http.Cookie {
		t.Helper()
		finish()
		return after(cookies, w.Result().Cookies())
	}
	return x.Request.Context(), end
}

// after returns the cookies of a browser that got some more.
func after(before, got []*http.Cookie) []*http.Cookie {
	has := slices.DeleteFunc(slices.Clone(before), func(c *http.Cookie) bool {
		return slices.ContainsFunc(got, func(g *http.Cookie) bool { return g.Name == c.Name })
	})
	for _, c := range got {
		if c.MaxAge >= 0 { // else it deletes the one of before
			has = append(has, c)
		}
	}
	return has
}
