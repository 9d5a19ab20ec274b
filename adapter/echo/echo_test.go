package echosession_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/atomicsession/atomicsession"
	echosession "github.com/atomicsession/atomicsession/adapter/echo"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

// What stands outside sees what was sent, and the response that it knows, whatever a middleware inside has left.
func TestSeenOutside(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	var seen string
	e := newEcho()
	e.Use(
		middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
			LogStatus: true, LogResponseSize: true,
			LogValuesFunc: func(_ *echo.Context, v middleware.RequestLoggerValues) error {
				seen = fmt.Sprint(v.Status, v.ResponseSize, v.Error)
				return nil
			},
		}),
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				own := c.Response()
				err := next(c)
				if c.Response() != own {
					t.Error("the response is another one now")
				}
				return err
			}
		},
		echosession.Middleware(m), echo.WrapMiddleware(m.ProtectCSRF),
	)
	e.GET("/text", change(m, text("hello"), name.Set("Ada")))
	e.GET("/empty", empty)
	e.GET("/nothing", later(m, func(*echo.Context) error { return nil }, visits.Inc(1)))
	e.GET("/error", func(*echo.Context) error { return echo.NewHTTPError(http.StatusTeapot, "tea") })
	e.POST("/guarded", empty)
	e.GET("/failing", later(m, text("hello"), broken))
	e.GET("/failing-empty", later(m, empty, broken))
	e.GET("/failing-nothing", later(m, func(*echo.Context) error { return nil }, broken))
	b := visitor.Browse(t, e)
	const refused = "Bad Request\n"
	for _, c := range []struct {
		path, text, seen string
		status, cookies  int
	}{
		{"/text", "hello", "200 5 <nil>", http.StatusOK, 1},
		{"/empty", "", "204 0 <nil>", http.StatusNoContent, 0},
		{"/nothing", "", "200 0 <nil>", http.StatusOK, 0},
		{"/error", `{"message":"tea"}` + "\n", "418 18 <nil>", http.StatusTeapot, 0},
		{"/none", `{"message":"Not Found"}` + "\n", "404 24 <nil>", http.StatusNotFound, 0},
		{"/failing", refused, "400 12 <nil>", http.StatusBadRequest, 0},
		{"/failing-empty", refused, "400 12 <nil>", http.StatusBadRequest, 0},
		{"/failing-nothing", refused, "400 12 <nil>", http.StatusBadRequest, 0},
	} {
		b.Want(c.path, c.status, c.text, c.cookies)
		if seen != c.seen {
			t.Errorf("%s: outside is seen %s, not %s", c.path, seen, c.seen)
		}
	}
	if r := b.Do(http.MethodPost, "/guarded", "", ""); r.Status != http.StatusForbidden || seen != "403 10 <nil>" {
		t.Errorf("the answer is %d, and outside is seen %s", r.Status, seen)
	}
}

// An error becomes a page inside: it has the session, its cookie, and a body behind everything that stands outside. What looks at errors
// stands inside.
func TestErrors(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	var dumped, told string
	e := newEcho()
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		resp, status := echo.ResolveResponseStatus(c.Response(), err)
		if resp.Committed {
			return
		}
		n, addErr := visits.Add(c.Request().Context(), m.Get(c.Request().Context()), 1)
		_ = c.String(status, fmt.Sprint("error page ", n, addErr))
	}
	inside := middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		LogValuesFunc: func(_ *echo.Context, v middleware.RequestLoggerValues) error { told = fmt.Sprint(v.Error); return nil },
	})
	e.Use(
		middleware.Gzip(),
		middleware.BodyDump(func(_ *echo.Context, _, body []byte, err error) { dumped = fmt.Sprint(string(body), err) }),
		echosession.Middleware(m), inside, middleware.ContextTimeout(time.Millisecond),
	)
	e.GET("/error", func(*echo.Context) error { return errors.New("a fault") })
	e.GET("/slow", func(c *echo.Context) error { <-c.Request().Context().Done(); return c.Request().Context().Err() })
	b := visitor.Browse(t, e)
	for _, c := range []struct {
		path, text, told string
		status, cookies  int
	}{
		{"/error", "error page 1 <nil>", "a fault", http.StatusInternalServerError, 1},
		{"/none", "error page 2 <nil>", "Not Found", http.StatusNotFound, 0},
		{"/slow", "error page 3 <nil>", "Service Unavailable", http.StatusServiceUnavailable, 0},
	} {
		b.Want(c.path, c.status, c.text, c.cookies)
		if dumped != c.text+"<nil>" || !strings.Contains(told, c.told) {
			t.Errorf("%s: outside is %q, inside %q", c.path, dumped, told)
		}
	}
}

// Whatever writes after a queue that could not be sent gets the error, and adds nothing; nor does the page of errors.
func TestFailingQueue(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	var errs []error
	e := newEcho()
	e.HTTPErrorHandler = func(c *echo.Context, err error) { // which does not ask whether a response is out
		errs = append(errs, err, c.String(http.StatusInternalServerError, "error page"))
	}
	e.Use(echosession.Middleware(m))
	e.GET("/name", change(m, empty, name.Set("Ada")))
	e.GET("/", later(m, func(c *echo.Context) error {
		err := c.String(http.StatusOK, "one")
		errs = append(errs, c.JSON(http.StatusOK, "two"), http.NewResponseController(c.Response()).Flush())
		return err
	}, broken))
	b := visitor.Browse(t, e)
	b.Want("/name", http.StatusNoContent, "", 1)
	b.Want("/", http.StatusBadRequest, "Bad Request\n", 0)
	if len(errs) != 4 {
		t.Errorf("the errors are %v", errs)
	}
	for _, err := range errs {
		if _, ok := errors.AsType[*atomicsession.Error](err); !ok {
			t.Errorf("the error is %v", err)
		}
	}
}

