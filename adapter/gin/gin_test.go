package ginsession_test

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/gin-gonic/gin"
)

// What stands outside sees what was sent, as without a session.
func TestSeenOutside(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	var seen string
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		c.Next()
		seen = fmt.Sprint(c.Writer.Status(), c.Writer.Size(), c.Writer.Written())
	}, ginsession.Middleware(m))
	engine.GET("/text", change(m, name.Set("Ada")), text("hello"))
	engine.GET("/empty", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	engine.GET("/abort", func(c *gin.Context) { c.AbortWithStatus(http.StatusTeapot) }, text("no"))
	engine.GET("/failing", later(m, broken), text("hello"))
	engine.GET("/failing-empty", later(m, broken), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	b := visitor.Browse(t, engine)
	refused := http.StatusText(http.StatusBadRequest) + "\n"
	for _, c := range []struct {
		path, text, seen string
		status, cookies  int
	}{
		{"/text", "hello", "200 5 true", http.StatusOK, 1},
		{"/empty", "", "204 -1 false", http.StatusNoContent, 0},
		{"/abort", "", "418 0 true", http.StatusTeapot, 0},
		{"/none", "404 page not found", "404 -1 false", http.StatusNotFound, 0},
		{"/failing", refused, "400 12 true", http.StatusBadRequest, 0},
		{"/failing-empty", refused, "400 12 true", http.StatusBadRequest, 0},
	} {
		b.Want(c.path, c.status, c.text, c.cookies)
		if seen != c.seen {
			t.Errorf("%s: outside is seen %s, not %s", c.path, seen, c.seen)
		}
	}
}

// Whatever writes after a queue that could not be sent gets the error, and adds nothing; what stands outside, too.
func TestFailingQueue(t *testing.T) {
	for what, fails := range map[string]func(http.ResponseWriter, *http.Request, error){
		"400 Bad Request\n": nil,
		"503 ":              func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) },
	} {
		m, _ := visitor.NewManager(t, atomicsession.Options{LaterFailed: fails})
		var errs []error
		engine := gin.New()
		engine.Use(func(c *gin.Context) {
			c.Next()
			if len(c.Errors) > 0 {
				c.JSON(http.StatusInternalServerError, "an error")
			}
		}, ginsession.Middleware(m))
		engine.GET("/name", change(m, name.Set("Ada")))
		engine.GET("/", later(m, broken), text("one"), func(c *gin.Context) {
			_, err := c.Writer.Write([]byte("two"))
			_, err2 := c.Writer.WriteString("three")
			_, _, err3 := c.Writer.Hijack()
			c.Writer.Flush()
			errs = append(errs, c.Errors[0].Err, err, err2, err3)
			_ = c.Error(err)
		})
		b := visitor.Browse(t, engine)
		b.Want("/name", http.StatusOK, "", 1)
		r := b.Do(http.MethodGet, "/", "", "")
		if got := fmt.Sprintf("%d %s", r.Status, r.Text); got != what {
			t.Errorf("the answer is %q, not %q", got, what)
		}
		for _, err := range errs {
			if e, ok := errors.AsType[*atomicsession.Error](err); !ok {
				t.Errorf("the error is %v, %v", err, e)
			}
		}
	}
}

// A page of errors by Recovery inside of the session, too, has the cookie of a sign-in before the panic.
func TestRecoveryInside(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.Use(ginsession.Middleware(m), gin.CustomRecovery(func(c *gin.Context, _ any) { c.String(http.StatusInternalServerError, "sorry") }))
	engine.GET("/", change(m, name.Set("Ada")), later(m, visits.Inc(1)), func(*gin.Context) { panic("as asked") })
	engine.GET("/show", show(m))
	b := visitor.Browse(t, engine)
	b.Want("/", http.StatusInternalServerError, "sorry", 1)
	b.Want("/show", http.StatusOK, "Ada, 0", 0)
}

func show(m *atomicsession.Manager) gin.HandlerFunc {
	return func(c *gin.Context) {
		var who string
		var n int64
		if err := m.Get(c.Request.Context()).Read(c.Request.Context(), name.Into(&who), visits.Into(&n)); err != nil {
			m.WriteError(c.Writer, c.Request, err)
			return
		}
		c.String(http.StatusOK, "%s, %d", who, n)
	}
}

