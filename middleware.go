package atomicsession

import (
	"net/http"
	"net/url"

	"github.com/atomicsession/atomicsession/internal/turn"
)

// Middleware gives every request that next handles a session, which costs nothing until it is used: a request that never uses it causes
// no call to the store, no cookie and no Vary header.
//
// When the header of the response is written, Middleware adds "Vary: Cookie" if the session was used, and the session's cookie if its
// token or its lifetime changed. A response with that cookie gets "Cache-Control: no-store". Another response that used the session gets
// "Cache-Control: private, no-cache", unless the handler has set Cache-Control or Expires, or [Options] say NoStoreSignedIn. The response
// writer that next gets keeps the abilities (Flush, Hijack, ReadFrom) of the one that Middleware got. After a Hijack nobody writes the
// header: write it yourself, with what is in w.Header(). gorilla/websocket's Upgrade takes that as its last argument.
//
// If a response was written past that writer, a cookie that is due does not reach the browser. The log is told once, if the writer below
// shows it by a method Written or a field Committed, as those of frameworks do.
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
	Writer  http.ResponseWriter // give it to what handles the request; it commits by itself before it writes the header
	Request *http.Request       // give it to what handles the request, or at least its context, for [Manager.Get]

	x     *exchange // nil: it is another one's, who finishes it
	below http.ResponseWriter
}

// Begin does what [Manager.Middleware] does before its handler, and [Exchange.Finish] what it does afterwards. They are for adapters of
// frameworks, interceptors of RPC, and wherever else there is no [http.Handler] to wrap.
//
//	x := sessions.Begin(w, r)
//	status := http.StatusInternalServerError // if it panics
//	defer func() { _ = x.Finish(status) }()
//	handle(x.Writer, x.Request)
//	status = http.StatusOK
//
// With a status below 500 Finish sends what [Session.Later] has queued. If you have no ResponseWriter, give one that collects the header,
// the status and the text, and send them when Commit or Finish has returned. Its Header must hold what the handler has set: a
// Cache-Control stays, and Vary is extended. If the queue cannot be sent, Location and the headers about the content are dropped.
//
// Begin uses these parts of the request: Method, URL, Host, RequestURI, TLS, the context and Header. The names in Header must be
// canonical ([http.CanonicalHeaderKey]). [Manager.ProtectCSRF] uses the body, and the functions of [Options] may use anything. Begin
// calls no store. If r has already passed Middleware or Begin of this manager, Writer and Request are w and r, and Commit and Finish do
// nothing, whatever cookie r carries now. The outer one sends what is queued, or [Session.Flush] does.
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

// Commit sends what [Session.Later] has queued, and then adds the session's headers to those of the writer that Begin got. Status is what
// the response is about to have. If it is 500 or more, Commit drops the queue. Call Commit before you send a header without Writer; a
// second call does nothing. An error says that the queue could not be sent. Then that writer has got another response than the handler's:
// add nothing to it. Every later call of Commit and of Finish returns the same error.
func (e *Exchange) Commit(status int) error {
	if e.x == nil {
		return nil
	}
	return e.x.commit(e.below, status)
}

// Finish ends the exchange: call it when the handler has returned or panicked. It commits, unless that has been done. Then the handler
// counts as returned: the session can still be used, but no cookie can change any more. If a form was read from Request, Finish also
// notes the form's files in the request that was given to Begin, so that the server removes them.
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
