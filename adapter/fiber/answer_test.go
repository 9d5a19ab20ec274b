package fibersession_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cache"
	"github.com/gofiber/fiber/v3/middleware/recover"
)

// What the handler puts into the header stays as it is, beside what the session adds.
func TestHeaders(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions), fibersession.Middleware(sessions)) // twice does no harm
	app.Get("/", func(c fiber.Ctx) error {
		c.Set("Cache-Control", "no-cache")
		c.Vary("Accept")
		c.Cookie(&fiber.Cookie{Name: "theme", Value: "dark"})
		c.Response().Header.Add("Set-Cookie", "theme=light; path=/dark")
		if _, err := visits.Add(c.Context(), sessions.Get(c.Context()), 1); err != nil {
			return err
		}
		c.Cookie(&fiber.Cookie{Name: "language", Value: "en"})
		return c.SendString("done")
	})
	app.Get("/read", func(c fiber.Ctx) error {
		c.Set("Cache-Control", "max-age=5")
		_, _, err := visits.Get(c.Context(), sessions.Get(c.Context()))
		return err
	})
	b := open(t, app)
	resp := b.want("/", http.StatusOK, "done")
	if got := cookies(resp); got != "theme theme language session" {
		t.Errorf("the cookies are %s", got)
	}
	if vary := resp.Header["Vary"]; !slices.Equal(vary, []string{"Accept", "Cookie"}) {
		t.Errorf("Vary is %q", vary)
	}
	if cache := resp.Header["Cache-Control"]; !slices.Equal(cache, []string{"no-store"}) {
		t.Errorf("Cache-Control of an answer with a cookie is %q", cache)
	}
	resp = b.want("/read", http.StatusOK, "")
	if cache := resp.Header["Cache-Control"]; !slices.Equal(cache, []string{"max-age=5"}) || resp.Header.Get("Vary") != "Cookie" {
		t.Errorf("who only reads gets %q", resp.Header)
	}
}

// An error is answered once, by the handler for errors of the app that it comes from, and what fails there is a status of 500.
func TestErrorHandlers(t *testing.T) {
	sessions, _ := newSessions(t)
	handler := func(text string) fiber.ErrorHandler {
		return func(c fiber.Ctx, err error) error {
			if text == "" {
				return err
			}
			if err := sessions.Get(c.Context()).Update(c.Context(), visits.Inc(1)); err != nil {
				return err
			}
			_, err = c.Status(http.StatusTeapot).WriteString(text)
			return err
		}
	}
	app := fiber.New(fiber.Config{ErrorHandler: handler("site")})
	app.Use(recover.New(), fibersession.Middleware(sessions))
	for path, text := range map[string]string{"/api": "api", "/broken": ""} {
		part := fiber.New(fiber.Config{ErrorHandler: handler(text)})
		part.Get("/fail", func(fiber.Ctx) error { return errors.New("no") })
		app.Use(path, part)
	}
	b := open(t, app)
	if got := cookies(b.want("/api/fail", http.StatusTeapot, "api")); got != "session" {
		t.Errorf("the cookies are %q", got)
	}
	b.want("/nowhere", http.StatusTeapot, "site")
	b.want("/broken/fail", http.StatusInternalServerError, "Internal Server Error")
}

// All that an ErrorHandler must know of sessions is WriteError.
func TestWriteErrorAsErrorHandler(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error { return fibersession.WriteError(c, sessions, err) }})
	app.Use(fibersession.Middleware(sessions))
	app.Get("/recent", func(c fiber.Ctx) error {
		c.Set("Location", "/elsewhere")
		return errors.Join(c.SendString("secret"), atomicsession.ErrReauthenticate)
	})
	app.Get("/other", func(fiber.Ctx) error { return errors.New("no") })
	app.Get("/nil", func(c fiber.Ctx) error {
		return errors.Join(c.SendString("fine"), fibersession.WriteError(c, sessions, nil))
	})
	b := open(t, app)
	resp, text := b.send(http.MethodGet, "/recent", nil, "Sec-Fetch-Mode", "navigate")
	if to := resp.Header.Get("Location"); to != "/sign-in?return=%2Frecent" || strings.Contains(text, "secret") {
		t.Errorf("it leads to %q, and says %q", to, text)
	}
	b.want("/other", http.StatusInternalServerError, "Internal Server Error\n")
	b.want("/nil", http.StatusOK, "fine")
}

// A cache outside keeps what is everybody's, and nothing of a session.
func TestCacheOutside(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(cache.New(), fibersession.Middleware(sessions))
	app.Get("/", func(c fiber.Ctx) error {
		n, err := visits.Add(c.Context(), sessions.Get(c.Context()), 1)
		return errors.Join(err, c.SendString(fmt.Sprint(n)))
	})
	app.Get("/show", show(sessions))
	served := 0
	app.Get("/public", func(c fiber.Ctx) error {
		served++
		return c.SendString("everybody's")
	})
	b := open(t, app)
	for _, n := range []string{"1", "2", "3"} {
		b.want("/", http.StatusOK, n)
		b.want("/show", http.StatusOK, " "+n)
		b.want("/public", http.StatusOK, "everybody's")
	}
	b.client.Jar = nil
	b.want("/", http.StatusOK, "1")
	b.want("/show", http.StatusOK, " 0")
	if served != 1 {
		t.Errorf("the cache has let %d requests through", served)
	}
}
