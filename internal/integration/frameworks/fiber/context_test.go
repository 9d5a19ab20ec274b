package main

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/atomicsession/atomicsession/sessiontest"
)

// A handler that is called alone, with a context built by hand.
func TestSignInByContext(t *testing.T) {
	ctx, end := sessiontest.Context(t, sessions)
	app := fiber.New()
	c := app.AcquireCtx(new(fasthttp.RequestCtx))
	defer app.ReleaseCtx(c)
	c.Request().Header.SetMethod(fiber.MethodPost)
	c.Request().Header.SetContentType(fiber.MIMEApplicationForm)
	c.Request().SetBodyString("name=ann&password=correct+horse")
	c.SetContext(ctx)
	if err := signIn(c); err != nil {
		t.Fatal(err)
	}

	if code := c.Response().StatusCode(); code != fiber.StatusSeeOther {
		t.Errorf("the answer is %d", code)
	}
	if user := sessiontest.Info(t, sessions, end()...).User; user != "ann" {
		t.Errorf("signed in is %q", user)
	}
}
