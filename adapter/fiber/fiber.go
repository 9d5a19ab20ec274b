// Package fibersession gives the handlers of Fiber 3 their sessions: sessions.Get(c.Context()). With c itself as the context there is none.
package fibersession

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/gofiber/fiber/v3"
)

// Middleware does what [atomicsession.Manager.Middleware] does. The cookie joins the answer when the handlers have returned. If they fail, the
// app's ErrorHandler answers here: middlewares outside see that answer and no error. Fiber's recover and cache go outside, compress inside.
// The answer of a timeout brings no cookie. A stream and a hijacked connection follow the header, and use a c.Context() fetched before.
func Middleware(m *atomicsession.Manager) fiber.Handler {
	return func(c fiber.Ctx) error {
		w, r := convert(c)
		x := m.Begin(w, r)
		if x.Request == r { // used twice: it is there
			return c.Next()
		}
		c.SetContext(x.Request.Context())
		status := http.StatusInternalServerError // unless somebody has answered
		defer func() { _ = x.Finish(status); w.send() }()
		err := c.Next()
		if c.IsAbandoned() { // a timeout has answered, and another goroutine has the response
			w.header = http.Header{}
		} else if err == nil || x.Request.Context().Err() == nil && c.App().ErrorHandler(c, err) == nil {
			status, err = c.Response().StatusCode(), nil
		}
		return err
	}
}

// Wrap makes a middleware of net/http that looks at the request, and answers it or lets it pass, one of Fiber, inside of [Middleware], such as
// [atomicsession.Manager.ProtectCSRF]. A writer that it puts around its own is not used, and a stream (StreamRequestBody) has no body for it.
func Wrap(middleware func(http.Handler) http.Handler) fiber.Handler {
	return func(c fiber.Ctx) (err error) {
		w, r := convert(c)
		if !c.Request().IsBodyStream() { // which is the handler's alone
			r.Body = io.NopCloser(bytes.NewReader(c.BodyRaw()))
		}
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			w.send()
			c.SetContext(r.Context())
			w.header, err = nil, c.Next()
		})).ServeHTTP(w, r)
		w.send()
		return err
	}
}

// WriteError answers by [atomicsession.Manager.WriteError] instead of what the handler has made, and returns nil, for it to
// return. It may be all that an ErrorHandler does: what is not about sessions is a status of 500.
func WriteError(c fiber.Ctx, m *atomicsession.Manager, err error) error {
	answer := func(w http.ResponseWriter, r *http.Request) { m.WriteError(w, r, err) }
	return Wrap(func(http.Handler) http.Handler { return http.HandlerFunc(answer) })(c)
}

// answer is a ResponseWriter that begins with the response's header, if anybody asks for it, and collects what is to replace the rest.
type answer struct {
	bytes.Buffer
	c      fiber.Ctx
	status int
	header http.Header
}

func (a *answer) WriteHeader(status int) { a.status = cmp.Or(a.status, status) }
func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = copied(a.c.Response().Header.All())
	}
	return a.header
}

func (a *answer) send() {
	if a.c.IsAbandoned() || a.header == nil && a.status == 0 && a.Len() == 0 {
		return
	}
	if a.status != 0 || a.Len() > 0 {
		a.c.Status(cmp.Or(a.status, http.StatusOK)).Response().SetBodyRaw(a.Bytes()) // closes a stream
		a.c.RequestCtx().Hijack(nil)
	}
	header, below := a.Header(), &a.c.Response().Header
	for name, values := range copied(below.All()) {
		if slices.Equal(values, header[name]) {
			delete(header, name)
		} else {
			below.Del(name)
		}
	}
	for name, values := range header {
		for _, value := range values {
			below.Add(name, value)
		}
	}
}

func copied(fields func(yield func(name, value []byte) bool)) http.Header {
	h := http.Header{} // of strings of its own: Fiber's are those of its next request as well
	for name, value := range fields {
		h.Add(string(name), string(value))
	}
	return h
}

func convert(c fiber.Ctx) (*answer, *http.Request) {
	in, conn := c.Request(), c.RequestCtx()
	r := &http.Request{
		Method: c.Method(), URL: &url.URL{Path: string(in.URI().Path()), RawQuery: string(in.URI().QueryString())}, TLS: conn.TLSConnectionState(),
		RequestURI: string(in.Header.RequestURI()), Host: string(in.Host()), RemoteAddr: conn.RemoteAddr().String(),
		Header: copied(in.Header.All()), ContentLength: int64(in.Header.ContentLength()),
	}
	return &answer{c: c}, r.WithContext(c.Context())
}
