// Package retry is what stores that talk to a server have in common: how to end a try that failed, and how long to go on
// trying. It is for those who write a store.
package retry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// failure is a failed try: a sentinel of package driver, and what caused it.
type failure struct{ means, cause error }

func (e *failure) Error() string   { return fmt.Sprintf("%v: %v", e.means, e.cause) }
func (e *failure) Unwrap() []error { return []error{e.means, e.cause} }

// Refused returns cause as the end of a try that was certainly not executed, and that may succeed later.
func Refused(cause error) error { return &failure{driver.ErrUnavailable, cause} }

// Lost returns cause as the end of an operation some try of which may have been executed, whatever cause says of the last one.
func Lost(cause error) error {
	switch {
	case errors.Is(cause, driver.ErrUnknownOutcome):
		return cause
	case errors.Is(cause, driver.ErrUnavailable), errors.Is(cause, driver.ErrFull), errors.Is(cause, driver.ErrCorrupt):
		cause = errors.New(cause.Error()) // they promise that nothing was changed
	}
	return &failure{driver.ErrUnknownOutcome, cause}
}

// Unchanged turns the error of a read, or of anything else that changed nothing, into one that says so.
func Unchanged(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, ctx.Err())
	}
	if f, ok := errors.AsType[*failure](err); ok && f.means == driver.ErrUnknownOutcome {
		return Refused(f.cause)
	}
	return err
}

// IsRefused reports whether err is of [Refused].
func IsRefused(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.means == driver.ErrUnavailable
}

// CanRepeat reports whether to try again what may be executed twice: it was refused, or may have been executed.
func CanRepeat(err error) bool { return IsRefused(err) || errors.Is(err, driver.ErrUnknownOutcome) }

// Patience paces repeated tries.
type Patience struct {
	until time.Time
	delay time.Duration
}

const (
	firstDelay = 2 * time.Millisecond
	maxDelay   = 200 * time.Millisecond
)

// For returns patience for d from now.
func For(d time.Duration) Patience { return Patience{time.Now().Add(d), firstDelay} }

// Wait sleeps for a random time, longer each time, and reports whether there is time left for another try.
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
