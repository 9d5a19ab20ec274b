// A site with gin: a counter, sign-in and sign-out by guarded forms, and a page of those who are signed in.
package main

import (
	"cmp"
	"html/template"
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	visits   = atomicsession.NewCounter("visits")
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/sign-in",
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for 127.0.0.1; production leaves it out
	})
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}

func main() {
	log.Fatal(newHandler().Run("127.0.0.1:8080"))
}

func newHandler() *gin.Engine {
	engine := gin.New()
	engine.SetHTMLTemplate(pages)
	engine.Use(gin.Logger(), gin.Recovery(), ginsession.Middleware(sessions), ginsession.Wrap(sessions.ProtectCSRF))
	engine.GET("/", home)
	engine.GET("/sign-in", signInForm)
	engine.POST("/sign-in", signIn)
	engine.POST("/sign-out", signOut)
	engine.GET("/account", ginsession.Wrap(sessions.RequireSignedIn), account)
	return engine
}

var pages = template.Must(template.New("").Parse(`
{{define "home"}}<!doctype html><meta name="viewport" content="width=device-width">
<p>Visits: {{.}}.</p><a href="/account">Account</a>{{end}}

{{define "account"}}<!doctype html><meta name="viewport" content="width=device-width">
<p>Hello {{.User}}, visits: {{.Visits}}.</p>
<form method="post" action="/sign-out"><input type="hidden" name="csrf_token" value="{{.CSRF}}"><button>Sign out</button></form>{{end}}

{{define "sign-in"}}<!doctype html><meta name="viewport" content="width=device-width">
<form method="post"><input type="hidden" name="csrf_token" value="{{.}}">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>{{end}}`)) // no action: the query stays

func home(c *gin.Context) {
	ctx := c.Request.Context()
	n, err := visits.Add(ctx, sessions.Get(ctx), 1)
	if err != nil {
		sessions.WriteError(c.Writer, c.Request, err)
		return
	}
	c.HTML(http.StatusOK, "home", n)
}

func account(c *gin.Context) {
	ctx, s := c.Request.Context(), sessions.Get(c.Request.Context())
	var p struct {
		User, CSRF string
		Visits     int64
	}
	err := s.Read(ctx, atomicsession.UserInto(&p.User), visits.Into(&p.Visits))
	if err == nil {
		p.CSRF, err = s.CSRFToken(ctx)
	}
	if err != nil {
		sessions.WriteError(c.Writer, c.Request, err)
		return
	}
	c.HTML(http.StatusOK, "account", p)
}

func signInForm(c *gin.Context) {
	ctx := c.Request.Context()
	token, err := sessions.Get(ctx).CSRFToken(ctx)
	if err != nil {
		sessions.WriteError(c.Writer, c.Request, err)
		return
	}
	c.HTML(http.StatusOK, "sign-in", token)
}

func signIn(c *gin.Context) {
	if c.PostForm("password") != "correct horse" { // yours asks the database, and compares a slow hash
		c.String(http.StatusForbidden, "wrong name or password")
		return
	}
	ctx := c.Request.Context()
	if err := sessions.Get(ctx).SignIn(ctx, c.PostForm("name")); err != nil {
		sessions.WriteError(c.Writer, c.Request, err)
		return
	}
	c.Redirect(http.StatusSeeOther, cmp.Or(sessions.ReturnPath(c.Request), "/account"))
}

func signOut(c *gin.Context) {
	ctx := c.Request.Context()
	if err := sessions.Get(ctx).Destroy(ctx); err != nil {
		sessions.WriteError(c.Writer, c.Request, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/")
}