// A router that answers HEAD by the handler of GET keeps the header back until that has returned.
func TestHead(t *testing.T) {
	m, log := visitor.NewManager(t, atomicsession.Options{})
	answersHead := func() *echo.Echo {
		return echo.NewWithConfig(echo.Config{
			Router: echo.NewRouter(echo.RouterConfig{AutoHandleHEAD: true}), Logger: slog.New(slog.DiscardHandler),
		})
	}
	e := answersHead()
	session := echosession.Middleware(m)
	fails := func(*echo.Context) error { return echo.ErrForbidden }
	e.GET("/route", later(m, text("hello"), visits.Inc(1)), session)
	e.GET("/route-fails", later(m, fails, visits.Inc(1)), session)
	g := e.Group("")
	g.Use(session)
	g.GET("/group", later(m, text("hello"), visits.Inc(1)))
	all := answersHead()
	all.Use(session)
	all.GET("/global", later(m, text("hello"), visits.Inc(1)))
	all.GET("/global-fails", later(m, fails, visits.Inc(1)))
	for path, length := range map[string]string{"/route": "5", "/group": "5", "/global": "5", "/route-fails": "", "/global-fails": ""} {
		b := visitor.Browse(t, e)
		if strings.Contains(path, "global") {
			b = visitor.Browse(t, all)
		}
		r := b.Do(http.MethodHead, path, "", "")
		if r.Cookies() != 1 || length != "" && r.Header.Get("Content-Length") != length || (r.Status == http.StatusOK) != (length != "") {
			t.Errorf("%s: the answer is %d %v", path, r.Status, r.Header)
		}
	}
	if strings.Contains(log.String(), "WARN") {
		t.Errorf("the log says %s", log)
	}
}

func TestFile(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	e := newEcho()
	e.Filesystem = fstest.MapFS{"a.txt": {Data: []byte("a file")}}
	e.Use(echosession.Middleware(m))
	e.GET("/file", later(m, func(c *echo.Context) error { return c.File("a.txt") }, visits.Inc(1)))
	e.GET("/attachment", later(m, func(c *echo.Context) error { return c.Attachment("a.txt", "b.txt") }, visits.Inc(1)))
	b := visitor.Browse(t, e)
	b.Want("/file", http.StatusOK, "a file", 1)
	b.Want("/attachment", http.StatusOK, "a file", 0)
}

// A handler that http.TimeoutHandler has given up cannot sign in any more; one that flushes below it panics, as without a session.
func TestTimeoutHandler(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	late := make(chan error, 1)
	e := newEcho()
	e.Use(middleware.Recover(), echosession.Middleware(m))
	e.GET("/", change(m, text("in time"), visits.Inc(1)))
	e.GET("/flush", change(m, func(c *echo.Context) error { c.Response().(http.Flusher).Flush(); return nil }, visits.Inc(1)))
	e.GET("/slow", func(c *echo.Context) error {
		ctx := c.Request().Context()
		<-ctx.Done()
		late <- m.Get(ctx).Renew(context.WithoutCancel(ctx), atomicsession.User("1"))
		return c.String(http.StatusOK, "too late")
	})
	b := visitor.Browse(t, http.TimeoutHandler(e, time.Minute, ""))
	b.Want("/flush", http.StatusInternalServerError, `{"message":"Internal Server Error"}`+"\n", 1)
	b.Want("/", http.StatusOK, "in time", 0)
	visitor.Browse(t, http.TimeoutHandler(e, time.Millisecond, "slow")).Want("/slow", http.StatusServiceUnavailable, "slow", 0)
	if err := <-late; !errors.Is(err, atomicsession.ErrHeadersSent) {
		t.Errorf("the sign-in that comes too late returned %v", err)
	}
}

// It may stand before the routing, and around a handler of net/http.
func TestPre(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	e := newEcho()
	e.Pre(echosession.Middleware(m))
	e.GET("/", echo.WrapHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := visits.Add(r.Context(), m.Get(r.Context()), 1)
		_, _ = fmt.Fprint(w, n, err)
	})))
	e.GET("/show", show(m))
	b := visitor.Browse(t, e)
	b.Want("/", http.StatusOK, "1 <nil>", 1)
	b.Want("/show", http.StatusOK, ", 1", 0)
}

// Who writes to the *echo.Response itself writes past the session, and the log says so once. The status is known all the same.
func TestUnwrapped(t *testing.T) {
	m, log := visitor.NewManager(t, atomicsession.Options{})
	past := func(c *echo.Context) error {
		resp, err := echo.UnwrapResponse(c.Response())
		if err == nil {
			resp.WriteHeader(http.StatusServiceUnavailable)
		}
		return err
	}
	e := newEcho()
	e.Use(echosession.Middleware(m))
	e.GET("/name", change(m, empty, name.Set("Ada")))
	e.GET("/first", change(m, past, visits.Inc(1)))
	e.GET("/queue", later(m, past, visits.Inc(1)))
	e.GET("/show", show(m))
	b := visitor.Browse(t, e)
	b.Want("/first", http.StatusServiceUnavailable, "", 0)
	b.Want("/first", http.StatusServiceUnavailable, "", 0)
	if n := strings.Count(log.String(), "has not reached the browser"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, log)
	}
	b.Want("/name", http.StatusNoContent, "", 1)
	b.Want("/queue", http.StatusServiceUnavailable, "", 0)
	b.Want("/show", http.StatusOK, "Ada, 0", 0)
}
