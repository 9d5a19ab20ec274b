package ginsession_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/gin-gonic/gin"
)

// pages is a middleware that answers what the handlers inside have failed with, from the session.
func pages(m *atomicsession.Manager) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			n, err := visits.Add(c.Request.Context(), m.Get(c.Request.Context()), 1)
			c.String(http.StatusInternalServerError, "error page %d %v", n, err)
		}
	}
}

// Used twice (engine and group), an error page between the two can still begin a session.
func TestTwiceErrorPage(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.Use(ginsession.Middleware(m), pages(m))
	engine.Group("", ginsession.Middleware(m)).GET("/", func(c *gin.Context) { _ = c.Error(errors.New("no")) })
	visitor.Browse(t, engine).Want("/", http.StatusInternalServerError, "error page 1 <nil>", 1)
}

// Used twice, a failed request still drops its queue.
func TestTwiceQueueOfFailure(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.Use(ginsession.Middleware(m), func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			c.String(http.StatusInternalServerError, "sorry")
		}
	})
	engine.GET("/name", change(m, name.Set("Ada")))
	engine.Group("", ginsession.Middleware(m)).GET("/", later(m, visits.Inc(1)), func(c *gin.Context) { _ = c.Error(errors.New("no")) })
	engine.GET("/show", show(m))
	b := visitor.Browse(t, engine)
	b.Want("/name", http.StatusOK, "", 1)
	b.Want("/", http.StatusInternalServerError, "sorry", 0)
	b.Want("/show", http.StatusOK, "Ada, 0", 0)
}

// An engine behind http.TimeoutHandler inside of another one, with the session in both: the browser gets the session's cookie and the handler's.
func TestEngineInTimeoutHandler(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	inner := gin.New()
	inner.Use(ginsession.Middleware(m))
	inner.GET("/", change(m, visits.Inc(1)), func(c *gin.Context) {
		c.SetCookie("theme", "dark", 0, "/", "", false, false)
		c.String(http.StatusOK, "hello")
	})
	engine := gin.New()
	engine.Use(ginsession.Middleware(m))
	engine.GET("/", gin.WrapH(http.TimeoutHandler(inner, time.Minute, "")))
	visitor.Browse(t, engine).Want("/", http.StatusOK, "hello", 1)
}

// Of two managers, the failing queue of the outer one leaves the cookie of a sign-in with the inner one.
func TestTwoManagersFailingQueue(t *testing.T) {
	visitors, _ := visitor.NewManager(t, atomicsession.Options{})
	staff, _ := visitor.NewManager(t, atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "staff-session"}})
	engine := gin.New()
	engine.Use(ginsession.Middleware(visitors), ginsession.Middleware(staff))
	engine.GET("/", change(visitors, name.Set("Ada")), change(staff, name.Set("Bob")), text("both"))
	engine.GET("/failing", func(c *gin.Context) {
		if err := staff.Get(c.Request.Context()).Renew(c.Request.Context(), atomicsession.User("1")); err != nil {
			t.Error(err)
		}
	}, later(visitors, broken), text("both"))
	engine.GET("/show", show(staff))
	b := visitor.Browse(t, engine)
	b.Want("/", http.StatusOK, "both", 2)
	b.Want("/failing", http.StatusBadRequest, "Bad Request\n", 1)
	b.Want("/show", http.StatusOK, "Bob, 0", 0)
}

// atOnce is what writers of net/http's kind are below gin (gin-contrib/timeout, for one): the first status counts.
type atOnce struct {
	gin.ResponseWriter
	written bool
}

func (w *atOnce) WriteHeader(status int) {
	if !w.written {
		w.written = true
		w.ResponseWriter.WriteHeader(status)
	}
}

// Under a writer for which the first status counts, as that of gin-contrib/timeout, a queue that could not be sent is no 200.
func TestFailingQueueInTimeout(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.Use(func(c *gin.Context) { c.Writer = &atOnce{c.Writer, false}; c.Next() }, ginsession.Middleware(m))
	engine.GET("/name", change(m, name.Set("Ada")))
	engine.GET("/", later(m, broken), func(c *gin.Context) { c.String(http.StatusAccepted, "hello") })
	b := visitor.Browse(t, engine)
	b.Want("/name", http.StatusOK, "", 1)
	b.Want("/", http.StatusBadRequest, "Bad Request\n", 0)
}
