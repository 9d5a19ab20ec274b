package fibersession_test

import (
	"bytes"
	"errors"
	"math"
	"mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/valyala/fasthttp"
)

// A handler that panics when a timeout outside has answered leaves the response alone.
func TestPanicAfterTimeout(t *testing.T) {
	sessions, _ := newSessions(t)
	returned, goOn := make(chan struct{}), make(chan struct{})
	app := fiber.New()
	var response *fasthttp.Response
	app.Get("/slow", timeout.New(func(c fiber.Ctx) error {
		defer close(returned)
		response = c.Response()
		return c.Next()
	}, timeout.Config{Timeout: 100 * time.Millisecond}), fibersession.Middleware(sessions), func(c fiber.Ctx) error {
		if err := sessions.Get(c.Context()).Update(c.Context(), name.Set("Ada")); err != nil {
			return err
		}
		<-goOn
		panic("late")
	})
	b := open(t, app)
	b.want("/slow", http.StatusRequestTimeout, "Request Timeout")
	close(goOn)
	wait(t, returned)
	if h := response.Header.String(); strings.Contains(h, "Set-Cookie") {
		t.Errorf("the response of the timeout was written to: %s", h)
	}
}

// An upload costs nothing more with the adapter.
func TestUploadIsNotCopied(t *testing.T) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "a.txt")
	if err == nil {
		_, err = file.Write(make([]byte, 16<<20))
	}
	if err := errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	allocated := func(use ...any) uint64 {
		app := fiber.New(fiber.Config{BodyLimit: 64 << 20})
		if len(use) > 0 {
			app.Use(use...)
		}
		app.Post("/", func(c fiber.Ctx) error { _, err := c.FormFile("file"); return err })
		b := open(t, app)
		var before, after runtime.MemStats
		least := uint64(math.MaxUint64) // a garbage collection empties the pools of buffers
		for range 8 {
			runtime.ReadMemStats(&before)
			if resp, text := b.send(http.MethodPost, "/", bytes.NewReader(body.Bytes()), "Content-Type", form.FormDataContentType()); resp.StatusCode != http.StatusOK {
				t.Fatal(resp.StatusCode, text)
			}
			runtime.ReadMemStats(&after)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		return least >> 20
	}
	sessions, _ := newSessions(t)
	if without, with := allocated(), allocated(fibersession.Middleware(sessions)); with > without+8 {
		t.Errorf("an upload of 16 MB that uses no session allocates %d MB, without the adapter %d MB", with, without)
	}
}

// Used twice (app and group), what stands between the two still sees the error of a handler.
func TestTwiceError(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions), func(c fiber.Ctx) error {
		if err := c.Next(); err != nil {
			return c.Status(http.StatusTeapot).SendString("error page")
		}
		return nil
	})
	app.Group("/in", fibersession.Middleware(sessions)).Get("/", func(fiber.Ctx) error { return errors.New("no") })
	open(t, app).want("/in/", http.StatusTeapot, "error page")
}
