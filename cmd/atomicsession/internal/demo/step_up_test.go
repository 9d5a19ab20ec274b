package demo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/memstore"
)

// serveAhead is serve with a clock that runs ahead of time.
func serveAhead(t *testing.T) (*httptest.Server, func(time.Duration)) {
	t.Helper()
	var ahead atomic.Int64
	server, _ := serveOptions(t, memstore.New(nil), Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	return server, func(d time.Duration) { ahead.Add(int64(d)) }
}

func TestOrder(t *testing.T) {
	server, wait := serveAhead(t)
	c := newClient(t, server).begin()
	refused := func() {
		t.Helper()
		c.fails("POST", "/api/order", "", http.StatusForbidden, "reauthenticate")
	}
	order := func(want string) {
		t.Helper()
		if got := c.get("POST", "/api/order", "", http.StatusOK).Text(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	refused() // nobody is signed in
	c.get("POST", "/api/login", `{"user":"ann"}`, http.StatusOK)
	c.begin()
	order(`{"data":{"orders":1}}`)
	c.fails("POST", "/api/order", `{"n":2}`, http.StatusBadRequest, "bad_request")
	wait(orderWithin + time.Second)
	refused()
	c.get("POST", "/api/session/renew", "", http.StatusOK) // which is no sign-in
	c.begin()
	refused()
	if got := c.data().Text(); got != `{"orders":1}` {
		t.Errorf("after refusals: %s", got)
	}
	c.get("POST", "/api/login", `{"user":"ann"}`, http.StatusOK)
	c.begin()
	order(`{"data":{"orders":2}}`)
}

// TestDevicePage goes to the page as a browser does: to the sign-in and back, and then signs another device out.
func TestDevicePage(t *testing.T) {
	server, wait := serveAhead(t)
	c, other := newClient(t, server).begin(), newClient(t, server).begin()
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := func(query string, form url.Values) response {
		t.Helper()
		method := http.MethodGet
		if form != nil {
			method = http.MethodPost
		}
		req, err := http.NewRequestWithContext(t.Context(), method, c.base+"/devices"+query, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Mode", "navigate")
		req.Header.Set("Sec-Fetch-Dest", "document")
		req.Header.Set("Accept", "text/html")
		resp, err := exchange(&c.http, req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	toSignIn := func(query string) string {
		t.Helper()
		resp := page(query, nil)
		if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(resp.Header.Get("Location"), "/?return=") {
			t.Fatalf("/devices%s: %s, to %q", query, resp.Status, resp.Header.Get("Location"))
		}
		return strings.TrimPrefix(resp.Header.Get("Location"), "/")
	}
	signIn := func(c *client, query string) (back, id string) {
		t.Helper()
		state := c.get("POST", "/api/login"+query, `{"user":"ann"}`, http.StatusOK).Doc()
		c.begin()
		return state.Get("return").Str(), state.Get("id").Str()
	}
	other.agent = "curl/8.14.1"
	_, id := signIn(other, "")
	if back, _ := signIn(c, toSignIn("")); back != "/devices" {
		t.Errorf("the sign-in leads to %q", back)
	}
	if back, _ := signIn(c, "?return=https://elsewhere.example/"); back != "" {
		t.Errorf("the sign-in leads elsewhere: %q", back)
	}
	list := page("", nil)
	for _, want := range []string{"curl", "by name, without proof", "?device=" + id} {
		if list.StatusCode != http.StatusOK || !strings.Contains(list.text, want) {
			t.Errorf("%s without %q: %s", list.Status, want, list.text)
		}
	}
	wait(devicesWithin + time.Second)
	if back, _ := signIn(c, toSignIn("?device="+id)); back != "/devices?device="+id {
		t.Errorf("the sign-in leads to %q", back)
	}
	if resp := page("", url.Values{"device": {id}}); resp.StatusCode != http.StatusForbidden || strings.HasPrefix(resp.text, "{") {
		t.Errorf("without a token: %s %s", resp.Status, resp.text)
	}
	if resp := page("", url.Values{"device": {id}, "csrf_token": {c.csrf}}); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("sign out: %s %s", resp.Status, resp.text)
	}
	if done := page("?done", nil); !strings.Contains(done.text, "Signed out curl") {
		t.Errorf("afterwards: %s", done.text)
	}
	if other.get("GET", "/api/session", "", http.StatusOK).Doc().Get("exists").Bool() {
		t.Error("the other device is signed in")
	}
}
