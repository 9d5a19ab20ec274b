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

var (
	// errClosed is the answer to every call after Close.
	errClosed = fmt.Errorf("%w: sqlitestore: store is closed", driver.ErrUnavailable)
	// errLocked is what a change waits for, if it has to wait for long: the caller's time may be over before SQLite gives up.
	errLocked = errors.New("sqlitestore: the database is locked by another process")
	// errEval: working out the update would hold the writer up. Nothing was changed.
	errEval = errors.New("sqlitestore: a heavy update")
	// errLayout is about the whole file.
	errLayout = fmt.Errorf("%w: %w", driver.ErrUnavailable, driver.ErrLayout)
)

// fromSQLite reports whether err comes from SQLite: everything else is an answer, not a failure.
func fromSQLite(err error) bool {
	_, ok := errors.AsType[sqlite3.ErrorCode](err)
	return ok
}

// explain puts the sentinel of package driver before an error of SQLite, for an operation that took no effect. If ctx has ended, which
// interrupts what SQLite does, the error is that of ctx.
func explain(ctx context.Context, err error) error {
	means := driver.ErrUnavailable
	switch {
	case !fromSQLite(err):
		return err
	case ctx.Err() != nil && errors.Is(err, sqlite3.BUSY):
		return retry.Ended(ctx, errLocked)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, sqlite3.FULL):
		means = driver.ErrFull
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		means = driver.ErrCorrupt
	case errors.Is(err, sqlite3.ERROR) && strings.Contains(err.Error(), "no such "): // a newer program has renamed what it migrated
		means = errLayout
	}
	return retry.Shown(means, err.Error(), err)
}

// explainCommit is explain for a failed COMMIT. A transaction whose last page could not be written to the log is not
// in it. Of any other failure, that of the fsync above all, nobody can say whether the transaction would still be found
// in the log after a crash.
func explainCommit(err error) error {
	if errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.IOERR_WRITE) {
		return explain(context.Background(), err)
	}
	return retry.Shown(driver.ErrUnknownOutcome, err.Error(), err)
}
