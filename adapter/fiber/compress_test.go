//go:build amd64 || arm64

// Fiber's compress does not build where an int has 32 bits.

package fibersession_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/compress"
)

// What failed takes the place of all that the handler has made: of a compressed page, of a connection that it wanted to take over.
func TestFailingQueue(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions), compress.New())
	fail := func(c fiber.Ctx) error {
		s := sessions.Get(c.Context())
		return errors.Join(s.Update(c.Context(), name.Set("Ada")), s.Later(c.Context(), atomicsession.Path("name").Inc(1)))
	}
	app.Get("/page", func(c fiber.Ctx) error {
		c.Set("Etag", `"1"`)
		return errors.Join(c.SendString(strings.Repeat("page ", 1000)), fail(c))
	})
	app.Get("/socket", func(c fiber.Ctx) error {
		c.Status(http.StatusSwitchingProtocols).RequestCtx().Hijack(func(net.Conn) { t.Error("the connection was handed over") })
		return fail(c)
	})
	b := open(t, app)
	for _, path := range []string{"/page", "/socket"} {
		resp := b.want(path, http.StatusBadRequest, "Bad Request\n", "Accept-Encoding", "gzip")
		if h := resp.Header; h.Get("Content-Encoding") != "" || h.Get("Etag") != "" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("the header is %v", h)
		}
	}
}

func TestCompressed(t *testing.T) {
	for where, order := range map[string]func(session, compress any) []any{
		"outside": func(session, compress any) []any { return []any{compress, session} },
		"inside":  func(session, compress any) []any { return []any{session, compress} },
	} {
		t.Run(where, func(t *testing.T) {
			sessions, _ := newSessions(t)
			app := fiber.New()
			app.Use(order(fibersession.Middleware(sessions), compress.New())...)
			page := strings.Repeat("page ", 1000)
			app.Get("/", func(c fiber.Ctx) error {
				if err := sessions.Get(c.Context()).Update(c.Context(), visits.Inc(1)); err != nil {
					return err
				}
				return c.SendString(page)
			})
			resp := open(t, app).want("/", http.StatusOK, page)
			vary := strings.Join(resp.Header["Vary"], ", ")
			if !resp.Uncompressed || cookies(resp) != "session" || !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Accept-Encoding") {
				t.Errorf("compressed: %v, header %v", resp.Uncompressed, resp.Header)
			}
		})
	}
}

// Fiber asks the middlewares about a request that it refuses itself, too, and then has the last word.
func TestTooLarge(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New(fiber.Config{BodyLimit: 10})
	app.Use(fibersession.Middleware(sessions), fibersession.Wrap(sessions.ProtectCSRF), compress.New())
	resp, text := open(t, app).send(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 100)))
	if resp.StatusCode != http.StatusRequestEntityTooLarge || text != "Request Entity Too Large" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
}
