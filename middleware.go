package atomicsession

import (
	"net/http"
	"net/url"

	"github.com/atomicsession/atomicsession/internal/turn"
)

// Middleware gives every request that next handles a session, which costs nothing until it is used: a request that never
// uses it causes no call to the store, no cookie and no Vary header.
//
// When the header of the response is written, Middleware adds "Vary: Cookie" if the session was used, and the session's cookie if
// its token or its lifetime changed. A response with that cookie gets "Cache-Control: no-store", another one that used the session
// "Cache-Control: private, no-cache" unless the handler has set Cache-Control or Expires, or [Options] say NoStoreSignedIn. The
// response writer that next gets keeps the abilities (Flush, Hijack, ReadFrom) of the one Middleware got. After a Hijack nobody
// writes the header: write it yourself, with what is in w.Header(). gorilla/websocket's Upgrade takes that as its last argument.
//
// A cookie that is due when the response has been written past that writer reaches nobody. The log is told once, if the writer below has
// a method Written or a field Committed by which this can be seen, as those of frameworks have.
func (m *Manager) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.exchange(r.Context()) != nil { // wrapped twice
			next.ServeHTTP(w, r)
			return
		}
		wrapped, x, inner := m.begin(w, r)
		// Deferred, so that a handler that panics after a Renew still hands out the new token: the error page of a
		// recovering middleware carries it.
		status := http.StatusInternalServerError
		defer func() { _ = x.end(w, inner, status) }()
		next.ServeHTTP(wrapped, inner)
		status = http.StatusOK
	})
}

// Exchange is a request and its response, between [Manager.Begin] and Finish. Commit and Finish are not for concurrent use.
type Exchange struct {
	Writer  http.ResponseWriter // for what handles the request: it commits by itself before it writes the header
	Request *http.Request       // for what handles the request, or at least its context, for [Manager.Get]

	x     *exchange // nil: it is another one's, who finishes it
	below http.ResponseWriter
}

// Begin is what [Manager.Middleware] does before its handler, and [Exchange.Finish] what it does afterwards: for adapters of frameworks,
// interceptors of RPC, and wherever else there is no [http.Handler] to wrap.
//
//	x := sessions.Begin(w, r)
//	status := http.StatusInternalServerError // if it panics
//	defer func() { _ = x.Finish(status) }()
//	handle(x.Writer, x.Request)
//	status = http.StatusOK
//
// With a status below 500 Finish sends what [Session.Later] has queued. If you have no ResponseWriter, give one that collects the
// header, the status and the text, and send them when Commit or Finish has returned. Its Header begins with what the handler has
// set: a Cache-Control is respected, Vary is added to, and where the queue cannot be sent Location and what is about the content
// are dropped.
//
// Of the request Begin uses Method, URL, Host, Header, whose names must be canonical ([http.CanonicalHeaderKey]), RequestURI, TLS and the
// context, [Manager.ProtectCSRF] the body, and what [Options] name what they like. Begin calls no store. If r has passed Middleware or
// Begin of this manager already, whatever cookie it carries by now, Writer and Request are w and r, and Commit and Finish do nothing: what
// is queued goes with the outer one, or by [Session.Flush].
func (m *Manager) Begin(w http.ResponseWriter, r *http.Request) *Exchange {
	if m.exchange(r.Context()) != nil {
		return &Exchange{Writer: w, Request: r}
	}
	if r.URL == nil { // of a request that came by another protocol
		r.URL = &url.URL{Path: "/"}
	}
	wrapped, x, inner := m.begin(w, r)
	return &Exchange{wrapped, inner, x, w}
}

// Commit puts the session's headers into those of the writer that Begin got, after it has sent what [Session.Later] has queued. A status of
// 500 or more, which the response is about to have, drops that. Call it before you send a header without Writer; a second call does nothing.
// Its error says that the queue could not be sent: then another response than the handler's has been written to
// that writer, and nothing may be added to it. Every later call of it and of Finish returns the same error.
func (e *Exchange) Commit(status int) error {
	if e.x == nil {
		return nil
	}
	return e.x.commit(e.below, status)
}

// Finish is called when the handler has returned or panicked. It commits, unless that has been done. Then the handler counts as returned, so
// no cookie can change any more; the session may be used on. The files of a form that was read in Request are known to the request that
// Begin got, whose server removes them.
func (e *Exchange) Finish(status int) error {
	if e.x == nil {
		return nil
	}
	return e.x.end(e.below, e.Request, status)
}

func (m *Manager) begin(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *exchange, *http.Request) {
	wrapped, ctx := newResponse(w)
	ctx.Context, ctx.m, ctx.request = r.Context(), m, r
	return wrapped, &ctx.exchange, r.WithContext(ctx)
}

// end is what happens after the handler of the request inner.
func (x *exchange) end(w http.ResponseWriter, inner *http.Request, status int) error {
	defer x.turn.Pass(turn.Returned)              // also if the store panics
	x.request.MultipartForm = inner.MultipartForm // the server removes the files of the request it knows
	return x.put(w, status, true)
}
