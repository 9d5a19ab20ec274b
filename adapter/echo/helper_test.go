package echosession_test

import (
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/labstack/echo/v5"
)

var (
	visits = atomicsession.NewCounter("visits")
	name   = atomicsession.NewKey[string]("name")
	// broken is a change that cannot be made where a name is.
	broken = atomicsession.Path("name").Inc(1)
)

// change returns a handler that changes the session, and goes on.
func change(m *atomicsession.Manager, next echo.HandlerFunc, changes ...atomicsession.Change) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if err := m.Get(c.Request().Context()).Update(c.Request().Context(), changes...); err != nil {
			m.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return next(c)
	}
}

// later returns a handler that queues changes, and goes on.
func later(m *atomicsession.Manager, next echo.HandlerFunc, changes ...atomicsession.Change) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if err := m.Get(c.Request().Context()).Later(c.Request().Context(), changes...); err != nil {
			m.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return next(c)
	}
}

func text(s string) echo.HandlerFunc {
	return func(c *echo.Context) error { return c.String(http.StatusOK, s) }
}

func empty(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }

func show(m *atomicsession.Manager) echo.HandlerFunc {
	return func(c *echo.Context) error {
		var who string
		var n int64
		if err := m.Get(c.Request().Context()).Read(c.Request().Context(), name.Into(&who), visits.Into(&n)); err != nil {
			m.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return c.String(http.StatusOK, fmt.Sprintf("%s, %d", who, n))
	}
}
