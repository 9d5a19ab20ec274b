package main

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

// fragment makes the request that htmx makes in a page that has the token.
func fragment(t *testing.T, b *browser.Browser, path, token string, form url.Values) *browser.Answer {
	t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.Do(t.Context(), http.MethodPost, path, form, http.Header{
		"Hx-Request": {"true"}, "Hx-Current-Url": {b.Site + "/"}, "Accept": {"text/html"}, "X-Csrf-Token": {token},
		"Sec-Fetch-Mode": {"same-origin"}, "Sec-Fetch-Dest": {"empty"},
	})
}

func signInAs(t *testing.T, b *browser.Browser, token, user string) *browser.Answer {
	t.Helper()
	return fragment(t, b, "/sign-in", token, url.Values{"name": {user}, "password": {"correct horse"}})
}

func TestClicks(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").Want(200, "Clicks: 0").CSRF()
	if answer := fragment(t, b, "/click", token, nil).Want(200); answer.Body != "Clicks: 1" {
		t.Errorf("the fragment is %q", answer.Body)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { fragment(t, b, "/click", token, nil).Want(200) })
	}
	group.Wait()
	b.Get("/").Want(200, "Clicks: 21")
	b.Another().Get("/").Want(200, "Clicks: 0")
}

// A sign-in by a fragment brings the token that the page needs from then on. That of before has the page loaded anew.
func TestSignIn(t *testing.T) {
	b := browser.New(t, newHandler())
	old, before := b.Get("/").CSRF(), b.Session()
	fragment(t, b, "/sign-in", old, url.Values{"name": {"ann"}}).Want(200, "Wrong name or password.", "Hello stranger")
	answer := signInAs(t, b, old, "ann").Want(200, "Hello ann", `<main id="main" hx-headers=`).Lacks("<body>")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	fragment(t, b, "/click", answer.CSRF(), nil).Want(200, "Clicks: 1")
	fragment(t, b, "/click", old, nil).Want(403, "Forbidden").WantHeader("HX-Refresh", "true") // of a page in another tab
	fragment(t, b, "/click", b.Get("/").CSRF(), nil).Want(200, "Clicks: 2")

	out := fragment(t, b, "/sign-out", answer.CSRF(), nil).Want(200, "Hello stranger", "Clicks: 0")
	fragment(t, b, "/click", answer.CSRF(), nil).Want(403).WantHeader("HX-Refresh", "true")
	fragment(t, b, "/click", out.CSRF(), nil).Want(200, "Clicks: 1")
}

// A fragment that a sign-in has overtaken may come again with the new cookie.
func TestOvertaken(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").CSRF()
	old := b.Copy()
	signInAs(t, b, token, "bob").Want(200)
	fragment(t, old, "/click", token, nil).Want(410).WantHeader("HX-Refresh", "true").WantHeader("Retry-After", "1")
}

func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	page := signInAs(t, b, b.Get("/").CSRF(), "cat").Want(200, "Hello cat")
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	fragment(t, b, "/click", page.CSRF(), nil).Want(410).WantHeader("HX-Refresh", "true").WantHeader("Retry-After", "1")
	b.Get("/").Want(200, "Hello stranger", "Clicks: 0")
}

func TestCSRF(t *testing.T) {
	b := browser.New(t, newHandler())
	b.Get("/")
	fragment(t, b, "/click", "", nil).Want(403).WantHeader("HX-Refresh", "true")
	b.Do(t.Context(), http.MethodPost, "/click", url.Values{}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).
		Want(403, "Forbidden").Lacks("One moment")
	b.Get("/").Want(200, "Clicks: 0")
}
