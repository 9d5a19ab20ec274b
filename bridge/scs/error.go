package scsbridge

import (
	"errors"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// touchError is the error of a Commit with which nothing is lost.
type touchError struct{ error }

func (e touchError) Unwrap() error { return e.error }

// ErrorFunc is for sm.ErrorFunc. It answers with the status that [atomicsession.StatusCode] names and a short text, and tells the Logger
// what is a failure. If nothing is lost, as when a request that changed nothing could not note that the session is in use, the answer is
// the handler's, without a cookie.
func (b *Bridge) ErrorFunc(w http.ResponseWriter, r *http.Request, err error) {
	status := atomicsession.StatusCode(err)
	if status >= http.StatusInternalServerError {
		b.opts.Logger.ErrorContext(r.Context(), "session", "error", err)
	}
	if touch := (touchError{}); errors.As(err, &touch) {
		return
	}
	http.Error(w, http.StatusText(status), status)
}
