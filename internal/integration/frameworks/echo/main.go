// A site with echo: a counter, sign-in and sign-out by guarded forms, and a page of those who are signed in.
package main

import (
	"cmp"
	"fmt"
	"html"
	"log"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/atomicsession/atomicsession"
	echosession "github.com/atomicsession/atomicsession/adapter/echo"
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
	if err := newHandler().Start("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}

func newHandler() *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover(), middleware.Gzip(), echosession.Middleware(sessions), middleware.RequestLogger())
	e.Use(echo.WrapMiddleware(sessions.ProtectCSRF))
	e.GET("/", home)
	e.GET("/sign-in", signInForm)
	e.POST("/sign-in", signIn)
	e.POST("/sign-out", signOut)
	e.GET("/account", account, echo.WrapMiddleware(sessions.RequireSignedIn))
	return e
}

func home(c *echo.Context) error {
	ctx := c.Request().Context()
	n, err := visits.Add(ctx, sessions.Get(ctx), 1)
	if err != nil {
		return answer(c, err)
	}
	return show(c, fmt.Sprintf(`<p>Visits: %d.</p><a href="/account">Account</a>`, n))
}

func account(c *echo.Context) error {
	ctx, s := c.Request().Context(), sessions.Get(c.Request().Context())
	user, n, token := "", int64(0), ""
	err := s.Read(ctx, atomicsession.UserInto(&user), visits.Into(&n))
	if err == nil {
		token, err = s.CSRFToken(ctx)
	}
	if err != nil {
		return answer(c, err)
	}
	return show(c, fmt.Sprintf(`<p>Hello %s, visits: %d.</p><form method="post" action="/sign-out">
<input type="hidden" name="csrf_token" value="%s"><button>Sign out</button></form>`, html.EscapeString(user), n, token))
}

func signInForm(c *echo.Context) error {
	ctx := c.Request().Context()
	token, err := sessions.Get(ctx).CSRFToken(ctx)
	if err != nil {
		return answer(c, err)
	}
	return show(c, `<form method="post"><input type="hidden" name="csrf_token" value="`+token+`">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>`) // no action: the query stays
}

func signIn(c *echo.Context) error {
	if c.FormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		return echo.NewHTTPError(http.StatusForbidden, "wrong name or password")
	}
	ctx := c.Request().Context()
	if err := sessions.Get(ctx).SignIn(ctx, c.FormValue("name")); err != nil {
		return answer(c, err)
	}
	return c.Redirect(http.StatusSeeOther, cmp.Or(sessions.ReturnPath(c.Request()), "/account"))
}

func signOut(c *echo.Context) error {
	ctx := c.Request().Context()
	if err := sessions.Get(ctx).Destroy(ctx); err != nil {
		return answer(c, err)
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

// answer says what an error of a session means to the visitor, so that it is no error to echo.
func answer(c *echo.Context, err error) error {
	sessions.WriteError(c.Response(), c.Request(), err)
	return nil
}

func show(c *echo.Context, page string) error {
	return c.HTML(http.StatusOK, `<!doctype html><meta name="viewport" content="width=device-width">`+page)
}
