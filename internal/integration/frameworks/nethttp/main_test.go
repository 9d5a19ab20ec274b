package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

func signInAs(b *browser.Browser, user string) *browser.Answer {
	return b.Post("/sign-in", "csrf_token", b.Get("/").CSRF(), "name", user, "password", "correct horse")
}

func TestVisits(t *testing.T) {
	b := browser.New(t, newHandler())
	b.Get("/").Want(200, "Hello stranger", "Visits: 1.")
	b.Get("/").Want(200, "Visits: 2.")
	b.Get("/").Want(200, "Visits: 3.")
	b.Another().Get("/").Want(200, "Visits: 1.")
}

// Requests that overlap lose nothing, and one of them shows the message.
func TestOverlap(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").CSRF()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { b.Post("/cart/tea", "csrf_token", token).Want(303) })
	}
	group.Wait()
	var mu sync.Mutex
	shown := 0
	for range 10 {
		group.Go(func() {
			page := b.Get("/").Want(200, "Cart: "+strings.Repeat("tea ", 10))
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(page.Body, "It is in the cart.") {
				shown++
			}
		})
	}
	group.Wait()
	if shown != 1 {
		t.Errorf("%d pages show the message, want 1", shown)
	}
	b.Get("/").Want(200, "Visits: 12.").Lacks("It is in the cart.")
}

func TestSignIn(t *testing.T) {
	b := browser.New(t, newHandler())
	b.Post("/cart/tea", "csrf_token", b.Get("/").CSRF()).Want(200, "It is in the cart.", "Cart: tea")
	before, old := b.Session(), b.Copy()
	signInAs(b, "ann").Want(200, "Hello ann", "Cart: tea")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	old.Get("/").Want(410, "One moment") // that of before the sign-in is of a request that was overtaken
	b.Post("/sign-in", "csrf_token", b.Get("/").CSRF(), "name", "ann", "password", "wrong").Want(403)
	signInAs(b, "bob").Want(200, "Hello bob").Lacks("Cart: tea")
	b.Post("/sign-out", "csrf_token", b.Get("/").CSRF()).Want(200, "You have signed out.", "Hello stranger")
	b.Get("/").Want(200).Lacks("You have signed out.")
}

func TestCSRF(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").CSRF()
	b.Post("/cart/tea").Want(403, "One moment", "url=/") // of this very origin: a page that leads back to the form
	foreign := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	b.Do(t.Context(), http.MethodPost, "/cart/tea", map[string][]string{"csrf_token": {token}}, foreign).Want(403, "Forbidden")
	b.Get("/").Want(200, "Cart: </p>")
}

// A message that cannot be shown does not fail the page.
func TestFlashOfAnotherType(t *testing.T) {
	b := browser.New(t, newHandler())
	signInAs(b, "dan")
	if n, err := sessions.UpdateUser(t.Context(), "dan", atomicsession.Path("notices").Set(42)); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	b.Get("/").Want(200, "Hello dan").Lacks("42")
}

// An ended session's form leads to where one signs in.
func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	token := signInAs(b, "cat").CSRF()
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	b.Post("/cart/tea", "csrf_token", token).Want(200, "Hello stranger").WantPath("/")
}
