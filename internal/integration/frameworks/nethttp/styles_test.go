package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/sessiontest"
)

// Handlers: a request with the cookie of somebody who is signed in, without a server.
func TestAddByHandler(t *testing.T) {
	cookie := sessiontest.Cookie(t, sessions, atomicsession.User("ann"), cart.Push("milk"))
	r := httptest.NewRequest(http.MethodPost, "/cart/tea", nil)
	r.AddCookie(cookie)
	r.Header.Set("X-CSRF-Token", sessiontest.CSRFToken(t, sessions, cookie))
	w := httptest.NewRecorder()
	newHandler().ServeHTTP(w, r)

	if w.Code != http.StatusSeeOther {
		t.Errorf("the answer is %d", w.Code)
	}
	var items []string
	sessiontest.Read(t, sessions, []*http.Cookie{cookie}, cart.Into(&items))
	if !slices.Equal(items, []string{"milk", "tea"}) {
		t.Errorf("the cart holds %q", items)
	}
}

// Contexts built by hand: one handler, without the middleware. What it does to the cookie is there at the end.
func TestSignInByContext(t *testing.T) {
	ctx, end := sessiontest.Context(t, sessions)
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("name=ann&password=correct+horse"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	signIn(httptest.NewRecorder(), r.WithContext(ctx))

	if user := sessiontest.Info(t, sessions, end()...).User; user != "ann" {
		t.Errorf("signed in is %q", user)
	}
}

// A whole server: a client with a cookie jar, which follows redirects as a browser does.
func TestSignOutByServer(t *testing.T) {
	server := httptest.NewServer(newHandler())
	defer server.Close()
	cookie := sessiontest.Cookie(t, sessions, atomicsession.User("ann"), cart.Push("milk"))
	client := sessiontest.Client(t, server, cookie)
	resp, err := client.PostForm(server.URL+"/sign-out", url.Values{"csrf_token": {sessiontest.CSRFToken(t, sessions, cookie)}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	if info := sessiontest.Info(t, sessions, cookie); !info.ID.IsZero() {
		t.Errorf("the session of %q lives", info.User)
	}
	u, _ := url.Parse(server.URL)
	if user := sessiontest.Info(t, sessions, client.Jar.Cookies(u)...).User; user != "" || resp.Request.URL.Path != "/" {
		t.Errorf("signed in is %q, at %s", user, resp.Request.URL)
	}
}
