package fibersession_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/timeout"
)

// leftBehind is a handler that Fiber's timeout leaves behind. Once it may go on, it says how a change without and one with a cookie went.
func leftBehind(sessions *atomicsession.Manager) (handler fiber.Handler, goOn chan<- struct{}, said <-chan [2]error) {
	going, says := make(chan struct{}), make(chan [2]error, 1)
	return func(c fiber.Ctx) error {
		ctx := context.WithoutCancel(c.Context())
		s := sessions.Get(ctx)
		if err := errors.Join(s.Renew(ctx, atomicsession.User("1")), s.Later(ctx, name.Set("Ada"))); err != nil {
			return err
		}
		<-going
		says <- [2]error{s.Update(ctx, visits.Inc(1)), s.Renew(ctx)}
		return c.SendString("nobody reads this")
	}, going, says
}

// The answer of a timeout brings no cookie, inside either. The handler goes on, with a session of its own.
func TestTimeoutInside(t *testing.T) {
	sessions, _ := newSessions(t)
	handler, goOn, said := leftBehind(sessions)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))
	app.Get("/slow", timeout.New(handler, timeout.Config{Timeout: time.Second}))
	app.Get("/", show(sessions))
	b := open(t, app)
	if got := cookies(b.want("/slow", http.StatusRequestTimeout, "Request Timeout")); got != "" {
		t.Errorf("the cookies are %q", got)
	}
	for range 20 { // which may get what Fiber keeps for the next request
		b.want("/", http.StatusOK, " 0")
	}
	close(goOn)
	if errs := wait(t, said); errs[0] != nil || !errors.Is(errs[1], atomicsession.ErrHeadersSent) {
		t.Errorf("an Update returned %v, a Renew %v", errs[0], errs[1])
	}
}

// After a timeout outside nothing reaches the browser, and no other request is touched.
func TestTimeoutOutside(t *testing.T) {
	sessions, _ := newSessions(t)
	handler, goOn, said := leftBehind(sessions)
	returned := make(chan struct{})
	app := fiber.New()
	app.Get("/slow", timeout.New(func(c fiber.Ctx) error {
		defer close(returned)
		return c.Next()
	}, timeout.Config{Timeout: time.Second}), fibersession.Middleware(sessions), handler)
	app.Get("/", fibersession.Middleware(sessions), show(sessions))
	b := open(t, app)
	if got := cookies(b.want("/slow", http.StatusRequestTimeout, "Request Timeout")); got != "" {
		t.Errorf("the cookies are %q", got)
	}
	close(goOn)
	for range 20 {
		b.want("/", http.StatusOK, " 0")
	}
	if errs := wait(t, said); errs[0] != nil || !errors.Is(errs[1], atomicsession.ErrHeadersSent) {
		t.Errorf("an Update returned %v, a Renew %v", errs[0], errs[1])
	}
	wait(t, returned)
}

// Who has set a deadline gets the error of a handler that fails by it.
func TestDeadlineOutside(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.Context(), time.Second)
		defer cancel()
		c.SetContext(ctx)
		if err := c.Next(); errors.Is(err, context.DeadlineExceeded) {
			return c.Status(http.StatusServiceUnavailable).SendString("later")
		}
		return nil
	}, fibersession.Middleware(sessions))
	app.Get("/fails", func(c fiber.Ctx) error {
		<-c.Context().Done()
		return c.Context().Err()
	})
	app.Get("/answers", func(c fiber.Ctx) error {
		err := sessions.Get(c.Context()).Update(c.Context(), visits.Inc(1))
		<-c.Context().Done()
		return errors.Join(err, c.SendString("in time"))
	})
	b := open(t, app)
	b.want("/fails", http.StatusServiceUnavailable, "later")
	if got := cookies(b.want("/answers", http.StatusOK, "in time")); got != "session" {
		t.Errorf("the cookies are %q", got)
	}
}

// A stream begins while its handler is still there, and so may send a cookie until that has returned.
func TestEarlyStream(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))
	app.Get("/", func(c fiber.Ctx) error {
		ctx, renewed := c.Context(), make(chan error, 1)
		err := c.SendStreamWriter(func(w *bufio.Writer) {
			renewed <- sessions.Get(ctx).Renew(ctx, name.Set("Ada"))
			_, _ = w.WriteString("done")
		})
		return errors.Join(err, <-renewed)
	})
	if got := cookies(open(t, app).want("/", http.StatusOK, "done")); got != "session" {
		t.Errorf("the cookies are %q", got)
	}
}

// show tells of a session.
func show(sessions *atomicsession.Manager) fiber.Handler {
	return func(c fiber.Ctx) error {
		who, n := "", int64(0)
		if err := sessions.Get(c.Context()).Read(c.Context(), name.Into(&who), visits.Into(&n)); err != nil {
			return fibersession.WriteError(c, sessions, err)
		}
		return c.SendString(who + " " + string(rune('0'+n)))
	}
}
