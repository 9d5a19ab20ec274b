// Package ginsession puts sessions into gin. A handler gets the session of its request by the request's context, and answers an error of
// it with WriteError:
//
//	engine.Use(gin.Logger(), gin.Recovery(), ginsession.Middleware(sessions), ginsession.Wrap(sessions.ProtectCSRF))
//
//	s := sessions.Get(c.Request.Context()) // or sessions.Get(c), with engine.ContextWithFallback = true
//	err := s.Update(c.Request.Context(), visits.Inc(1))
//	sessions.WriteError(c.Writer, c.Request, err) // if it is not nil
package ginsession

import (
	"bufio"
	"context"
	"net"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/gin-gonic/gin"
)

type writerKey struct{ m *atomicsession.Manager }

// Middleware is what [atomicsession.Manager.Middleware] does, for the handlers after it, of an engine or a group. What
// [gin.Engine.HandleContext] leads to has the same session if its route has the middleware. If what [atomicsession.Session.Later] has queued
// cannot be sent, c.Writer.Status returns what was sent instead, and what writes more gets the error.
func Middleware(m *atomicsession.Manager) gin.HandlerFunc {
	return func(c *gin.Context) {
		outer, again := c.Request.Context().Value(writerKey{m}).(*writer)
		if _, twice := c.Get(writerKey{m}); again && (twice || outer.c != c) { // used twice, or an engine in an engine: it is there
			return
		}
		w := &writer{c.Writer, m.Begin(c.Writer, c.Request), c, c.Writer.Status()}
		c.Writer = w
		c.Set(writerKey{m}, w)
		if again { // HandleContext has put gin's own writer back, and sends the header when this returns
			w.Exchange = outer.Exchange
			c.Next()
			_ = w.commit()
			return
		}
		c.Request = w.Request.WithContext(context.WithValue(w.Request.Context(), writerKey{m}, w))
		status := http.StatusInternalServerError // unless it returns
		defer func() {
			w.Request.MultipartForm = c.Request.MultipartForm // the server removes the files of the request it knows
			_ = w.learn(w.Finish(status))
		}()
		c.Next()
		status = w.Status()
	}
}

// Wrap makes a middleware of net/http one of gin, such as [atomicsession.Manager.ProtectCSRF]. The handlers after it get the request that mw
// passes on, but no writer of its own. If it passes nothing on it has answered, and the chain is aborted.
func Wrap(mw func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		mw(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed, c.Request = true, r
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}

// writer is the c.Writer of a request with a session. The writer below learns the status when the session's headers are there.
type writer struct {
	gin.ResponseWriter
	*atomicsession.Exchange
	c      *gin.Context
	status int
}

func (w *writer) commit() error { return w.learn(w.Commit(w.status)) }

// learn passes the status on; after an error that of the response in the place of the handler's.
func (w *writer) learn(err error) error {
	if err == nil {
		w.ResponseWriter.WriteHeader(w.status)
	} else {
		w.status = w.ResponseWriter.Status()
		w.ResponseWriter.WriteHeaderNow()
	}
	return err
}

func (w *writer) Status() int { return w.status }

func (w *writer) WriteHeader(status int) {
	if status > 0 && !w.Written() {
		w.status = status
	}
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeaderNow() { _ = w.commit(); w.ResponseWriter.WriteHeaderNow() }

func (w *writer) Write(b []byte) (int, error) {
	if err := w.commit(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}

func (w *writer) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *writer) Flush() {
	if w.commit() == nil {
		w.ResponseWriter.Flush()
	}
}

func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := w.commit(); err != nil {
		return nil, nil, err
	}
	return w.ResponseWriter.Hijack()
}
