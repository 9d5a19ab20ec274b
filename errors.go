package atomicsession

import (
	"errors"
	"net/http"

	"github.com/atomicsession/atomicsession/driver"
)

// The errors that sessions answer with; test for them with [errors.Is]. What a call returns is an [*Error] around one of
// them, or around the context's error. It never holds a value, a token or a secret, unless an application's own marshaler
// puts a value into its error.
var (
	// ErrNotFound: the session ended while this request was using it: destroyed, revoked, renewed elsewhere or expired.
	// Nothing was changed, and nothing brings it back.
	ErrNotFound = driver.ErrNotFound
	// ErrRenewed, which matches ErrNotFound: another request has just given the session a new secret, which this one does
	// not know. The session goes on.
	ErrRenewed = driver.ErrRenewed

	// ErrPath: a path or a field's name is malformed, or leads through a value that is neither an object nor an array.
	ErrPath = driver.ErrPath
	// ErrType: the operation cannot work on the kind of value it found, or the value does not fit the type asked for.
	ErrType = driver.ErrType
	// ErrOverflow: the result does not fit an int64 or a finite float64.
	ErrOverflow = driver.ErrOverflow
	// ErrConflict: two changes of one update touch the same path, or one a prefix of the other.
	ErrConflict = driver.ErrConflict
	// ErrCondition: a condition of the update does not hold.
	ErrCondition = driver.ErrCondition
	// ErrValue: a Go value cannot be stored in a session.
	ErrValue = driver.ErrValue
	// ErrTooLarge: the change would pass one of the limits of [Options], or a form the bound on its request's body.
	ErrTooLarge = driver.ErrTooLarge

	// ErrUnknownOutcome: the store cannot tell whether the change was made; it was made once or not at all.
	ErrUnknownOutcome = driver.ErrUnknownOutcome
	// ErrUnavailable: the store cannot be reached or refuses to work; nothing was changed.
	ErrUnavailable = driver.ErrUnavailable
	// ErrFull: the store has no room left; nothing was changed.
	ErrFull = driver.ErrFull
	// ErrCorrupt: the store holds something under this session's ID that is not a session.
	ErrCorrupt = driver.ErrCorrupt

	// ErrNoStore: no store has been attached to the manager yet.
	ErrNoStore = errors.New("no store attached")
	// ErrNoMiddleware: the context does not come from a request that passed the manager's middleware.
	ErrNoMiddleware = errors.New("request did not pass the session middleware")
	// ErrHeadersSent: the session's cookie would have to change, but the response's header has been sent.
	ErrHeadersSent = errors.New("response header already sent")
	// ErrCSRF: the CSRF token is missing, malformed, or not of this session.
	ErrCSRF = errors.New("CSRF token invalid")
)

// Error says which call failed, and why.
type Error struct {
	Op  string // what was to be done, in lower case: "update", "renew", "csrf token"
	Err error
}

func (e *Error) Error() string { return "session " + e.Op + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

func wrapErr(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{op, err}
}

// StatusCode returns the HTTP status that tells a client of err: 400 for bad input, 403 for a CSRF failure, 409 for a
// condition that does not hold, 410 for a session that ended meanwhile, 413 for too much data, 500 for mistakes in the
// program, and 503 for everything else, which is the store's fault. For nil it returns 200.
func StatusCode(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, c := range statusCodes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return http.StatusServiceUnavailable
}

var statusCodes = []struct {
	err  error
	code int
}{
	{ErrPath, http.StatusBadRequest},
	{ErrType, http.StatusBadRequest},
	{ErrOverflow, http.StatusBadRequest},
	{ErrConflict, http.StatusBadRequest},
	{ErrValue, http.StatusBadRequest},
	{ErrCSRF, http.StatusForbidden},
	{ErrCondition, http.StatusConflict},
	{ErrNotFound, http.StatusGone},
	{ErrTooLarge, http.StatusRequestEntityTooLarge},
	{ErrNoMiddleware, http.StatusInternalServerError},
	{ErrHeadersSent, http.StatusInternalServerError},
	{errSignIn, http.StatusInternalServerError},
	{errNoUser, http.StatusInternalServerError},
	{errors.ErrUnsupported, http.StatusInternalServerError},
}
