package fibersession_test

import (
	"bufio"
	"errors"
	"net"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/atomicsession/atomicsession/adaptertest"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
)

// carryOut does what the suite asks for, as handlers of Fiber do it.
func carryOut(c fiber.Ctx, m *atomicsession.Manager, a adaptertest.Answer) error {
	for name, values := range a.Header {
		c.Set(name, values[0])
	}
	switch {
	case a.Panic:
		panic(fiber.ErrInternalServerError)
	case a.Err != nil:
		return a.Err
	case a.Session != nil:
		return fibersession.WriteError(c, m, a.Session)
	case a.Conn != nil:
		c.Status(a.Status).RequestCtx().Hijack(func(conn net.Conn) { a.Conn(conn) })
		return nil
	case a.Location != "":
		return c.Redirect().Status(a.Status).To(a.Location)
	case a.Lines != nil:
		return c.Status(a.Status).SendStreamWriter(func(w *bufio.Writer) {
			for line := range a.Lines {
				_, _ = w.WriteString(line)
				if w.Flush() != nil {
					return
				}
			}
		})
	case a.Text != "":
		return c.Status(a.Status).SendString(a.Text)
	default:
		c.Status(a.Status)
		return nil
	}
}

func TestAdapter(t *testing.T) {
	for name, config := range map[string]fiber.Config{
		"default": {}, "immutable": {Immutable: true}, "streamed bodies": {StreamRequestBody: true, DisablePreParseMultipartForm: true},
	} {
		t.Run(name, func(t *testing.T) { adaptertest.Run(t, framework(config)) })
	}
}

func framework(config fiber.Config) adaptertest.Framework {
	impossible := map[string]string{
		"cancelled request": "Fiber does not tell a handler that its client has gone",
		"hijack":            "Fiber sends the header itself, with the length of the body, before it hands the connection over",
	}
	if config.StreamRequestBody {
		impossible["CSRF form"] = "the body is a stream, which the handler alone may read"
	}
	return adaptertest.Framework{
		Serve: func(t *testing.T, m *atomicsession.Manager, handle adaptertest.Handler) string {
			config := config
			config.ErrorHandler = func(c fiber.Ctx, err error) error {
				if own, ok := errors.AsType[*fiber.Error](err); ok {
					return c.SendStatus(own.Code)
				}
				return carryOut(c, m, handle(c.Context(), adaptertest.ErrorPage))
			}
			app := fiber.New(config)
			app.Use(recover.New(), fibersession.Middleware(m))
			app.Use(adaptertest.Guarded, fibersession.Wrap(m.ProtectCSRF))
			app.All("/*", func(c fiber.Ctx) error { return carryOut(c, m, handle(c.Context(), c.Path())) })
			return start(t, app, nil)
		},
		Impossible: impossible,
	}
}
