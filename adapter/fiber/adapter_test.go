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

// start serves the app until the test ends, and returns where.
func start(t *testing.T, app *fiber.App) string {
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
	return "http://" + listener.Addr().String()
}

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

func framework(config fiber.Config, outside ...any) adaptertest.Framework {
	return adaptertest.Framework{
		Serve: func(t *testing.T, m *atomicsession.Manager, handle adaptertest.Handler) string {
			config.ErrorHandler = func(c fiber.Ctx, err error) error {
				if own, ok := errors.AsType[*fiber.Error](err); ok {
					return c.SendStatus(own.Code)
				}
				return carryOut(c, m, handle(c.Context(), adaptertest.ErrorPage))
			}
			app := fiber.New(config)
			app.Use(recover.New())
			for _, middleware := range outside {
				app.Use(middleware)
			}
			app.Use(fibersession.Middleware(m))
			app.Use(adaptertest.Guarded, fibersession.Wrap(m.ProtectCSRF))
			app.All("/*", func(c fiber.Ctx) error { return carryOut(c, m, handle(c.Context(), c.Path())) })
			return start(t, app)
		},
		Impossible: map[string]string{
			"cancelled request": "Fiber does not tell a handler that its client has gone",
			"hijack":            "Fiber sends the header itself, before it hands the connection over, and that with the length of its body",
		},
	}
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, framework(fiber.Config{}))
}
