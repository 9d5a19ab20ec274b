package echosession_test

import (
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	echosession "github.com/atomicsession/atomicsession/adapter/echo"
	"github.com/atomicsession/atomicsession/adaptertest"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

// answer carries an answer out with what echo has for it.
func answer(m *atomicsession.Manager, c *echo.Context, a adaptertest.Answer) error {
	maps.Copy(c.Response().Header(), a.Header)
	switch {
	case a.Panic:
		panic("as the suite has asked for")
	case a.Err != nil:
		return a.Err
	case a.Session != nil:
		m.WriteError(c.Response(), c.Request(), a.Session)
		return nil
	case a.Conn != nil:
		return a.Write(m, c.Response(), c.Request())
	case a.Location != "":
		return c.Redirect(a.Status, a.Location)
	case a.Lines != nil:
		next, stop := iter.Pull(a.Lines)
		defer stop()
		return c.Stream(a.Status, echo.MIMETextPlain, &flushing{c.Response(), next, false})
	case a.Text != "":
		return c.String(a.Status, a.Text)
	default:
		return c.NoContent(a.Status)
	}
}

// flushing is a reader for c.Stream, which copies it, that flushes what was copied before.
type flushing struct {
	w     http.ResponseWriter
	next  func() (string, bool)
	begun bool
}

func (f *flushing) Read(b []byte) (int, error) {
	if f.begun {
		f.w.(http.Flusher).Flush()
	}
	f.begun = true
	line, ok := f.next()
	if !ok {
		return 0, io.EOF
	}
	return copy(b, line), nil
}

// framework is echo with these middlewares.
func framework(use func(m *atomicsession.Manager) []echo.MiddlewareFunc) adaptertest.Framework {
	return adaptertest.Framework{Serve: func(t *testing.T, m *atomicsession.Manager, handle adaptertest.Handler) string {
		e := newEcho()
		e.HTTPErrorHandler = func(c *echo.Context, err error) {
			resp, status := echo.ResolveResponseStatus(c.Response(), err)
			switch {
			case resp.Committed:
			case status == http.StatusNotFound:
				_ = c.NoContent(status)
			default:
				if answer(m, c, handle(c.Request().Context(), adaptertest.ErrorPage)) != nil {
					t.Errorf("the page of the error %v has failed", err)
				}
			}
		}
		e.Use(middleware.Recover())
		e.Use(use(m)...)
		handler := func(c *echo.Context) error { return answer(m, c, handle(c.Request().Context(), c.Request().URL.Path)) }
		e.Any(adaptertest.Guarded, handler, echo.WrapMiddleware(m.ProtectCSRF))
		e.Any("/*", handler)
		server := httptest.NewServer(e)
		t.Cleanup(server.Close)
		return server.URL
	}}
}

func newEcho() *echo.Echo {
	e := echo.New()
	e.Logger = slog.New(slog.DiscardHandler)
	return e
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, framework(func(m *atomicsession.Manager) []echo.MiddlewareFunc {
		return []echo.MiddlewareFunc{echosession.Middleware(m)}
	}))
}

// others are middlewares of echo that stand between the session and the server, or the handler: the suite finds no difference.
func others() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		middleware.ContextTimeout(time.Minute),
		middleware.RequestLogger(),
		middleware.Gzip(),
		middleware.BodyDump(func(*echo.Context, []byte, []byte, error) {}),
		echo.WrapMiddleware(func(next http.Handler) http.Handler { return next }),
		middleware.Secure(),
	}
}

func TestOutside(t *testing.T) {
	adaptertest.Run(t, framework(func(m *atomicsession.Manager) []echo.MiddlewareFunc {
		return append(others(), echosession.Middleware(m))
	}))
}

func TestInside(t *testing.T) {
	adaptertest.Run(t, framework(func(m *atomicsession.Manager) []echo.MiddlewareFunc {
		return append([]echo.MiddlewareFunc{echosession.Middleware(m)}, others()...)
	}))
}

func TestTwice(t *testing.T) {
	adaptertest.Run(t, framework(func(m *atomicsession.Manager) []echo.MiddlewareFunc {
		return []echo.MiddlewareFunc{echosession.Middleware(m), echosession.Middleware(m)}
	}))
}
