package peer

import (
	"context"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"
)

// openEcho has the store of its documentation: the session is in the cookie.
func openEcho(context.Context, string, string) (*App, error) {
	store := sessions.NewCookieStore(cookieKey)
	store.Options = new(cookieOptions)
	e := echo.New()
	e.Use(session.Middleware(store))
	for path, route := range routes() {
		e.Any(path, func(c echo.Context) error {
			code, body := answer(route, request{
				query: c.QueryParam,
				session: func() (Session, error) {
					s, err := session.Get("session", c)
					return &gorillaSession{c.Response(), c.Request(), s}, err
				},
			}, failed)
			return c.String(code, body)
		})
	}
	return &App{Handler: e, Close: func() {}}, nil
}
