package demo

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/changejson"
)

// errBadRequest matches a request that is not as the interface wants it.
var errBadRequest error = &changejson.Error{}

func badRequest(reason string) error { return &changejson.Error{Reason: reason} }

// codes are the error codes of the interface; of several that fit the first one counts. What is not here is the store's
// fault: "store".
var codes = []struct {
	err  error
	code string
}{
	{errBadRequest, "bad_request"},
	{errNoRace, "bad_request"},
	{atomicsession.ErrPath, "path"},
	{atomicsession.ErrType, "type"},
	{atomicsession.ErrOverflow, "overflow"},
	{atomicsession.ErrConflict, "conflict"},
	{atomicsession.ErrReauthenticate, "reauthenticate"},
	{atomicsession.ErrCondition, "condition"},
	{atomicsession.ErrTooLarge, "too_large"},
	{atomicsession.ErrValue, "bad_value"},
	{atomicsession.ErrNotFound, "not_found"}, // a token of a session that has ended is told as that
	{atomicsession.ErrCSRF, "csrf"},
	{atomicsession.ErrCrossSite, "csrf"},
	{atomicsession.ErrUnknownOutcome, "unknown_outcome"},
}

// writeError answers with err. What goes wrong in a store is for the log; the client learns just that it did.
func writeError(w http.ResponseWriter, err error) {
	for _, c := range codes {
		if !errors.Is(err, c.err) {
			continue
		}
		status := http.StatusBadRequest
		switch {
		case errors.Is(c.err, errNoRace):
			status = http.StatusNotFound
		case !errors.Is(c.err, errBadRequest) && !errors.Is(c.err, atomicsession.ErrConflict): // the client has put the changes together
			status = atomicsession.StatusCode(c.err)
		}
		message := err.Error()
		if status >= http.StatusInternalServerError {
			message = c.err.Error()
		}
		writeCode(w, status, c.code, message)
		return
	}
	w.Header().Set("Retry-After", "1") // nothing was changed, so it may be tried again
	writeCode(w, atomicsession.StatusCode(err), "store", "the session store failed")
}

func writeCode(w http.ResponseWriter, status int, code, message string) {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	writeJSON(w, status, map[string]problem{"error": {code, message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // not with the types of this package
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

// answer is a handler of the interface: it returns a value to send, or an error. It uses the writer for cookies alone.
type answer func(w http.ResponseWriter, r *http.Request) (any, error)

func (a answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, err := a(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}
