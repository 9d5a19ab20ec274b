package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errClosed is the answer to every call after Close.
var errClosed = fmt.Errorf("%w: sqlitestore: store is closed", driver.ErrUnavailable)

// errLayout is about the whole file.
var errLayout = fmt.Errorf("%w: %w", driver.ErrUnavailable, driver.ErrLayout)

// fromSQLite reports whether err comes from SQLite: everything else is an answer, not a failure.
func fromSQLite(err error) bool {
	var code sqlite3.ErrorCode
	return errors.As(err, &code)
}

// oneLineError is an error with its text in one line. What SQLite and the operating system tell may hold names, and errors.Join puts
// one error below another.
type oneLineError struct{ error }

func (e oneLineError) Error() string { return driver.OneLine(e.error.Error()) }
func (e oneLineError) Unwrap() error { return e.error }

// classify puts the sentinel of package driver before an error of SQLite, for an operation that took no effect.
func classify(err error) error {
	if !fromSQLite(err) {
		return err
	}
	kind := driver.ErrUnavailable
	switch {
	case errors.Is(err, sqlite3.FULL):
		kind = driver.ErrFull
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		kind = driver.ErrCorrupt
	case errors.Is(err, sqlite3.ERROR) && strings.Contains(err.Error(), "no such "): // a newer program has renamed what it migrated
		kind = errLayout
	}
	return fmt.Errorf("%w: %w", kind, oneLineError{err})
}

// errLocked is what a change waits for, if it has to wait for long: the caller's time may be over before SQLite gives up.
var errLocked = errors.New("sqlitestore: the database is locked by another process")

// classifyWithin is classify for an operation that the end of ctx interrupts.
func classifyWithin(ctx context.Context, err error) error {
	switch {
	case !fromSQLite(err) || ctx.Err() == nil:
		return classify(err)
	case errors.Is(err, sqlite3.BUSY):
		return retry.Ended(ctx, errLocked)
	}
	return ctx.Err()
}

// classifyCommit is classify for a failed COMMIT. A transaction whose last page could not be written to the log is not
// in it. Of any other failure, that of the fsync above all, nobody can say whether the transaction would still be found
// in the log after a crash.
func classifyCommit(err error) error {
	if errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.IOERR_WRITE) {
		return classify(err)
	}
	return fmt.Errorf("%w: %w", driver.ErrUnknownOutcome, oneLineError{err})
}

func corrupt(what string) error { return fmt.Errorf("%w: %s", driver.ErrCorrupt, what) }
