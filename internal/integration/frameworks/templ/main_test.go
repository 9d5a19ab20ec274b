package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

func TestPages(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").Want(200, "Hello stranger.").WantHeader("Content-Type", "text/html; charset=utf-8").CSRF()
	before := b.Session()
	b.Post("/say", "csrf_token", token, "text", "<b>").Want(200, "<p>&lt;b&gt;</p>")
	b.Post("/sign-in", "csrf_token", token, "name", "ann", "password", "correct horse").Want(200, "Hello ann").Lacks("<p>&lt;b&gt;</p>")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	b.Post("/say", "csrf_token", token, "text", "news").Want(403, "One moment") // of before the sign-in
	b.Post("/say", "text", "none").Want(403, "out of date")
	b.Get("/").Want(200, "Hello ann").Lacks("news", "none")
}

func TestOverlap(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/").CSRF()
	follow := b.CheckRedirect
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { b.Post("/say", "csrf_token", token, "text", "x").Want(303) })
	}
	group.Wait()
	b.CheckRedirect = follow
	if page := b.Get("/"); strings.Count(page.Body, "<p>x</p>") != 10 {
		t.Errorf("messages are lost:\n%s", page.Body)
	}
	b.Get("/").Lacks("<p>x</p>")
}

func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	page := b.Post("/sign-in", "csrf_token", b.Get("/").CSRF(), "name", "bob", "password", "correct horse").Want(200, "Hello bob")
	if _, err := sessions.RevokeAll(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	b.Post("/say", "csrf_token", page.CSRF(), "text", "late").Want(200, "Sign in").Lacks("late", "bob").WantPath("/")
}

// What a component fails with is answered in place of the page.
func TestFails(t *testing.T) {
	site := newHandler()
	b := browser.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/fails" && r.URL.Path != "/ended" {
			site.ServeHTTP(w, r)
			return
		}
		sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			show(w, r, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				if _, err := io.WriteString(w, "half a page"); err != nil {
					t.Error(err)
				}
				if r.URL.Path == "/ended" {
					return templ.Error{Err: sessions.Get(ctx).Touch(ctx)} // as generated code does
				}
				return errors.New("a component's own")
			}))
		})).ServeHTTP(w, r)
	}))
	b.Get("/fails").Want(500, "Internal Server Error").Lacks("half a page", "own")
	b.Post("/sign-in", "csrf_token", b.Get("/").CSRF(), "name", "cat", "password", "correct horse").Want(200, "Hello cat")
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	b.Get("/ended").Want(200, "Hello stranger.").Lacks("half a page").WantPath("/")
}

// Where nothing buffers, the header is out by the first byte, and a component can begin no session.
func TestStraight(t *testing.T) {
	late := make(chan error, 2)
	form := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "<form>"); err != nil {
			t.Error(err)
		}
		err := csrf().Render(ctx, w)
		late <- err
		return err
	})
	b := browser.New(t, sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/streamed" {
			templ.Handler(form, templ.WithStreaming()).ServeHTTP(w, r)
		} else if err := form.Render(r.Context(), w); err == nil {
			t.Error("a component that fails renders")
		}
	})))
	for _, path := range []string{"/streamed", "/rendered"} {
		if b.Get(path).Want(200, "<form>"); b.Session() != "" {
			t.Error("there is a cookie")
		}
		if err := <-late; !errors.Is(err, atomicsession.ErrHeadersSent) {
			t.Errorf("%s: a session that begins in the middle of a page: %v", path, err)
		}
	}
}
