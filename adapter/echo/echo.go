// Package echosession puts sessions into echo. A handler gets the session of its request by the request's context, and answers an error of
// it with WriteError:
//
//	e.Use(middleware.Recover(), echosession.Middleware(sessions), middleware.RequestLogger(), echo.WrapMiddleware(sessions.ProtectCSRF))
//
//	s := sessions.Get(c.Request().Context())
//	if err := s.Update(c.Request().Context(), visits.Inc(1)); err != nil {
//		sessions.WriteError(c.Response(), c.Request(), err)
//		return nil
//	}
//
// Any other middleware of net/http is wrapped by echo.WrapMiddleware too, inside of Middleware; only [atomicsession.Manager.Middleware] is
// not, since errors would become responses outside of it. This package is for v5. With v4 use
// echo.WrapMiddleware(sessions.Middleware), and right inside of it a middleware that does: if err := next(c); err != nil { c.Error(err) };
// return nil.
package echosession

import (
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/labstack/echo/v5"
)

// Middleware is what [atomicsession.Manager.Middleware] does, for the handlers inside of it.
//
// It gives an error that a handler returns to [echo.Echo].HTTPErrorHandler itself, and returns nil: the page of errors has the session, and
// passes what stands outside (Gzip, BodyDump) as any response does. So what looks at errors stands inside: ContextTimeout, which makes a
// 503 of some, and inside of that RequestLogger, if it is to log them; outside it logs the status, and no error. What makes panics into
// errors (Recover) stands outside: the response to a panic then has the cookie of a sign-in before it.
//
// If what [atomicsession.Session.Later] has queued cannot be sent, the handler's response is another one, and a call that writes more
// (c.String, but not c.NoContent) returns the error. HTTPErrorHandler gets that too, when the response is out: as always in echo, one of
// your own looks at Committed of [echo.UnwrapResponse] first.
func Middleware(m *atomicsession.Manager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			below := c.Response()
			x := m.Begin(below, c.Request())
			if x.Request == c.Request() { // used twice: it is there
				return next(c)
			}
			c.SetRequest(x.Request)
			c.SetResponse(x.Writer)
			status := http.StatusInternalServerError // unless it returns
			defer func() {
				c.SetResponse(below) // a middleware inside may have left its own
				_ = x.Finish(status)
			}()
			if err := next(c); err != nil {
				if c.Request().Context().Err() != nil { // that of a ContextTimeout inside, which is over
					c.SetRequest(x.Request)
				}
				c.Echo().HTTPErrorHandler(c, err)
			}
			_, status = echo.ResolveResponseStatus(below, nil)
			return nil
		}
	}
}
