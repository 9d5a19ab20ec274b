package atomicsession

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/atomicsession/atomicsession/internal/turn"
)

// exchange is a request and its response, as far as its session is concerned.
type exchange struct {
	m       *Manager
	request *http.Request
	turn    turn.Turn
	session atomic.Pointer[Session]  // nil until somebody gets it
	inner   atomic.Pointer[[]string] // the cookies that sessions of other managers have set, inside of this one; nil: none
}

// requestContext is the context of a request whose session can be got. It and the response are one allocation, and that is all a request
// costs which does not use its session.
type requestContext struct {
	context.Context
	exchange
}

// Format implements [fmt.Formatter]: the context of a request does not print its cookie.
func (c *requestContext) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "context of a request with a session")
}

type exchangeKey struct{ m *Manager }

// Value implements [context.Context].
func (c *requestContext) Value(key any) any {
	if k, ok := key.(exchangeKey); ok && (k.m == c.m || k.m == nil) {
		return &c.exchange
	}
	return c.Context.Value(key)
}

// tellOuter tells the exchanges of other managers that this one is inside of of a cookie.
func (x *exchange) tellOuter(cookie string) {
	outer, ok := x.request.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return
	}
	cookies := []string{cookie}
	if before := outer.inner.Load(); before != nil {
		cookies = append(slices.Clone(*before), cookie)
	}
	outer.inner.Store(&cookies)
	outer.tellOuter(cookie)
}

// exchange returns what ctx belongs to, nil if that did not pass the middleware.
func (m *Manager) exchange(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{m}).(*exchange)
	return x
}

// get returns the session.
func (x *exchange) get() *Session {
	if s := x.session.Load(); s != nil {
		return s
	}
	n := &struct {
		Session
		view
	}{}
	n.Session = Session{exchange: x, view: &n.view}
	x.session.CompareAndSwap(nil, &n.Session)
	return x.session.Load()
}

// outside returns what [Manager.Get] returns where no middleware put a session.
func (m *Manager) outside(ctx context.Context) *Session {
	return &Session{exchange: &exchange{m: m}, failure: fmt.Errorf("%w (its context is a %T)", ErrNoMiddleware, ctx)}
}

// outside returns an error if no middleware put the session, and tells the log once what to do.
func (s *Session) outside() error {
	if s.exchange == nil {
		return ErrNoMiddleware
	}
	if s.request != nil {
		return nil
	}
	s.m.unwrapped.Do(func() {
		s.m.log().Warn("a session was asked for with a context that did not pass Manager.Middleware: wrap every handler in it, from the "+
			"outside, ProtectCSRF included, and give Manager.Get the context of the request that the handler gets, not another one of the "+
			"framework's", "error", s.failure)
	})
	return s.failure
}
