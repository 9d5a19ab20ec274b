// Package retry is for those who write a [driver.Store] on a server: it says what became of a try that failed, and paces the
// next one.
//
// A try ends in one of three ways. The server answered: the answer is the end, be it an error. The server refused, or was
// never reached: [Refused]; anything may be tried again. Or nobody knows, because the request was sent and no answer came:
// [Lost]; only what may be executed twice, such as a read or an update that recognizes its own first try, may be tried again.
// What [driver.Store] asks of errors follows if an operation that gives up returns its last error by [Unchanged] as long as
// no try of it may have changed anything, and by [Lost] from then on.
package retry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// failure is a failed try: a sentinel of package driver, and what caused it.
type failure struct{ means, cause error }

// Error is one line, though clients of servers write more when they have tried more than one address.
func (e *failure) Error() string { return driver.OneLine(fmt.Sprintf("%v: %v", e.means, e.cause)) }

func (e *failure) Unwrap() []error { return []error{e.means, e.cause} }

// Refused returns cause as the end of a try that was certainly not executed, and that may succeed later: the server cannot be
// reached, starts, or is busy. The error matches [driver.ErrUnavailable] and what cause matches. A refusal that will not pass,
// such as a wrong password, is better returned as an ErrUnavailable of the store's own, which [CanRepeat] does not repeat.
func Refused(cause error) error { return &failure{driver.ErrUnavailable, cause} }

// promises are the errors of package driver that say that nothing was changed: all but ErrUnknownOutcome.
var promises = []error{
	driver.ErrNotFound, driver.ErrExists, driver.ErrPath, driver.ErrType, driver.ErrOverflow, driver.ErrConflict, driver.ErrCondition,
	driver.ErrValue, driver.ErrTooLarge, driver.ErrUnavailable, driver.ErrFull, driver.ErrCorrupt,
}

// Lost returns cause as the end of an operation some try of which may have been executed, whatever cause says of the last one.
// The error matches [driver.ErrUnknownOutcome] and what cause matches; but of a cause that matches another error of package
// driver, all of which promise that nothing was changed, only the text is left. A cause that matches ErrUnknownOutcome is
// returned as it is.
func Lost(cause error) error {
	if errors.Is(cause, driver.ErrUnknownOutcome) {
		return cause
	}
	if slices.ContainsFunc(promises, func(promise error) bool { return errors.Is(cause, promise) }) {
		cause = errors.New(cause.Error())
	}
	return &failure{driver.ErrUnknownOutcome, cause}
}

// Unchanged turns err, which is not nil, into an error that says that nothing was changed: it is for reads, and for operations
// no try of which may have been executed. If ctx has ended, the error matches [driver.ErrUnavailable] and ctx.Err(). Else an
// error of [Lost] becomes one of [Refused], and any other is returned as it is.
func Unchanged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, ctx.Err())
	}
	if f, ok := errors.AsType[*failure](err); ok && errors.Is(f.means, driver.ErrUnknownOutcome) {
		return Refused(f.cause)
	}
	return err
}

// IsRefused reports whether err is an error of [Refused], or wraps one: whether to try again whatever it was.
func IsRefused(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && errors.Is(f.means, driver.ErrUnavailable)
}

// CanRepeat reports whether to try again what may be executed twice: err is an error of [Refused], or matches
// [driver.ErrUnknownOutcome].
func CanRepeat(err error) bool { return IsRefused(err) || errors.Is(err, driver.ErrUnknownOutcome) }

// Patience paces the tries of one operation: the pauses between them are random, so that clients which met do not meet again,
// and become longer, from about 2 ms to about 200 ms. [For] makes one. It is not safe for concurrent use.
type Patience struct {
	until time.Time
	delay time.Duration
}

const (
	firstDelay = 2 * time.Millisecond
	maxDelay   = 200 * time.Millisecond
)

// For returns patience for d from now. It bounds the pauses; a try is bounded by its context, which Patience does not end.
func For(d time.Duration) Patience { return Patience{time.Now().Add(d), firstDelay} }

// Wait pauses, and reports whether to try again. It returns false at once if the pause would outlast the patience, and as soon
// as ctx ends.
func (p *Patience) Wait(ctx context.Context) bool {
	d := p.delay/2 + rand.N(p.delay) //nolint:gosec // a pause is no secret
	p.delay = min(2*p.delay, maxDelay)
	if time.Now().Add(d).After(p.until) {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
