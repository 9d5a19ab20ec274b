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
	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"
)

func TestNoRoute(t *testing.T) {
	m, _ := newManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(ginsession.Middleware(m), later(m, name.Set("Ada")))
	engine.POST("/post", text("posted"))
	b := browse(t, engine)
	b.want("/none", http.StatusNotFound, "404 page not found", 1)
	b.want("/post", http.StatusMethodNotAllowed, "405 method not allowed", 0)
	engine = gin.New()
	engine.Use(ginsession.Middleware(m))
	engine.NoRoute(later(m, visits.Inc(1)), func(c *gin.Context) { c.String(http.StatusNotFound, "nothing") })
	browse(t, engine).want("/none", http.StatusNotFound, "nothing", 1)
}

func TestHandleContext(t *testing.T) {
	for what, use := range map[string]func(gin.HandlerFunc) []gin.HandlerFunc{
		"alone":        func(session gin.HandlerFunc) []gin.HandlerFunc { return []gin.HandlerFunc{session} },
		"gzip inside":  func(session gin.HandlerFunc) []gin.HandlerFunc { return []gin.HandlerFunc{session, gzip.Gzip(1)} },
		"gzip outside": func(session gin.HandlerFunc) []gin.HandlerFunc { return []gin.HandlerFunc{gzip.Gzip(1), session} },
	} {
		t.Run(what, func(t *testing.T) {
			m, log := newManager(t, atomicsession.Options{})
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
			b := browse(t, engine)
			b.want("/to/text", http.StatusOK, "hello", 1)
			b.want("/to/empty", http.StatusNoContent, "", 0)
			if what != "gzip outside" { // which adds an end of its own to an error, also without sessions
				b.want("/to/failing", http.StatusBadRequest, "Bad Request\n", 0)
			}
			b.want("/to/show", http.StatusOK, "Ada, 2", 0)
			b.client.Jar = nil
			b.want("/to/empty", http.StatusNoContent, "", 1)
			if strings.Contains(log.String(), "WARN") {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

func TestTimeoutHandler(t *testing.T) {
	m, _ := newManager(t, atomicsession.Options{})
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
	browse(t, http.TimeoutHandler(engine, time.Minute, "")).want("/", http.StatusOK, "in time", 1)
	browse(t, http.TimeoutHandler(engine, time.Millisecond, "slow")).want("/slow", http.StatusServiceUnavailable, "slow", 0)
	if err := <-late; !errors.Is(err, atomicsession.ErrHeadersSent) {
		t.Errorf("the sign-in that comes too late returned %v", err)
	}
}

func TestManagerMiddlewareAround(t *testing.T) {
	for _, both := range []bool{false, true} {
		m, log := newManager(t, atomicsession.Options{})
		engine := gin.New()
		if both {
			engine.Use(ginsession.Middleware(m))
		}
		engine.GET("/text", change(m, name.Set("Ada")), text("hello"))
		engine.GET("/error", later(m, visits.Inc(1)), func(c *gin.Context) { c.AbortWithStatus(http.StatusBadGateway) })
		engine.GET("/failing", later(m, broken), text("hello"))
		engine.GET("/show", show(m))
		b := browse(t, m.Middleware(engine))
		b.want("/text", http.StatusOK, "hello", 1)
		b.want("/error", http.StatusBadGateway, "", 0)
		b.want("/failing", http.StatusBadRequest, "Bad Request\n", 0)
		b.want("/show", http.StatusOK, "Ada, 0", 0)
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("the log says %s", log)
		}
	}
}
