package atomicsession

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// The errors that sessions answer with; test for them with [errors.Is]. A call returns an [*Error] around one of them, or around the
// context's error. No error holds a value, a token or a secret. Only an application's own marshaler can put a value into its error.
var (
	// ErrNotFound: the session has ended: it was destroyed, revoked or renewed elsewhere, or it has expired. Nothing was changed, and
	// nothing brings it back. Refresh, Peek and Touch always say so; other methods of a [Session] do if this request had seen it alive.
	ErrNotFound = driver.ErrNotFound
	// ErrRenewed, which matches ErrNotFound: another request has just given the session a new secret, or has put another session in its
	// place ([Session.Reset]). This request does not know the new secret. The visitor goes on with a new cookie, which is on its way to
	// the browser. If a sign-out returns it, the session may also have got its new secret long ago. It lives, and this request cannot end it.
	ErrRenewed = driver.ErrRenewed

	// ErrReplayed, which matches ErrNotFound: the session got a new secret more than [driver.RenewalWindow] ago, and this request carries
	// the one before. Refresh, Peek and Touch return it. Reads and updates go on as if there were no session. See [Options].OnReplay.
	ErrReplayed = driver.ErrReplayed

	// ErrPath: a path or a field's name is malformed, or leads through a value that is neither an object nor an array.
	ErrPath = driver.ErrPath
	// ErrType: the operation cannot work on the kind of value it found, or ([TypeError]) the value does not fit the type asked for.
	ErrType = driver.ErrType
	// ErrOverflow: the result does not fit an int64 or a finite float64.
	ErrOverflow = driver.ErrOverflow
	// ErrConflict: two changes of one update touch the same path, or the path of one is the beginning of the other's.
	ErrConflict = driver.ErrConflict
	// ErrCondition: a condition of the update does not hold.
	ErrCondition = driver.ErrCondition
	// ErrReauthenticate, which matches ErrCondition: the user has not signed in, or too long ago ([SignedInWithin]). Nothing was
	// changed.
	ErrReauthenticate = driver.ErrReauthenticate
	// ErrTooManySessions: the user has as many sessions as [Options].MaxSessions allows, and RefuseSessions is set. Nothing was changed.
	// The error is a [*TooManySessionsError].
	ErrTooManySessions = driver.ErrTooManySessions
	// ErrValue: a Go value cannot be stored in a session.
	ErrValue = driver.ErrValue
	// ErrTooLarge: the change would exceed one of the limits of [Options], or [driver.MaxOps] or [driver.MaxInside]; or a form exceeds
	// [CSRFOptions.MaxForm] or the limit on its request's body.
	ErrTooLarge = driver.ErrTooLarge

	// ErrUnknownOutcome: the store cannot tell whether the change was made; it was made once or not at all. If a call that ends many
	// sessions returns it ([Manager.RevokeAll] and the like), some of them have ended, or may have, and others may live.
	ErrUnknownOutcome = driver.ErrUnknownOutcome
	// ErrUnavailable: the store cannot be reached or refuses to work; nothing was changed.
	ErrUnavailable = driver.ErrUnavailable
	// ErrFull: the store has no room left; nothing was changed.
	ErrFull = driver.ErrFull
	// ErrCorrupt: the store holds something under this session's ID that is not a session, or a field that is not a value. Damage inside
	// an array or an object shows only when that is read.
	ErrCorrupt = driver.ErrCorrupt

	// ErrNoStore: no store has been attached to the manager yet.
	ErrNoStore = errors.New("no store attached")
	// ErrNoMiddleware: the context does not come from a request that passed the manager's middleware.
	ErrNoMiddleware = errors.New("request did not pass the session middleware")
	// ErrHeadersSent: the session's cookie would have to change, but it can no longer reach the browser: the response's header is
	// out, the handler has returned, or the request has ended.
	ErrHeadersSent = errors.New("too late for a cookie")
	// ErrSignIn: [User], [AuthenticatedBy], [Persistent] and [Lifetime] go with [Session.Renew], [Session.Reset] and [Manager.Issue]
	// only. All of them but User also go with [Session.SignIn].
	ErrSignIn = errors.New("User, AuthenticatedBy, Persistent and Lifetime go with Renew or Reset, so that nobody who knew the session's secret before shares it")
	// ErrCrossSite: the request comes from another site. The browser may hold a session's cookie that it does not send with such a
	// request (SameSite). No session was begun, because its cookie would replace that one.
	ErrCrossSite = errors.New("no session begins in a request of another site")
	// ErrCSRF: the CSRF token is missing, malformed, or not of this session; or the request comes from another origin. If the error also
	// matches ErrNotFound, the session of the request's cookie has ended: this is no attack.
	ErrCSRF = errors.New("CSRF token invalid")
)

