// Package retry is for those who write a [driver.Store] on a server: it says what became of a try that failed, and paces the
// next one. [Ended] and [Turns] are for every store that has others wait.
//
// A try ends in one of three ways. The server answered: that is the end, even if the answer is an error. The server refused, or
// was never reached: [Refused]; anything may be tried again. Or nobody knows, because the request was sent and no answer came:
// [Lost]; only what may be executed twice, such as a read or an update that recognizes its own first try, may be tried again.
// [Patience.Once], [Patience.Repeat] and [Patience.Read] are the loops of all that is simple. What [driver.Store] asks of errors
// follows if an operation of any other kind that gives up returns its last error by [Patience.Unchanged] as long as no try of it
// may have changed anything, and by [Patience.Lost] from then on. When the time is over the error says so, and names what the last
// try had failed with: "context deadline exceeded" alone does not tell anybody what to mend.
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
// driver, all of which promise that nothing was changed, only the text is left, or the error of [Ended] in it. A
// cause that matches ErrUnknownOutcome is returned as it is.
func Lost(cause error) error {
	if errors.Is(cause, driver.ErrUnknownOutcome) {
		return cause
	}
	if slices.ContainsFunc(promises, func(promise error) bool { return errors.Is(cause, promise) }) {
		if ended, ok := errors.AsType[*endedError](cause); ok {
			cause = ended
		} else {
			cause = errors.New(cause.Error())
		}
	}
	return &failure{driver.ErrUnknownOutcome, cause}
}

// Ended returns the error of an operation that was given up because ctx has ended. It matches ctx.Err() and nothing else, and its
// text, which is one line, also names last: why the latest try had failed, such as "context deadline exceeded; last: the database
// is locked". A last that is nil, or matches ctx.Err(), says nothing more, and is not named.
func Ended(ctx context.Context, last error) error {
	e, again := errors.AsType[*endedError](last)
	switch {
	case again:
		return &endedError{ctx.Err(), e.last}
	case last == nil || errors.Is(last, ctx.Err()):
		return ctx.Err()
	}
	return &endedError{ctx.Err(), reason(last)}
}

// endedError is an error that the end of a context has brought about, with the text of the one before.
type endedError struct {
	error
	last string
}

func (e *endedError) Error() string {
	return driver.OneLine(fmt.Sprintf("%v; last: %s", e.error, e.last))
}

func (e *endedError) Unwrap() error { return e.error }

// reason is the text of err without what an error of [Refused] or [Lost] means.
func reason(err error) string {
	if f, ok := err.(*failure); ok { //nolint:errorlint // only the outermost
		err = f.cause
	}
	return err.Error()
}

// onlyEnded reports whether err says no more than that ctx has ended.
func onlyEnded(ctx context.Context, err error) bool {
	_, named := errors.AsType[*endedError](err)
	return ctx.Err() != nil && errors.Is(err, ctx.Err()) && !named
}

// isRefused reports whether err is an error of [Refused], or wraps one: whether to try again whatever it was.
func isRefused(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && errors.Is(f.means, driver.ErrUnavailable)
}

// CanRepeat reports whether to try again what may be executed twice: err is an error of [Refused], or matches
// [driver.ErrUnknownOutcome].
func CanRepeat(err error) bool { return isRefused(err) || errors.Is(err, driver.ErrUnknownOutcome) }

// Patience paces the tries of one operation: the pauses between them are random, so that clients which met do not meet again,
// and become longer, from about 2 ms to about 200 ms. And it remembers why the latest try failed, for when the time is over and the
// error at hand only says so. [For] makes one. It is not safe for concurrent use.
type Patience struct {
	until time.Time
	delay time.Duration
	last  error
}

const (
	firstDelay = 2 * time.Millisecond
	maxDelay   = 200 * time.Millisecond
)

// For returns patience for d from now. It bounds the pauses; a try is bounded by its context, which Patience does not end.
func For(d time.Duration) Patience { return Patience{until: time.Now().Add(d), delay: firstDelay} }

// Again pauses after a try that failed with err, and reports whether to try again. It returns false at once if the pause would outlast
// the patience, and as soon as ctx ends. It remembers err, unless that is what came of the end of ctx.
func (p *Patience) Again(ctx context.Context, err error) bool {
	if !onlyEnded(ctx, err) {
		p.last = err
	}
	return p.wait(ctx)
}

func (p *Patience) wait(ctx context.Context) bool {
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

// Once calls try until it has been executed: as long as it is refused, it is tried again. With an error that matches
// [driver.ErrUnknownOutcome] it may have been executed, with any other it was not.
func (p *Patience) Once(ctx context.Context, try func() error) error {
	for {
		err := try()
		switch {
		case errors.Is(err, driver.ErrUnknownOutcome):
			return p.Lost(ctx, err)
		case !isRefused(err), !p.Again(ctx, err):
			return p.Unchanged(ctx, err)
		}
	}
}

// Repeat calls try, which may be executed twice, until it is known to have been executed: as long as it is refused or its answer is
// lost, it is tried again. With an error that matches [driver.ErrUnknownOutcome] it may have been executed once or more often, with
// any other it was not.
func (p *Patience) Repeat(ctx context.Context, try func() error) error {
	for lost := false; ; {
		err := try()
		lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
		switch {
		case CanRepeat(err) && p.Again(ctx, err):
		case lost && err != nil:
			return p.Lost(ctx, err)
		default:
			return p.Unchanged(ctx, err)
		}
	}
}

// Read calls try, which changes nothing, until it is answered: as long as it is refused or its answer is lost, it is tried again. The
// error is an answer as it is, whatever was lost before, or one of [Patience.Unchanged].
func (p *Patience) Read(ctx context.Context, try func() error) error {
	for {
		if err := try(); !CanRepeat(err) || !p.Again(ctx, err) {
			return p.Unchanged(ctx, err)
		}
	}
}

// Unchanged turns err into an error that says that nothing was changed: it is for reads, and for operations no try of which may have
// been executed. No error stays none. If ctx has ended, the error matches [driver.ErrUnavailable] and ctx.Err(), and names err as
// [Ended] does or, if err says no more than that ctx has ended, what [Patience.Again] remembers. Else an error of [Lost] becomes one of
// [Refused], and any other is returned as it is.
func (p *Patience) Unchanged(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		if onlyEnded(ctx, err) && p.last != nil {
			err = p.last
		}
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, Ended(ctx, err))
	}
	if f, ok := errors.AsType[*failure](err); ok && errors.Is(f.means, driver.ErrUnknownOutcome) {
		return Refused(f.cause)
	}
	return err
}

// Lost is the function [Lost], for an operation whose context may have ended. Then the error matches ctx.Err(), too, and names err
// as [Ended] does or, if err says no more than that ctx has ended, what [Patience.Again] remembers.
func (p *Patience) Lost(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return Lost(err)
	case !onlyEnded(ctx, err):
		return &failure{driver.ErrUnknownOutcome, Ended(ctx, err)}
	}
	err = Lost(err)
	switch {
	case !errors.Is(err, ctx.Err()):
		return &failure{driver.ErrUnknownOutcome, Ended(ctx, p.last)}
	case p.last != nil:
		return &endedError{err, reason(p.last)}
	}
	return err
}
