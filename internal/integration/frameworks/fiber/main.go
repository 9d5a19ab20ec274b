// A site with Fiber: a counter, sign-in and sign-out by guarded forms, and a page of those who are signed in.
package main

import (
	"cmp"
	"fmt"
	"html"
	"log"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
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
	log.Fatal(newApp().Listen("127.0.0.1:8080"))
}

func newApp() *fiber.App {
	app := fiber.New()
	app.Use(recover.New(), fibersession.Middleware(sessions), fibersession.Wrap(sessions.ProtectCSRF))
	app.Get("/", home)
	app.Get("/sign-in", signInForm)
	app.Post("/sign-in", signIn)
	app.Post("/sign-out", signOut)
	app.Get("/account", fibersession.Wrap(sessions.RequireSignedIn), account)
	return app
}

func home(c fiber.Ctx) error {
	n, err := visits.Add(c.Context(), sessions.Get(c.Context()), 1)
	if err != nil {
		return fibersession.WriteError(c, sessions, err)
	}
	return show(c, fmt.Sprintf(`<p>Visits: %d.</p><a href="/account">Account</a>`, n))
}

func account(c fiber.Ctx) error {
	ctx, session := c.Context(), sessions.Get(c.Context())
	user, n := "", int64(0)
	err := session.Read(ctx, atomicsession.UserInto(&user), visits.Into(&n))
	if err != nil {
		return fibersession.WriteError(c, sessions, err)
	}
	token, err := session.CSRFToken(ctx)
	if err != nil {
		return fibersession.WriteError(c, sessions, err)
	}
	return show(c, fmt.Sprintf(`<p>Hello %s, visits: %d.</p><form method="post" action="/sign-out">
<input type="hidden" name="csrf_token" value="%s"><button>Sign out</button></form>`, html.EscapeString(user), n, token))
}

func signInForm(c fiber.Ctx) error {
	token, err := sessions.Get(c.Context()).CSRFToken(c.Context())
	if err != nil {
		return fibersession.WriteError(c, sessions, err)
	}
	return show(c, `<form method="post"><input type="hidden" name="csrf_token" value="`+token+`">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>`) // no action: the query stays
}

func signIn(c fiber.Ctx) error {
	if c.FormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		return c.Status(fiber.StatusForbidden).SendString("wrong name or password")
	}
	if err := sessions.Get(c.Context()).SignIn(c.Context(), c.FormValue("name")); err != nil {
		return fibersession.WriteError(c, sessions, err)
	}
	back := sessions.ReturnPath(&http.Request{URL: &url.URL{RawQuery: string(c.Request().URI().QueryString())}})
	return c.Redirect().To(cmp.Or(back, "/account"))
}

func signOut(c fiber.Ctx) error {
	if err := sessions.Get(c.Context()).Destroy(c.Context()); err != nil {
		return fibersession.WriteError(c, sessions, err)
	}
	return c.Redirect().To("/")
}

func show(c fiber.Ctx, page string) error {
	return c.Type("html").SendString(`<!doctype html><meta name="viewport" content="width=device-width">` + page)
}
