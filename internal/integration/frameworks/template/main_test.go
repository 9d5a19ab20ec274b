package main

import (
	"errors"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

func signInAs(b *browser.Browser, user string) *browser.Answer {
	return b.Post("/sign-in", "csrf_token", b.Get("/sign-in").CSRF(), "name", user, "password", "correct horse")
}

func TestPages(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").Want(200, "Sign in").CSRF()
	b.Post("/", "csrf_token", token, "note", "<b>").Want(200, "The note is kept.", "<li>&lt;b&gt;</li>")
	before := b.Session()
	signInAs(b, "ann").Want(200, "<p>ann</p>", "Welcome.", "<li>&lt;b&gt;</li>")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	b.Get("/").Want(200, "<p>ann</p>").Lacks("Welcome.")
	b.Post("/", "csrf_token", token, "note", "old").Want(403, "One moment") // of before the sign-in
	b.Post("/", "note", "none").Want(403, "out of date")
	b.Get("/").Lacks("old", "none")
}

func TestOverlap(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").CSRF()
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { b.Post("/", "csrf_token", token, "note", "x").Want(200) })
	}
	group.Wait()
	if page := b.Get("/"); strings.Count(page.Body, "<li>x</li>") != 10 {
		t.Errorf("notes are lost:\n%s", page.Body)
	}
}

func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	token := signInAs(b, "bob").CSRF()
	if _, err := sessions.RevokeAll(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	b.Post("/", "csrf_token", token, "note", "late").Want(200, "password").WantPath("/sign-in")
}

// A template that fails is a 500, without any of its text.
func TestBroken(t *testing.T) {
	b := browser.New(t, sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		show(w, r, "home", "no list")
	})))
	b.Get("/").Want(500, "this page is broken").Lacks("<ul>")
}

// What a template that writes to the browser does not read before its first byte can begin no session.
func TestStraight(t *testing.T) {
	straight := template.Must(template.New("").Parse(`<form method="post"><input name="csrf_token" value="{{call .}}"></form>`))
	b := browser.New(t, sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := straight.Execute(w, func() (string, error) { return sessions.Get(r.Context()).CSRFToken(r.Context()) })
		if !errors.Is(err, atomicsession.ErrHeadersSent) {
			t.Errorf("a session that begins in the middle of a page: %v", err)
		}
	})))
	if b.Get("/").Want(200).Lacks("</form>"); b.Session() != "" {
		t.Error("there is a cookie")
	}
}
