package moving

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/internal/visitor"
)

// newEcho returns an application of echo-contrib's session.
func newEcho(store sessions.Store, meet func()) http.Handler {
	e := echo.New()
	e.Use(session.Middleware(store))
	e.GET("/create-session", func(c echo.Context) error {
		sess, err := session.Get("session", c)
		if err != nil {
			return err
		}
		sess.Options = &sessions.Options{Path: "/", MaxAge: 86400 * 7, HttpOnly: true}
		sess.Values["foo"] = "bar"
		if err := sess.Save(c.Request(), c.Response()); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	})
	e.GET("/read-session", func(c echo.Context) error {
		sess, err := session.Get("session", c)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, sess.Values["foo"])
	})
	e.GET("/delete-session", func(c echo.Context) error {
		sess, err := session.Get("session", c)
		if err != nil {
			return err
		}
		sess.Options.MaxAge = -1
		return sess.Save(c.Request(), c.Response())
	})
	e.GET("/set", func(c echo.Context) error {
		sess, err := session.Get("session", c)
		if err != nil {
			return err
		}
		sess.Values[c.QueryParam("key")] = true
		meet()
		return c.String(http.StatusOK, strconv.FormatBool(sess.Save(c.Request(), c.Response()) == nil))
	})
	e.GET("/count", func(c echo.Context) error {
		sess, err := session.Get("session", c)
		if err != nil {
			return err
		}
		n := 0
		for i := range parallel {
			if sess.Values[strconv.Itoa(i)] != nil {
				n++
			}
		}
		return c.String(http.StatusOK, strconv.Itoa(n))
	})
	return e
}

func TestEcho(t *testing.T) {
	manager, _ := visitor.NewManager(t, atomicsession.Options{})
	b := visitor.Browse(t, manager.Middleware(newEcho(gorillabridge.New(manager), func() {})))
	b.Want("/read-session", http.StatusOK, "null\n", 0)
	b.Want("/create-session", http.StatusOK, "", 1)
	b.Want("/read-session", http.StatusOK, "\"bar\"\n", 0)
	b.Want("/create-session", http.StatusOK, "", 0)
	b.Want("/delete-session", http.StatusOK, "", 1)
	b.Want("/read-session", http.StatusOK, "null\n", 0)
}

func TestEchoLost(t *testing.T) {
	var m meeting
	lost(t, newEcho(sessions.NewFilesystemStore(t.TempDir(), []byte("secret")), m.meet), &m, true)
	manager, _ := visitor.NewManager(t, atomicsession.Options{})
	lost(t, manager.Middleware(newEcho(gorillabridge.New(manager), m.meet)), &m, false)
}
