package atomicsession

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// response is the ResponseWriter of a request with a session. It adds the session's headers when the handler's are
// written, and is otherwise the writer below it.
type response struct {
	http.ResponseWriter
	context requestContext
}

func (w *response) init(below http.ResponseWriter) *requestContext {
	w.ResponseWriter = below
	return &w.context
}

// Handlers and websocket libraries find abilities by assertion, so a response must have those of the writer below it and
// no others. These are the combinations that matter: HTTP/1 writers flush and hijack, HTTP/2 writers and those of tests flush.
// Everything else is reached by Unwrap, as [http.ResponseController] does; a push, which no browser takes any more, is not.
type (
	flushResponse       struct{ response }
	hijackResponse      struct{ response }
	flushHijackResponse struct{ hijackResponse }
)

func newResponse(w http.ResponseWriter) (http.ResponseWriter, *requestContext) {
	var r interface {
		http.ResponseWriter
		init(below http.ResponseWriter) *requestContext
	}
	flush := can[http.Flusher](w) || can[interface{ FlushError() error }](w)
	switch hijack := can[http.Hijacker](w); {
	case flush && hijack:
		r = &flushHijackResponse{}
	case hijack:
		r = &hijackResponse{}
	case flush:
		r = &flushResponse{}
	default:
		r = &response{}
	}
	return r, r.init(w)
}

// can reports whether w, or a writer that it unwraps to, is a T. Through [http.ResponseController] such a writer is within
// the handler's reach, so the response must have the ability too, or its use would go past the session's headers.
func can[T any](w http.ResponseWriter) bool {
	_, ok := find[T](w)
	return ok
}

func find[T any](w http.ResponseWriter) (t T, ok bool) {
	for {
		if t, ok = w.(T); ok {
			return t, true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return t, false
		}
		w = u.Unwrap()
	}
}

// Format implements [fmt.Formatter]: a response does not print its session.
func (w *response) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "response with a session") }

// Unwrap serves [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter {
	return w.ResponseWriter
}

func (w *response) WriteHeader(code int) {
	if code >= 200 || code == http.StatusSwitchingProtocols { // others are informational and come before the header
		if w.context.commit(w.ResponseWriter, code) != nil {
			return
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *response) Write(b []byte) (int, error) {
	if err := w.context.commit(w.ResponseWriter, http.StatusOK); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}

// WriteString implements [io.StringWriter].
func (w *response) WriteString(s string) (int, error) {
	if err := w.context.commit(w.ResponseWriter, http.StatusOK); err != nil {
		return 0, err
	}
	return io.WriteString(w.ResponseWriter, s)
}

// ReadFrom implements [io.ReaderFrom], so that copying a file to the response stays a sendfile. Every writer may have it:
// io.Copy falls back by itself.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	if err := w.context.commit(w.ResponseWriter, http.StatusOK); err != nil {
		return 0, err
	}
	return io.Copy(w.ResponseWriter, src)
}

func (w *response) flush() error {
	if err := w.context.commit(w.ResponseWriter, http.StatusOK); err != nil {
		return err
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack puts the session's headers into the header map first, for those who write it to the connection themselves.
func (w *hijackResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := w.context.commit(w.ResponseWriter, http.StatusSwitchingProtocols); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// CloseNotify is deprecated, but gin asserts it of the writer that it is given, in the Stream of its Context, whatever the protocol, and
// panics without. A writer that lacks it never tells.
func (w *response) CloseNotify() <-chan bool {
	if n, ok := find[interface{ CloseNotify() <-chan bool }](w.ResponseWriter); ok {
		return n.CloseNotify()
	}
	return nil
}

// FlushError is what [http.ResponseController] looks for first.

func (w *flushResponse) Flush()                  { _ = w.flush() }
func (w *flushResponse) FlushError() error       { return w.flush() }
func (w *flushHijackResponse) Flush()            { _ = w.flush() }
func (w *flushHijackResponse) FlushError() error { return w.flush() }
