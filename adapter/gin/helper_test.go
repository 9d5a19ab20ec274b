package ginsession_test

import (
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/gin-gonic/gin"
)

var (
	visits = atomicsession.NewCounter("visits")
	name   = atomicsession.NewKey[string]("name")
	// broken is a change that cannot be made where a name is.
	broken = atomicsession.Path("name").Inc(1)
)

// change is a handler that changes the session.
func change(m *atomicsession.Manager, changes ...atomicsession.Change) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := m.Get(c.Request.Context()).Update(c.Request.Context(), changes...); err != nil {
			m.WriteError(c.Writer, c.Request, err)
			c.Abort()
		}
	}
}

// later is a handler that queues changes.
func later(m *atomicsession.Manager, changes ...atomicsession.Change) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := m.Get(c.Request.Context()).Later(c.Request.Context(), changes...); err != nil {
			m.WriteError(c.Writer, c.Request, err)
			c.Abort()
		}
	}
}

func text(s string) gin.HandlerFunc { return func(c *gin.Context) { c.String(http.StatusOK, s) } }
