package moving

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/internal/visitor"
)

func init() { gin.SetMode(gin.TestMode) }

// newGin returns an application of gin-contrib/sessions.
func newGin(store sessions.Store, meet func()) http.Handler {
	store.Options(sessions.Options{Path: "/", MaxAge: 3600, HttpOnly: true})
	router := gin.New()
	one := router.Group("/", sessions.Sessions("mysession", store))
	one.GET("/incr", func(c *gin.Context) {
		session := sessions.Default(c)
		count, _ := session.Get("count").(int)
		session.Set("count", count+1)
		c.String(http.StatusOK, "%d %v", count+1, session.Save())
	})
	one.GET("/set", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set(c.Query("key"), true)
		meet()
		c.String(http.StatusOK, "%v", session.Save())
	})
	one.GET("/count", func(c *gin.Context) {
		session, n := sessions.Default(c), 0
		for i := range parallel {
			if session.Get(strconv.Itoa(i)) != nil {
				n++
			}
		}
		c.String(http.StatusOK, "%d", n)
	})
	one.GET("/flash", func(c *gin.Context) {
		session := sessions.Default(c)
		session.AddFlash("hello")
		session.AddFlash(1, "numbers")
		c.String(http.StatusOK, "%v", session.Save())
	})
	one.GET("/flashes", func(c *gin.Context) {
		session := sessions.Default(c)
		flashes, numbers := session.Flashes(), session.Flashes("numbers")
		c.String(http.StatusOK, "%v %v %v", flashes, numbers, session.Save())
	})
	one.GET("/clear", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Clear()
		c.String(http.StatusOK, "%v", session.Save())
	})
	one.GET("/sign-out", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Clear()
		session.Options(sessions.Options{Path: "/", MaxAge: -1})
		c.String(http.StatusOK, "%v", session.Save())
	})
	one.GET("/id", func(c *gin.Context) { c.String(http.StatusOK, "%v", sessions.Default(c).ID() != "") })

	many := router.Group("/many", sessions.SessionsMany([]string{"a", "b"}, store))
	many.GET("/set", func(c *gin.Context) {
		a, b := sessions.DefaultMany(c, "a"), sessions.DefaultMany(c, "b")
		a.Set("hello", "world")
		b.Set("hello", "you")
		c.String(http.StatusOK, "%v %v", a.Save(), b.Save())
	})
	many.GET("/get", func(c *gin.Context) {
		a, b := sessions.DefaultMany(c, "a"), sessions.DefaultMany(c, "b")
		b.Delete("hello")
		c.String(http.StatusOK, "%v %v %v", a.Get("hello"), b.Get("hello"), b.Save())
	})
	return router
}

func TestGin(t *testing.T) {
	manager, _ := visitor.NewManager(t, atomicsession.Options{})
	store := gorillabridge.Gin[sessions.Options](gorillabridge.New(manager))
	b := visitor.Browse(t, manager.Middleware(newGin(store, func() {})))
	for i, row := range []struct {
		path, text string
		cookies    int
	}{
		{"/count", "0", 0},
		{"/id", "false", 0},
		{"/incr", "1 <nil>", 1},
		{"/incr", "2 <nil>", 0},
		{"/id", "true", 0},
		{"/flash", "<nil>", 0},
		{"/flash", "<nil>", 0},
		{"/flashes", "[hello hello] [1 1] <nil>", 0},
		{"/flashes", "[] [] <nil>", 0},
		{"/clear", "<nil>", 0},
		{"/incr", "1 <nil>", 0},
		{"/many/set", "<nil> <nil>", 0},
		{"/many/get", "world <nil> <nil>", 0},
		{"/sign-out", "<nil>", 0},
		{"/incr", "1 <nil>", 0},
		{"/many/get", "world <nil> <nil>", 0},
	} {
		t.Run(fmt.Sprint(i, row.path), func(t *testing.T) { b.T = t; b.Want(row.path, http.StatusOK, row.text, row.cookies) })
	}
	if store.Store.Options.MaxAge != 3600 || !store.Store.Options.HttpOnly {
		t.Error(*store.Store.Options)
	}
}

func TestGinLost(t *testing.T) {
	var m meeting
	lost(t, newGin(cookie.NewStore([]byte("secret")), m.meet), &m, true)
	manager, _ := visitor.NewManager(t, atomicsession.Options{})
	store := gorillabridge.Gin[sessions.Options](gorillabridge.New(manager))
	lost(t, manager.Middleware(newGin(store, m.meet)), &m, false)
}