// gin's page for what is not there comes after the middlewares, and has the session's headers.
// HandleContext goes through the middlewares once more, with gin's own writer and the same session.
// A handler that http.TimeoutHandler has given up cannot sign in any more.
// A copy of the context is for what goes on after the handler, when the context is another request's.
func TestCopy(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	goOn, done := make(chan struct{}), make(chan error)
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.Use(ginsession.Middleware(m))
	engine.GET("/job", change(m, visits.Inc(1)), func(c *gin.Context) {
		job := c.Copy()
		go func() {
			<-goOn
			done <- m.Get(job).Update(context.WithoutCancel(job), name.Set("Ada"))
		}()
	})
	engine.GET("/show", show(m))
	b := visitor.Browse(t, engine)
	b.Want("/job", http.StatusOK, "", 1)
	jar := b.Client.Jar
	b.Client.Jar = nil
	for range 20 {
		b.Want("/show", http.StatusOK, ", 0", 0)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.Client.Jar = jar
	b.Want("/show", http.StatusOK, "Ada, 1", 0)
}

// One may wrap the whole engine instead: gin tells net/http the status before it writes.
// Two managers, of visitors and of staff, have a session each.
func TestTwoManagers(t *testing.T) {
	visitors, _ := visitor.NewManager(t, atomicsession.Options{})
	staff, _ := visitor.NewManager(t, atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "staff-session"}})
	engine := gin.New()
	engine.Use(ginsession.Middleware(visitors), ginsession.Middleware(staff))
	engine.GET("/", change(visitors, visits.Inc(1)), change(staff, visits.Inc(1)), text("both"))
	engine.GET("/failing", change(visitors, name.Set("Ada")), later(visitors, broken), later(staff, visits.Inc(1)), text("both"))
	engine.GET("/show", show(staff))
	b := visitor.Browse(t, engine)
	b.Want("/", http.StatusOK, "both", 2)
	b.Want("/failing", http.StatusBadRequest, "Bad Request\n", 0)
	b.Want("/show", http.StatusOK, ", 2", 0)
}

// What Wrap wraps may answer by itself; then no handler runs.
func TestWrap(t *testing.T) {
	m, _ := visitor.NewManager(t, atomicsession.Options{SignIn: "/sign-in"})
	engine := gin.New()
	engine.Use(ginsession.Middleware(m))
	engine.GET("/sign-in", func(c *gin.Context) {
		if err := m.Get(c.Request.Context()).Renew(c.Request.Context(), atomicsession.User("1")); err != nil {
			m.WriteError(c.Writer, c.Request, err)
		}
	})
	recent := ginsession.Wrap(func(next http.Handler) http.Handler { return m.RequireSignedInWithin(time.Minute, next) })
	type key struct{}
	adds := ginsession.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "passed on")))
		})
	})
	engine.GET("/account", recent, adds, func(c *gin.Context) { c.String(http.StatusOK, "%v", c.Request.Context().Value(key{})) })
	b := visitor.Browse(t, engine)
	b.Want("/account", http.StatusForbidden, "Forbidden\n", 0)
	b.Want("/sign-in", http.StatusOK, "", 1)
	b.Want("/account", http.StatusOK, "passed on", 0)
}

// The files of a form are removed, whatever request the handlers got.
func TestFilesOfForm(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	m, _ := visitor.NewManager(t, atomicsession.Options{})
	engine := gin.New()
	engine.MaxMultipartMemory = 1
	engine.Use(ginsession.Middleware(m))
	engine.POST("/", func(c *gin.Context) {
		_, err := c.MultipartForm()
		files, readErr := os.ReadDir(os.TempDir())
		c.String(http.StatusOK, "%v %v %d", err, readErr, len(files))
	})
	var body strings.Builder
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "a.txt")
	if err == nil {
		_, err = file.Write(make([]byte, 11<<20)) // more than net/http keeps in memory beside
	}
	if err := errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	b := visitor.Browse(t, engine)
	if r := b.Do(http.MethodPost, "/", form.FormDataContentType(), body.String()); r.Text != "<nil> <nil> 1" {
		t.Errorf("the handler says %q", r.Text)
	}
	b.Do(http.MethodGet, "/", "", "") // on the same connection, so that the first request is over
	if files, err := os.ReadDir(os.TempDir()); len(files) > 0 || err != nil {
		t.Errorf("files are left: %v, %v", files, err)
	}
}
