// Package ginsession puts sessions into gin. A handler gets the session of its request by the request's context, and answers an error of
// it with WriteError:
//
//	engine.Use(gin.Logger(), gin.Recovery(), ginsession.Middleware(sessions), ginsession.Wrap(sessions.ProtectCSRF))
//
//	s := sessions.Get(c.Request.Context()) // or sessions.Get(c), with engine.ContextWithFallback = true
//	if err := s.Update(c.Request.Context(), visits.Inc(1)); err != nil {
//		sessions.WriteError(c.Writer, c.Request, err)
//		c.Abort()
//		return
//	}
//
// Without ContextWithFallback a gin.Context does not know the session: a call with it fails, and the log says why. gin.Recovery and
// gin.Logger stand outside of Middleware; gin-contrib/gzip inside, since it removes Vary from errors, and so what tells caches of the cookie.
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

// Middleware is what [atomicsession.Manager.Middleware] does, for the handlers after it, of an engine or a group: they find the session by
// the context of c.Request, and c.Writer puts the session's headers into the response. What [gin.Engine.HandleContext] leads to has the
// same session. If what [atomicsession.Session.Later] has queued cannot be sent, the response is another one than the handler's, whose
// status c.Writer.Status then returns, and what writes more gets the error.
func Middleware(m *atomicsession.Manager) gin.HandlerFunc {
	return func(c *gin.Context) {
		if outer, ok := c.Request.Context().Value(writerKey{m}).(*writer); ok { // HandleContext has put gin's own writer back
			w := &writer{c.Writer, outer.session}
			c.Writer = w
			c.Next()
			_ = w.commit() // gin writes the header now
			return
		}
		x := m.Begin(c.Writer, c.Request)
		w := &writer{c.Writer, x}
		c.Writer, c.Request = w, x.Request.WithContext(context.WithValue(x.Request.Context(), writerKey{m}, w))
		status := http.StatusInternalServerError // unless it returns
		defer func() {
			x.Request.MultipartForm = c.Request.MultipartForm // the server removes the files of the request it knows
			_ = x.Finish(status)
		}()
		c.Next()
		status = w.Status()
	}
}

// Wrap makes a middleware of net/http one of gin: [atomicsession.Manager.ProtectCSRF] and [atomicsession.Manager.RequireSignedIn] as they
// are, [atomicsession.Manager.RequireSignedInWithin] by a closure. The handlers after it get the request that mw passes on, but c.Writer
// stays: what passes on a writer of its own, such as [atomicsession.Manager.Middleware], is not for Wrap. If mw passes nothing on it has
// answered, and the chain is aborted.
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

// writer is the c.Writer of a request with a session. The writer below records a status, as gin does, and all that sends it commits first.
type writer struct {
	gin.ResponseWriter
	session *atomicsession.Exchange
}

// commit puts the session's headers, once. After an error the response is another one than the handler's.
func (w *writer) commit() (err error) {
	if err = w.session.Commit(w.Status()); err != nil {
		w.ResponseWriter.WriteHeaderNow()
	}
	return err
}

// Unwrap serves [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeaderNow() { _ = w.commit(); w.ResponseWriter.WriteHeaderNow() }

func (w *writer) Write(b []byte) (int, error) {
	if err := w.commit(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}

func (w *writer) WriteString(s string) (int, error) {
	if err := w.commit(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.WriteString(s)
}

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
