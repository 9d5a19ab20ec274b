package main

import (
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/site"
)

func TestProgram(t *testing.T) {
	site.Run(t, sessions, func(t *testing.T) *browser.Browser { return browser.New(t, newHandler()) })
}

// The answer to a panic after a sign-in has the new cookie.
func TestPanic(t *testing.T) {
	handler := newHandler()
	handler.GET("/panic", func(c *echo.Context) error {
		if err := sessions.Get(c.Request().Context()).Renew(c.Request().Context(), atomicsession.User("dan")); err != nil {
			t.Error(err)
		}
		panic("after the sign-in")
	})
	b := browser.New(t, handler)
	b.Get("/").Want(200)
	before := b.Session()
	b.Get("/panic").Want(500)
	if b.Session() == before {
		t.Error("the new secret is lost")
	}
	b.Get("/account").Want(200, "Hello dan, visits: 1.")
}
