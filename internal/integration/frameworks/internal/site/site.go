// Package site tests a program of docs/frameworks.md that counts visits at "/", and has an account behind a sign-in.
package site

import (
	"net/http"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

// Run runs the tests, each with a browser that open returns for the program, whose sessions they are.
func Run(t *testing.T, sessions *atomicsession.Manager, open func(t *testing.T) *browser.Browser) {
	t.Run("visits", func(t *testing.T) { visits(open(t)) })
	t.Run("sign-in", func(t *testing.T) { signIn(t, open(t)) })
	t.Run("ended", func(t *testing.T) { ended(t, sessions, open(t)) })
	t.Run("CSRF", func(t *testing.T) { csrf(t, open(t)) })
}

func signInAs(b *browser.Browser, user string) *browser.Answer {
	return b.Post("/sign-in", "csrf_token", b.Get("/sign-in").CSRF(), "name", user, "password", "correct horse")
}

func visits(b *browser.Browser) {
	b.Get("/").Want(200, "Visits: 1.")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { b.Get("/").Want(200) })
	}
	group.Wait()
	b.Get("/").Want(200, "Visits: 22.")
	b.Another().Get("/").Want(200, "Visits: 1.")
}

// Who is nobody signs in and comes back to the page asked for; the counter goes along. A sign-out ends it.
func signIn(t *testing.T, b *browser.Browser) {
	b.Get("/").Want(200, "Visits: 1.")
	form := b.Get("/account?tab=2").Want(200, "password").WantPath("/sign-in?return=%2Faccount%3Ftab%3D2")
	before := b.Session()
	page := b.Post(form.Request.URL.RequestURI(), "csrf_token", form.CSRF(), "name", "<ann>", "password", "correct horse").
		Want(200, "Hello &lt;ann&gt;, visits: 1.").WantPath("/account?tab=2")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	stolen := b.Copy()
	b.Post("/sign-out", "csrf_token", page.CSRF()).WantPath("/").Want(200, "Visits: 1.")
	stolen.Get("/account").Want(200, "password")
	signInAs(b, "bob").Want(200, "Hello bob").WantPath("/account")
}

// A script is told that the session has ended, a visitor is led to the sign-in.
func ended(t *testing.T, sessions *atomicsession.Manager, b *browser.Browser) {
	page := signInAs(b, "cat").Want(200, "Hello cat")
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	b.Do(t.Context(), http.MethodPost, "/sign-out", map[string][]string{"csrf_token": {page.CSRF()}},
		http.Header{"Sec-Fetch-Mode": {"cors"}}).Want(410).WantHeader("Retry-After", "1")
	b.Post("/sign-out", "csrf_token", page.CSRF()).Want(200, "password")
	b.Get("/account").Want(200, "password").WantPath("/sign-in?return=%2Faccount")
}

func csrf(t *testing.T, b *browser.Browser) {
	token := b.Get("/sign-in").CSRF()
	b.Post("/sign-in", "name", "ann", "password", "correct horse").Want(403)
	b.Do(t.Context(), http.MethodPost, "/sign-in", map[string][]string{"csrf_token": {token}},
		http.Header{"Sec-Fetch-Site": {"cross-site"}}).Want(403, "Forbidden")
	b.Post("/sign-in", "csrf_token", token, "name", "ann", "password", "guess").Want(403, "wrong name or password")
	b.Get("/account").WantPath("/sign-in?return=%2Faccount")
}
