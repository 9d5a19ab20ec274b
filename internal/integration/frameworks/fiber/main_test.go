package main

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

// open serves the app until the test ends, and returns a browser for it.
func open(t *testing.T, app *fiber.App) *browser.Browser {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		if err := errors.Join(app.Shutdown(), <-served); err != nil {
			t.Error(err)
		}
	})
	return browser.For(t, "http://"+listener.Addr().String())
}

func signInAs(b *browser.Browser, user string) *browser.Answer {
	return b.Post("/sign-in", "csrf_token", b.Get("/sign-in").CSRF(), "name", user, "password", "correct horse")
}

func TestVisits(t *testing.T) {
	b := open(t, newApp())
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
func TestSignIn(t *testing.T) {
	b := open(t, newApp())
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

func TestEnded(t *testing.T) {
	b := open(t, newApp())
	page := signInAs(b, "cat").Want(200, "Hello cat")
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	b.Do(t.Context(), http.MethodPost, "/sign-out", map[string][]string{"csrf_token": {page.CSRF()}},
		http.Header{"Sec-Fetch-Mode": {"cors"}}).Want(410).WantHeader("Retry-After", "1")
	b.Post("/sign-out", "csrf_token", page.CSRF()).Want(200, "password")
	b.Get("/account").Want(200, "password").WantPath("/sign-in?return=%2Faccount")
}

func TestCSRF(t *testing.T) {
	b := open(t, newApp())
	token := b.Get("/sign-in").CSRF()
	b.Post("/sign-in", "name", "ann", "password", "correct horse").Want(403)
	b.Do(t.Context(), http.MethodPost, "/sign-in", map[string][]string{"csrf_token": {token}},
		http.Header{"Sec-Fetch-Site": {"cross-site"}}).Want(403, "Forbidden")
	b.Post("/sign-in", "csrf_token", token, "name", "ann", "password", "guess").Want(403, "wrong name or password")
	b.Get("/account").WantPath("/sign-in?return=%2Faccount")
}

// The answer to a panic has the cookie, too.
func TestPanic(t *testing.T) {
	app := newApp()
	app.Get("/panic", func(c fiber.Ctx) error {
		if err := sessions.Get(c.Context()).Renew(c.Context(), atomicsession.User("dan")); err != nil {
			t.Error(err)
		}
		panic("after the sign-in")
	})
	b := open(t, app)
	b.Get("/")
	before := b.Session()
	b.Get("/panic").Want(500)
	if before == "" || b.Session() == before {
		t.Error("the new secret is lost")
	}
	b.Get("/account").Want(200, "Hello dan, visits: 1.")
}
