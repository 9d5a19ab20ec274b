// Package fibersession gives the handlers of Fiber (github.com/gofiber/fiber/v3) their sessions. The context of a session is c.Context(). The
// [fiber.Ctx] is a context too, but not that one: the session that Manager.Get(c) returns fails with [atomicsession.ErrNoMiddleware], and so
// does any in handlers behind Fiber's adaptor.HTTPMiddleware, which loses what it should pass on.
package fibersession

import (
	"bytes"
	"cmp"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/atomicsession/atomicsession"
	"github.com/gofiber/fiber/v3"
)

// Middleware does what [atomicsession.Manager.Middleware] does. The cookie joins the answer when the handlers have returned. If they fail the
// app's ErrorHandler answers here: middlewares outside see that answer and no error. Fiber's recover and cache go outside, compress and timeout
// inside: when the time is over, that answer brings the cookie, the queue of Later is dropped, and the handler goes on with its session. What
// fails by a deadline of outside is answered there, without a cookie. Handlers are not told that their client has gone.
//
// A stream (SendStreamWriter) and a hijacked connection follow the header with the cookie, and have the session by a c.Context() that the handler
// has fetched; once it has returned they change no cookie. HijackSetNoResponse sends none. Of proxies the session knows what Options say.
func Middleware(m *atomicsession.Manager) fiber.Handler {
	return func(c fiber.Ctx) error {
		w, r := convert(c)
		_, r, finish := m.Begin(w, r)
		c.SetContext(r.Context())
		status := http.StatusInternalServerError // unless somebody has answered
		defer func() { _ = finish(status); w.send(c) }()
		err := c.Next()
		if gone, over := c.IsAbandoned(), r.Context().Err() != nil; over && (gone || err != nil) { // others have the response
			w.header, w.below = http.Header{}, nil
			return err
		} else if gone && c.RequestCtx().LastTimeoutErrorResponse() != nil { // which is sent
			w.below = &c.RequestCtx().LastTimeoutErrorResponse().Header
			return err
		} else if err != nil && c.App().ErrorHandler(c, err) != nil {
			return c.SendStatus(status)
		}
		status = c.Response().StatusCode()
		return nil
	}
}

// Wrap makes a middleware of net/http that looks at the request, and answers it or lets it pass, one of Fiber, inside of [Middleware], such as
// [atomicsession.Manager.ProtectCSRF]. It is called for every request, and what it wraps the writer in gets nothing. It reads the body without
// harm; but a form that comes in chunks as a stream (StreamRequestBody) is too large for a token in it.
func Wrap(middleware func(http.Handler) http.Handler) fiber.Handler {
	return func(c fiber.Ctx) (err error) {
		w, r := convert(c)
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			w.send(c)
			c.SetContext(r.Context())
			w.header, err = nil, c.Next()
		})).ServeHTTP(w, r)
		w.send(c)
		return err
	}
}

// WriteError answers by [atomicsession.Manager.WriteError] in the place of what the handler has made, and returns nil, for the handler to
// return. It may be all that an ErrorHandler does: what is not about sessions is a status of 500.
func WriteError(c fiber.Ctx, m *atomicsession.Manager, err error) error {
	w, r := convert(c)
	m.WriteError(w, r, err)
	w.send(c)
	return nil
}

// answer is a ResponseWriter that begins with the response's header, if anybody asks for it, and collects what is to replace the rest.
type answer struct {
	bytes.Buffer
	status int
	header http.Header
	below  interface {
		All() iter.Seq2[[]byte, []byte]
		Add(name, value string)
		Del(name string)
	}
}

func (a *answer) WriteHeader(status int) { a.status = cmp.Or(a.status, status) }

func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = copied(a.below.All())
	}
	return a.header
}

func (a *answer) send(c fiber.Ctx) {
	if a.status != 0 || a.Len() > 0 {
		c.Status(cmp.Or(a.status, http.StatusOK)).Response().SetBodyRaw(a.Bytes()) // closes a stream
		c.RequestCtx().Hijack(nil)
	}
	if a.header == nil || a.below == nil {
		return
	}
	for name, values := range copied(a.below.All()) {
		if slices.Equal(values, a.header[name]) {
			delete(a.header, name)
		} else {
			a.below.Del(name)
		}
	}
	for name, values := range a.header {
		for _, value := range values {
			a.below.Add(name, value)
		}
	}
}

func copied(fields iter.Seq2[[]byte, []byte]) http.Header {
	h := http.Header{}
	for name, value := range fields {
		h.Add(string(name), string(value))
	}
	return h
}

// body is read when somebody wants it.
type body struct{ open func() *bytes.Reader }

func (b body) Read(p []byte) (int, error) { return b.open().Read(p) }
func (b body) Close() error               { return nil }

func convert(c fiber.Ctx) (*answer, *http.Request) {
	in, conn := c.Request(), c.RequestCtx()
	u, _ := url.ParseRequestURI(string(in.Header.RequestURI()))
	r := &http.Request{
		Method: c.Method(), RequestURI: string(in.Header.RequestURI()), URL: cmp.Or(u, &url.URL{Path: string(in.URI().Path())}), Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Host: string(in.Host()), RemoteAddr: conn.RemoteAddr().String(), TLS: conn.TLSConnectionState(),
		Header: copied(in.Header.All()), ContentLength: int64(in.Header.ContentLength()),
		Body: body{sync.OnceValue(func() *bytes.Reader { return bytes.NewReader(c.BodyRaw()) })},
	}
	if in.IsBodyStream() && r.ContentLength < 0 {
		r.ContentLength = 1 << 62 // too much for whoever asks
	}
	return &answer{below: &c.Response().Header}, r.WithContext(c.Context())
}
