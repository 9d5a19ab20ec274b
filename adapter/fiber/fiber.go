// Package fibersession gives the handlers of Fiber 3 their sessions, by the context c.Context(): a [fiber.Ctx] as a context has none.
package fibersession

import (
	"bytes"
	"cmp"
	"io"
	"iter"
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
		c.SetContext(x.Request.Context())
		status := http.StatusInternalServerError // unless somebody has answered
		defer func() { _ = x.Finish(status); w.send() }()
		err := c.Next()
		if c.IsAbandoned() || err != nil && x.Request.Context().Err() != nil { // a timeout has the response, and maybe another goroutine
			w.header, w.c = http.Header{}, nil
			return err
		}
		if err != nil && c.App().ErrorHandler(c, err) != nil {
			return c.SendStatus(status)
		}
		status = c.Response().StatusCode()
		return nil
	}
}

// Wrap makes a middleware of net/http that looks at the request, and answers it or lets it pass, one of Fiber, inside of [Middleware], such as
// [atomicsession.Manager.ProtectCSRF]. What it wraps the writer in gets nothing, and a stream (StreamRequestBody) has no body for it.
func Wrap(middleware func(http.Handler) http.Handler) fiber.Handler {
	return func(c fiber.Ctx) (err error) {
		w, r := convert(c)
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			w.send()
			c.SetContext(r.Context())
			w.header, err = nil, c.Next()
		})).ServeHTTP(w, r)
		w.send()
		return err
	}
}

// WriteError answers by [atomicsession.Manager.WriteError] in the place of what the handler has made, and returns nil, for the handler to
// return. It may be all that an ErrorHandler does: what is not about sessions is a status of 500.
func WriteError(c fiber.Ctx, m *atomicsession.Manager, err error) error {
	answer := func(w http.ResponseWriter, r *http.Request) { m.WriteError(w, r, err) }
	return Wrap(func(http.Handler) http.Handler { return http.HandlerFunc(answer) })(c)
}

// answer is a ResponseWriter that begins with the response's header, if anybody asks for it, and collects what is to replace the rest.
type answer struct {
	bytes.Buffer
	c      fiber.Ctx // nil: the response is not ours
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
	if a.status != 0 || a.Len() > 0 {
		a.c.Status(cmp.Or(a.status, http.StatusOK)).Response().SetBodyRaw(a.Bytes()) // closes a stream
		a.c.RequestCtx().Hijack(nil)
	}
	if a.header == nil || a.c == nil {
		return
	}
	below := &a.c.Response().Header
	for name, values := range copied(below.All()) {
		if slices.Equal(values, a.header[name]) {
			delete(a.header, name)
		} else {
			below.Del(name)
		}
	}
	for name, values := range a.header {
		for _, value := range values {
			below.Add(name, value)
		}
	}
}

// copied makes strings of its own: Fiber's are those of its next request as well.
func copied(fields iter.Seq2[[]byte, []byte]) http.Header {
	h := http.Header{}
	for name, value := range fields {
		h.Add(string(name), string(value))
	}
	return h
}

func convert(c fiber.Ctx) (*answer, *http.Request) {
	in, conn := c.Request(), c.RequestCtx()
	r := &http.Request{
		Method: c.Method(), URL: &url.URL{Path: string(in.URI().Path()), RawQuery: string(in.URI().QueryString())}, TLS: conn.TLSConnectionState(),
		RequestURI: string(in.Header.RequestURI()), Host: string(in.Host()), RemoteAddr: conn.RemoteAddr().String(), Header: copied(in.Header.All()),
	}
	if !in.IsBodyStream() { // which is the handler's alone
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(c.BodyRaw())), int64(len(c.BodyRaw()))
	}
	return &answer{c: c}, r.WithContext(c.Context())
}
