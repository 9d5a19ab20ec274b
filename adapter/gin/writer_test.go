package ginsession_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/gin-gonic/gin"
)

// c.Writer can what gin's can.
func TestAbilities(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	left := make(chan bool, 1)
	engine := gin.New()
	engine.Use(ginsession.Middleware(m), change(m, visits.Inc(1)))
	engine.GET("/push", func(c *gin.Context) { c.String(http.StatusOK, "%v", c.Writer.Pusher() != nil) })
	engine.GET("/deadline", func(c *gin.Context) {
		err := http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Minute))
		c.String(http.StatusOK, "%v", err)
	})
	engine.GET("/leave", func(c *gin.Context) {
		c.Writer.WriteHeaderNow()
		c.Writer.Flush()
		left <- <-c.Writer.CloseNotify()
	})
	server := httptest.NewUnstartedServer(engine)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	b := &visitor.Browser{T: t, URL: server.URL, Client: server.Client()}
	b.Want("/push", http.StatusOK, "true", 1)
	b.Want("/deadline", http.StatusOK, "<nil>", 1)
	resp, err := b.Client.Get(b.URL + "/leave")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if !<-left || len(resp.Cookies()) != 1 {
		t.Errorf("the cookies are %v", resp.Cookies())
	}
}

func TestFile(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(ginsession.Middleware(m), later(m, visits.Inc(1)))
	engine.GET("/file", func(c *gin.Context) { c.File(file) })
	engine.HEAD("/file", func(c *gin.Context) { c.File(file) })
	engine.StaticFile("/static", file)
	engine.GET("/reader", func(c *gin.Context) {
		c.DataFromReader(http.StatusOK, 6, "text/plain", strings.NewReader("a file"), nil)
	})
	engine.GET("/event", func(c *gin.Context) { c.SSEvent("hello", "world") })
	b := visitor.Browse(t, engine)
	if r := b.Do(http.MethodHead, "/file", "", ""); r.Status != http.StatusOK || r.Cookies() != 1 || r.Header.Get("Content-Length") != "6" {
		t.Errorf("the answer to HEAD is %d %v", r.Status, r.Header)
	}
	for _, path := range []string{"/file", "/static", "/reader"} {
		b.Want(path, http.StatusOK, "a file", 0)
	}
	b.Client.Jar = nil
	b.Want("/event", http.StatusOK, "event:hello\ndata:world\n\n", 1)
}

// What comes to mind first does not work, and the log says so once: the handlers have the session, but gin writes past the writer that
// puts its cookie into the response.
func TestObviousWrapper(t *testing.T) {
	m, log := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			c.Request = r
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
	}, change(m, visits.Inc(1)))
	engine.GET("/", text("hello"))
	b := visitor.Browse(t, engine)
	b.Want("/", http.StatusOK, "hello", 0)
	b.Want("/", http.StatusOK, "hello", 0)
	if n := strings.Count(log.String(), "has not reached the browser"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, log)
	}
}

// Neither does the session of a gin.Context, unless the engine looks into the request's.
func TestWithoutFallback(t *testing.T) {
	m, log := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.Use(ginsession.Middleware(m))
	engine.GET("/", func(c *gin.Context) {
		if err := m.Get(c).Update(c, visits.Inc(1)); err != nil {
			m.WriteError(c.Writer, c.Request, err)
			return
		}
		c.String(http.StatusOK, "changed")
	})
	b := visitor.Browse(t, engine)
	b.Want("/", http.StatusInternalServerError, "Internal Server Error\n", 0)
	b.Want("/", http.StatusInternalServerError, "Internal Server Error\n", 0)
	if got := log.String(); strings.Count(got, "WARN") != 1 || !strings.Contains(got, "*gin.Context") {
		t.Errorf("the log says %s", got)
	}
	engine.ContextWithFallback = true
	b.Want("/", http.StatusOK, "changed", 1)
}