// Error says which call failed, and why.
type Error struct {
	Op  string // what was to be done, in lower case: "update", "renew", "csrf token"
	Err error
}

// Error returns one line, even if the error of a store or a marshaler has more.
func (e *Error) Error() string { return driver.OneLine("session " + e.Op + ": " + e.Err.Error()) }

func (e *Error) Unwrap() error { return e.Err }

func wrapErr(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{op, err}
}

// StatusCode returns the HTTP status that tells a client of err; for nil it returns 200:
//
//   - 400 for bad input
//   - 403 for a CSRF failure, for [ErrCrossSite], and for a sign-in that is too long ago ([ErrReauthenticate])
//   - 409 for another condition that does not hold, and for too many sessions
//   - 410 for a session that has ended, also if a CSRF token fails for this reason, as when a visitor signs out twice
//   - 413 for too much data
//   - 503 for an error of the store, also if [Options].StoreTimeout is over
//   - 500 for everything else: mistakes in the program (a type that cannot be stored, a field that a struct does not have, two changes of
//     one path), a stored value of another type than the program asks for, and errors that are not of this package
//
// [Manager.WriteError] writes a whole answer. After a 503 of [ErrUnknownOutcome] the change may have been made. If your clients repeat
// requests by themselves, as those of RPC do, test for this error first.
func StatusCode(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if code := ownStatus(err); code != 0 {
		return code
	}
	if storeFault(err) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// ownStatus returns the status of an error that is not the store's fault and known to this package, else 0.
func ownStatus(err error) int {
	_, mistyped := errors.AsType[*TypeError](err)
	_, unsupported := errors.AsType[*govalue.UnsupportedError](err)
	_, misnamed := errors.AsType[*govalue.FieldError](err)
	if mistyped || unsupported || misnamed {
		return http.StatusInternalServerError
	}
	for _, c := range statusCodes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return 0
}

// storeFault reports whether err is what a call to the store has ended with, and nobody else's fault.
func storeFault(err error) bool {
	if slices.ContainsFunc(storeFaults, func(fault error) bool { return errors.Is(err, fault) }) {
		return true
	}
	_, ours := errors.AsType[*Error](err) // what is in it, and is not in the table, a store has said
	return ours && ownStatus(err) == 0
}

var storeFaults = []error{ErrUnknownOutcome, ErrUnavailable, ErrFull, ErrCorrupt, ErrNoStore, context.DeadlineExceeded}

var statusCodes = []struct {
	err  error
	code int
}{
	{ErrConflict, http.StatusInternalServerError},
	{ErrPath, http.StatusBadRequest},
	{ErrType, http.StatusBadRequest},
	{ErrOverflow, http.StatusBadRequest},
	{ErrValue, http.StatusBadRequest},
	{ErrNotFound, http.StatusGone}, // before ErrCSRF: a form of a session that has ended is no attack
	{ErrCSRF, http.StatusForbidden},
	{ErrCrossSite, http.StatusForbidden},
	{ErrReauthenticate, http.StatusForbidden},
	{ErrCondition, http.StatusConflict},
	{ErrTooManySessions, http.StatusConflict},
	{ErrTooLarge, http.StatusRequestEntityTooLarge},
	{ErrNoMiddleware, http.StatusInternalServerError},
	{ErrHeadersSent, http.StatusInternalServerError},
	{ErrSignIn, http.StatusInternalServerError},
	{errNoUser, http.StatusInternalServerError},
	{errors.ErrUnsupported, http.StatusInternalServerError},
}
