package ginsession_test

import (
	"context"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/adaptertest"
	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	gin.DefaultErrorWriter = io.Discard // what Recovery tells of the panics that are meant
	os.Exit(m.Run())
}

// answer carries an answer out with what gin has for it.
func answer(m *atomicsession.Manager, c *gin.Context, a adaptertest.Answer) {
	maps.Copy(c.Writer.Header(), a.Header)
	switch {
	case a.Panic:
		panic("as the suite has asked for")
	case a.Err != nil:
		_ = c.Error(a.Err)
		c.Abort()
	case a.Session != nil:
		m.WriteError(c.Writer, c.Request, a.Session)
		c.Abort()
	case a.Conn != nil:
		_ = a.Write(m, c.Writer, c.Request)
	case a.Location != "":
		c.Redirect(a.Status, a.Location)
	case a.Lines != nil:
		c.Status(a.Status)
		next, stop := iter.Pull(a.Lines)
		defer stop()
		c.Stream(func(w io.Writer) bool {
			line, ok := next()
			if !ok {
				return false
			}
			_, err := io.WriteString(w, line)
			return err == nil
		})
	case a.Text != "":
		c.String(a.Status, "%s", a.Text)
	default:
		c.Status(a.Status)
	}
}

// framework is gin with these middlewares; contextOf is what a handler gives to Manager.Get.
func framework(contextOf func(*gin.Context) context.Context, use func(m *atomicsession.Manager) []gin.HandlerFunc) adaptertest.Framework {
	return adaptertest.Framework{Serve: func(t *testing.T, m *atomicsession.Manager, handle adaptertest.Handler) string {
		engine := gin.New()
		engine.ContextWithFallback = true
		engine.Use(gin.Recovery())
		engine.Use(use(m)...)
		engine.Use(func(c *gin.Context) { // gin's pages of errors are such middlewares
			c.Next()
			if len(c.Errors) > 0 && !c.Writer.Written() {
				answer(m, c, handle(contextOf(c), adaptertest.ErrorPage))
			}
		})
		handler := func(c *gin.Context) { answer(m, c, handle(contextOf(c), c.Request.URL.Path)) }
		engine.Any(adaptertest.Guarded, ginsession.Wrap(m.ProtectCSRF), handler)
		engine.NoRoute(func(c *gin.Context) { c.Status(http.StatusOK) }, handler)
		server := httptest.NewServer(engine)
		t.Cleanup(server.Close)
		return server.URL
	}}
}

func ofRequest(c *gin.Context) context.Context { return c.Request.Context() }

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, framework(ofRequest, func(m *atomicsession.Manager) []gin.HandlerFunc {
		return []gin.HandlerFunc{ginsession.Middleware(m)}
	}))
}

func TestTwice(t *testing.T) {
	adaptertest.Run(t, framework(ofRequest, func(m *atomicsession.Manager) []gin.HandlerFunc {
		return []gin.HandlerFunc{ginsession.Middleware(m), ginsession.Middleware(m)}
	}))
}

// With ContextWithFallback the context of a handler is one for Manager.Get. What goes on after the handler must not keep it, since gin gives
// it to another request.
func TestContextWithFallback(t *testing.T) {
	f := framework(func(c *gin.Context) context.Context { return c }, func(m *atomicsession.Manager) []gin.HandlerFunc {
		return []gin.HandlerFunc{ginsession.Middleware(m)}
	})
	f.Impossible = map[string]string{"after the handler": "a gin.Context is another request's then; c.Copy is there for that, and has a test here"}
	adaptertest.Run(t, f)
}

func TestGzipInside(t *testing.T) {
	adaptertest.Run(t, framework(ofRequest, func(m *atomicsession.Manager) []gin.HandlerFunc {
		return []gin.HandlerFunc{ginsession.Middleware(m), gzip.Gzip(gzip.BestSpeed)}
	}))
}

func TestGzipOutside(t *testing.T) {
	f := framework(ofRequest, func(m *atomicsession.Manager) []gin.HandlerFunc {
		return []gin.HandlerFunc{gzip.Gzip(gzip.BestSpeed), ginsession.Middleware(m)}
	})
	f.Impossible = map[string]string{"error page": "gzip removes the Vary of a status of 400 or more"}
	adaptertest.Run(t, f)
}
