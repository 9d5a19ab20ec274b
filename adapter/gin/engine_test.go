package ginsession_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"
)

func TestNoRoute(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(ginsession.Middleware(m), later(m, name.Set("Ada")))
	engine.POST("/post", text("posted"))
	b := visitor.Browse(t, engine)
	b.Want("/none", http.StatusNotFound, "404 page not found", 1)
	b.Want("/post", http.StatusMethodNotAllowed, "405 method not allowed", 0)
	engine = gin.New()
	engine.Use(ginsession.Middleware(m))
	engine.NoRoute(later(m, visits.Inc(1)), func(c *gin.Context) { c.String(http.StatusNotFound, "nothing") })
	visitor.Browse(t, engine).Want("/none", http.StatusNotFound, "nothing", 1)
}

func TestHandleContext(t *testing.T) {
	for what, use := range map[string]func(gin.HandlerFunc) []gin.HandlerFunc{
		"alone":        func(session gin.HandlerFunc) []gin.HandlerFunc { return []gin.HandlerFunc{session} },
		"gzip inside":  func(session gin.HandlerFunc) []gin.HandlerFunc { return []gin.HandlerFunc{session, gzip.Gzip(1)} },
		"gzip outside": func(session gin.HandlerFunc) []gin.HandlerFunc { return []gin.HandlerFunc{gzip.Gzip(1), session} },
	} {
		t.Run(what, func(t *testing.T) {
			m, log := visitor.NewManager(t, atomicsession.Options{})
			engine := gin.New()
			engine.Use(use(ginsession.Middleware(m))...)
			engine.GET("/text", later(m, visits.Inc(1)), text("hello"))
			engine.GET("/empty", later(m, visits.Inc(1)), func(c *gin.Context) { c.Status(http.StatusNoContent) })
			engine.GET("/failing", later(m, broken), text("hello"))
			engine.GET("/show", show(m))
			engine.GET("/to/*path", change(m, name.Set("Ada")), func(c *gin.Context) {
				c.Request.URL.Path = c.Param("path")
				engine.HandleContext(c)
				c.Abort()
			})
			b := visitor.Browse(t, engine)
			b.Want("/to/text", http.StatusOK, "hello", 1)
			b.Want("/to/empty", http.StatusNoContent, "", 0)
			if what != "gzip outside" { // which adds an end of its own to an error, also without sessions
				b.Want("/to/failing", http.StatusBadRequest, "Bad Request\n", 0)
			}
			b.Want("/to/show", http.StatusOK, "Ada, 2", 0)
			b.Client.Jar = nil
			b.Want("/to/empty", http.StatusNoContent, "", 1)
			if strings.Contains(log.String(), "WARN") {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

func TestTimeoutHandler(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	late := make(chan error, 1)
	engine := gin.New()
	engine.Use(ginsession.Middleware(m))
	engine.GET("/", change(m, visits.Inc(1)), text("in time"))
	engine.GET("/slow", func(c *gin.Context) {
		ctx := c.Request.Context()
		<-ctx.Done()
		late <- m.Get(ctx).Renew(context.WithoutCancel(ctx), atomicsession.User("1"))
		c.String(http.StatusOK, "too late")
	})
	visitor.Browse(t, http.TimeoutHandler(engine, time.Minute, "")).Want("/", http.StatusOK, "in time", 1)
	visitor.Browse(t, http.TimeoutHandler(engine, time.Millisecond, "slow")).Want("/slow", http.StatusServiceUnavailable, "slow", 0)
	if err := <-late; !errors.Is(err, atomicsession.ErrHeadersSent) {
		t.Errorf("the sign-in that comes too late returned %v", err)
	}
}

func TestManagerMiddlewareAround(t *testing.T) {
	for _, both := range []bool{false, true} {
		m, log := visitor.NewManager(t, atomicsession.Options{})
		engine := gin.New()
		if both {
			engine.Use(ginsession.Middleware(m))
		}
		engine.GET("/text", change(m, name.Set("Ada")), text("hello"))
		engine.GET("/error", later(m, visits.Inc(1)), func(c *gin.Context) { c.AbortWithStatus(http.StatusBadGateway) })
		engine.GET("/failing", later(m, broken), text("hello"))
		engine.GET("/show", show(m))
		b := visitor.Browse(t, m.Middleware(engine))
		b.Want("/text", http.StatusOK, "hello", 1)
		b.Want("/error", http.StatusBadGateway, "", 0)
		b.Want("/failing", http.StatusBadRequest, "Bad Request\n", 0)
		b.Want("/show", http.StatusOK, "Ada, 0", 0)
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("the log says %s", log)
		}
	}
}
