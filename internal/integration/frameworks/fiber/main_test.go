package main

import (
	"errors"
	"net"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/site"
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

func TestProgram(t *testing.T) {
	site.Run(t, sessions, func(t *testing.T) *browser.Browser { return open(t, newApp()) })
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
