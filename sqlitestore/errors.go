package sqlitestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

var (
	// errClosed is the answer to every call after Close.
	errClosed = fmt.Errorf("%w: the store is closed", driver.ErrUnavailable)
	// errLocked is what a change waits for, if it has to wait for long: the caller's time may be over before SQLite gives up.
	errLocked = errors.New("the database is locked by another process")
)

// fromSQLite reports whether err comes from SQLite, and with which result code: everything else is an answer, not a failure.
func fromSQLite(err error) (code int, ok bool) {
	c, ok := errors.AsType[sqlite3.ExtendedErrorCode](err)
	return int(c), ok
}

// explain puts the sentinel of package driver before an error of SQLite, for an operation that took no effect. If ctx has ended, which
// interrupts what SQLite does, the error is that of ctx.
func explain(ctx context.Context, err error) error {
	code, ok := fromSQLite(err)
	switch {
	case !ok:
		return err
	case ctx.Err() != nil && tables.Locked(code):
		return retry.Ended(ctx, errLocked)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return retry.Shown(tables.Means(code, err.Error()), err.Error(), err)
}

// explainCommit is explain for a failed COMMIT.
func explainCommit(err error) error {
	code, _ := fromSQLite(err)
	return retry.Shown(tables.CommitMeans(code, err.Error()), err.Error(), err)
}
