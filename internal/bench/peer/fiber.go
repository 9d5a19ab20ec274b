package peer

import (
	"context"
	"net"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/gofiber/storage/redis/v3"
)

// openFiber starts a server: fiber is not made of net/http handlers.
func openFiber(_ context.Context, url, _ string) (*App, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	storage := redis.New(redis.Config{URL: url})
	app := fiber.New()
	app.Use(session.New(session.Config{
		Storage:        storage,
		IdleTimeout:    14 * 24 * time.Hour,
		Extractor:      extractors.FromCookie("session"),
		CookieSecure:   true,
		CookieHTTPOnly: true,
	}))
	for path, route := range routes {
		app.Get(path, func(c fiber.Ctx) error {
			answer, err := route(request{
				query:   func(name string) string { return c.Query(name) },
				session: func() (Session, error) { return fiberSession{session.FromContext(c)}, nil },
			})
			if err != nil {
				return err
			}
			return c.SendString(answer)
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
	}()
	closeApp := func() {
		_ = app.ShutdownWithTimeout(time.Second)
		_ = listener.Close() // if it has not begun to serve
		<-done
		_ = storage.Close()
	}
	return &App{Address: listener.Addr().String(), Close: closeApp}, nil
}

type fiberSession struct{ m *session.Middleware }

func (f fiberSession) Text(name string) (string, error) {
	text, _ := f.m.Get(name).(string)
	return text, nil
}

func (f fiberSession) Set(fields ...Field) error {
	for _, field := range fields {
		f.m.Set(string([]byte(field.Name)), field.Text) // fiber reuses the memory of a query
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

func (f fiberSession) SignIn(user string) error {
	if err := f.m.Regenerate(); err != nil {
		return err
	}
	f.m.Set("user", user)
	return nil
}

func (f fiberSession) SignOut() error { return f.m.Destroy() }

func (fiberSession) Save() error { return nil }
