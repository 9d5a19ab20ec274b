package peer

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/gofiber/storage/redis/v3"
)

func fiberRedis(url string) fiber.Storage { return redis.New(redis.Config{URL: url}) }

// fiberMemory is the storage that the library has where none is set.
func fiberMemory(string) fiber.Storage { return nil }

// openFiber returns a server: fiber is not made of net/http handlers.
func openFiber(open func(url string) fiber.Storage) opener {
	return func(_ context.Context, url, _ string) (*App, error) { return serveFiber(open(url)), nil }
}

func serveFiber(storage fiber.Storage) *App {
	app := fiber.New()
	app.Use(session.New(session.Config{
		Storage:        storage,
		IdleTimeout:    14 * 24 * time.Hour,
		Extractor:      extractors.FromCookie("session"),
		CookieSecure:   true,
		CookieHTTPOnly: true,
	}))
	for path, route := range routes() {
		app.All(path, func(c fiber.Ctx) error {
			code, body := answer(route, request{
				query:   func(name string) string { return strings.Clone(c.Query(name)) }, // fiber reuses its memory
				session: func() (Session, error) { return fiberSession{session.FromContext(c)}, nil },
			}, failed)
			return c.Status(code).SendString(body)
		})
	}
	return &App{
		Close: func() {
			if storage != nil {
				_ = storage.Close()
			}
		},
		server: func(ctx context.Context, listener net.Listener) error {
			return app.Listener(listener, fiber.ListenConfig{
				DisableStartupMessage: true, GracefulContext: ctx, ShutdownTimeout: time.Second,
			})
		},
	}
}

type fiberSession struct{ m *session.Middleware }

func (f fiberSession) Text(name string) (string, error) {
	text, _ := f.m.Get(name).(string)
	return text, nil
}

func (f fiberSession) Set(fields ...Field) error {
	for _, field := range fields {
		f.m.Set(field.Name, field.Text)
	}
	return nil
}

func (f fiberSession) Add(name string) error {
	n, err := f.Count(name)
	f.m.Set(name, n+1)
	return err
}

func (f fiberSession) Count(name string) (int64, error) {
	n, _ := f.m.Get(name).(int64)
	return n, nil
}

func (f fiberSession) Take(name string) (string, error) {
	text, err := f.Text(name)
	f.m.Delete(name)
	return text, err
}

func (f fiberSession) Fields() (map[string]string, error) {
	fields := make(map[string]string)
	for _, key := range f.m.Keys() {
		name, _ := key.(string)
		if text, ok := f.m.Get(name).(string); ok {
			fields[name] = text
		}
	}
	return fields, nil
}

func (f fiberSession) SignIn(user string) error {
	if err := f.m.Regenerate(); err != nil {
		return err
	}
	f.m.Set("user", user)
	return nil
}

func (f fiberSession) Renew() error { return f.m.Regenerate() }

func (f fiberSession) SignOut() error { return f.m.Reset() }

func (fiberSession) Save() error { return nil }
