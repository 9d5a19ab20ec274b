package echosession_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	echosession "github.com/atomicsession/atomicsession/adapter/echo"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/labstack/echo/v5"
)

// Used twice (app and group), what stands between the two still sees the error of a handler.
func TestTwiceError(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	e := newEcho()
	e.Use(echosession.Middleware(m), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			err := next(c)
			if err == nil {
				return nil
			}
			n, addErr := visits.Add(c.Request().Context(), m.Get(c.Request().Context()), 1)
			return c.String(http.StatusTeapot, fmt.Sprint("error page ", n, addErr))
		}
	})
	e.Group("", echosession.Middleware(m)).GET("/", func(*echo.Context) error { return errors.New("no") })
	visitor.Browse(t, e).Want("/", http.StatusTeapot, "error page 1 <nil>", 1)
}

// The handler's trailers do not follow the response that replaces its own.
func TestFailingQueueTrailer(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	e := newEcho()
	e.Use(echosession.Middleware(m))
	e.GET("/name", change(m, empty, name.Set("Ada")))
	e.GET("/", later(m, func(c *echo.Context) error {
		c.Response().Header().Set("Trailer", "X-Checksum")
		err := c.String(http.StatusOK, "hello")
		c.Response().Header().Set("X-Checksum", "of hello")
		return err
	}, broken))
	b := visitor.Browse(t, e)
	b.Want("/name", http.StatusNoContent, "", 1)
	resp, err := b.Client.Get(b.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if len(resp.Trailer) > 0 {
		t.Errorf("the answer announces the trailers %v", resp.Trailer)
	}
}

// obvious is how one wraps it without this package.
func obvious(m *atomicsession.Manager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) (err error) {
			m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				c.SetRequest(r)
				err = next(c)
			})).ServeHTTP(c.Response(), c.Request())
			return err
		}
	}
}

// The log tells of the obvious wrapper once, as it does for gin.
func TestObviousWrapper(t *testing.T) {
	m, log := visitor.NewManager(t, atomicsession.Options{})
	e := newEcho()
	e.Use(obvious(m))
	e.GET("/", change(m, text("hello"), visits.Inc(1)))
	b := visitor.Browse(t, e)
	b.Want("/", http.StatusOK, "hello", 0)
	b.Want("/", http.StatusOK, "hello", 0)
	if n := strings.Count(log.String(), "has not reached the browser"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, log)
	}
}

// The obvious wrapper with a queue that cannot be sent: nothing is added to the handler's response, and the log tells of it.
func TestObviousWrapperFailingQueue(t *testing.T) {
	m, log := visitor.NewManager(t, atomicsession.Options{})
	e := newEcho()
	e.GET("/name", change(m, empty, name.Set("Ada")), echosession.Middleware(m))
	e.GET("/", later(m, text("hello"), broken), obvious(m))
	b := visitor.Browse(t, e)
	b.Want("/name", http.StatusNoContent, "", 1)
	b.Want("/", http.StatusOK, "hello", 0)
	if n := strings.Count(log.String(), "WARN"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, log)
	}
}
