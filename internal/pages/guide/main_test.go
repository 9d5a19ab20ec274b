package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/sessiontest"
)

func newTestSite(t *testing.T) *site {
	t.Helper()
	site, err := newSite(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func TestCart(t *testing.T) {
	site := newTestSite(t)
	cookie := sessiontest.Cookie(t, site.sessions, atomicsession.User("ann"))

	form := strings.NewReader("item=tea")
	r := httptest.NewRequest("POST", "https://shop.example/cart", form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-CSRF-Token", sessiontest.CSRFToken(t, site.sessions, cookie))
	r.AddCookie(cookie)
	site.handler().ServeHTTP(httptest.NewRecorder(), r)

	var items []string
	sessiontest.Read(t, site.sessions, []*http.Cookie{cookie}, cart.Into(&items))
	if len(items) != 1 || items[0] != "tea" {
		t.Errorf("the cart holds %q", items)
	}
}

// browser is a visitor of a site.
type browser struct {
	t      *testing.T
	site   *site
	server *httptest.Server
	client *http.Client
}

func visit(t *testing.T) *browser {
	t.Helper()
	site := newTestSite(t)
	server := httptest.NewTLSServer(site.handler())
	t.Cleanup(server.Close)
	return &browser{t, site, server, sessiontest.Client(t, server)}
}

func (b *browser) done(resp *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func (b *browser) page(path string) string {
	b.t.Helper()
	status, body := b.done(b.client.Get(b.server.URL + path))
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: %d %s", path, status, body)
	}
	return body
}

// post sends a form with the token of the page at from, which "" leaves out.
func (b *browser) post(path, from string, form url.Values) (int, string) {
	b.t.Helper()
	if from != "" {
		_, after, _ := strings.Cut(b.page(from), `name="csrf_token" value="`)
		token, _, _ := strings.Cut(after, `"`)
		form.Set("csrf_token", token)
	}
	return b.done(b.client.PostForm(b.server.URL+path, form))
}

func TestVisit(t *testing.T) {
	b := visit(t)
	if page := b.page("/"); !strings.Contains(page, "Visit 1 of a visitor, in light; cart: [].") {
		t.Error(page)
	}
	if status, body := b.post("/login", "/login", url.Values{"name": {"ann"}, "password": {"guess"}}); status != http.StatusForbidden {
		t.Error(status, body)
	}
	_, body := b.post("/login", "/login", url.Values{"name": {"ann"}, "password": {"correct horse"}})
	if !strings.Contains(body, "<p>Welcome back.</p>") || !strings.Contains(body, "Visit 2 of ann") {
		t.Error(body)
	}
	b.post("/theme", "/", url.Values{"theme": {"dark"}})
	_, body = b.post("/cart", "/", url.Values{"item": {"tea"}})
	if !strings.Contains(body, "in dark; cart: [tea]") || strings.Contains(body, "Welcome") {
		t.Error(body)
	}
	if status, body := b.post("/coupon", "/", url.Values{}); status != http.StatusOK {
		t.Error(status, body)
	}
	if status, body := b.post("/coupon", "/", url.Values{}); status != http.StatusConflict {
		t.Error(status, body)
	}
	if status, body := b.post("/cart", "", url.Values{"item": {"tea"}}); status != http.StatusForbidden {
		t.Errorf("a form without the token: %d %s", status, body)
	}
	b.post("/logout", "/", url.Values{})
	if page := b.page("/"); !strings.Contains(page, "of a visitor, in light; cart: []") {
		t.Errorf("after the sign-out: %s", page)
	}
}
