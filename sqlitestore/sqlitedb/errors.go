package sqlitedb

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// What a call waits for.
var (
	errTurn   = errors.New("the database is locked, or slow: changes before this one are still waiting")
	errPool   = errors.New("all connections of the pool are in use")
	errLocked = errors.New("the database is locked by others")
	errSlow   = errors.New("the database has not answered in time")
)

// waitedAfter is how long something takes if and only if it has to wait for others.
const waitedAfter = 10 * time.Millisecond

// wait is the waiting of one call.
type wait struct {
	caller, ctx context.Context // ctx ends with caller, or when the call has waited for long enough
	cancel      context.CancelFunc
	patience    retry.Patience
	reason      error // what it waits for now
	since       time.Time
	locked      bool // whether a try has met the lock of somebody else
}

func newWait(caller context.Context, timeout time.Duration) *wait {
	w := &wait{caller: caller, patience: retry.For(timeout)}
	w.ctx, w.cancel = context.WithTimeout(caller, timeout)
	return w
}

func (w *wait) waitsFor(reason error) { w.reason, w.since = reason, time.Now() }

// waitedFor returns what the call has waited for in vain, nil if for nothing.
func (w *wait) waitedFor() error {
	switch {
	case time.Since(w.since) > waitedAfter:
		return w.reason
	case w.locked:
		return errLocked
	}
	return nil
}

// repeat calls try until it does not meet the lock of somebody else, as long as the call may wait.
func (w *wait) repeat(try func() error) error {
	for {
		err := try()
		if !locked(err) {
			return w.explain(err)
		}
		w.locked = true
		if !w.patience.Again(w.ctx, err) {
			return w.explain(err)
		}
	}
}

// locked reports whether err says that others hold a lock, and nothing was changed.
func locked(err error) bool {
	_, failed := errors.AsType[failure](err)
	code, ok := resultCode(err)
	return failed && ok && tables.Locked(code)
}

// explain puts the sentinel of package driver before the failure of a call that took no effect. What is an answer stays as it is.
func (w *wait) explain(err error) error {
	f, failed := errors.AsType[failure](err)
	if !failed || errors.Is(err, driver.ErrUnknownOutcome) {
		return err
	}
	code, _ := resultCode(f.error)
	text, isLocked := f.Error(), tables.Locked(code)
	switch {
	case w.caller.Err() != nil && isLocked:
		return retry.Ended(w.caller, errLocked)
	case w.caller.Err() != nil:
		return retry.Ended(w.caller, w.waitedFor())
	case isLocked:
		return retry.Shown(driver.ErrUnavailable, errLocked.Error()+": "+text, f)
	case w.ctx.Err() != nil:
		reason := cmp.Or(w.waitedFor(), w.reason)
		return retry.Shown(driver.ErrUnavailable, reason.Error(), reason)
	}
	means := tables.Means(code, text)
	if errors.Is(means, driver.ErrLayout) {
		text = `call Migrate (and ":memory:" is another database for each connection): ` + text
	}
	return retry.Shown(means, text, f)
}
