package pgstore

import (
	"context"
	"fmt"
)

// server is where connections come from: a pool of pgx, or a database of database/sql.
type server interface {
	// use calls f with a connection, which goes back to where it came from unless f says that it must not, or it is not as it was. The
	// error is that of getting one that can be used, explained: nothing was sent.
	use(ctx context.Context, f func(c conn) (drop bool)) error
	// prepares reports whether its connections are known to keep what they have prepared.
	prepares() bool
}

// conn is a connection. Its errors are as the driver has them: see explain.
type conn interface {
	// query runs a statement, calls row after each row that it returns with what dest points to set to it, and says how many rows it has
	// returned or affected.
	query(ctx context.Context, sql string, args, dest []any, row func() error) (n int64, err error)
	// inTx runs f in a transaction that sees at every step what others have committed, whatever the connection's default is.
	inTx(ctx context.Context, f func(c conn) error) error
	// script runs statements that have no arguments.
	script(ctx context.Context, sql string) error
	// young reports whether the connection was made less than redialAfter ago.
	young(ctx context.Context) bool
}

// errInUse is about a pool of n connections that has none to give.
func errInUse[N int | int32](n N) error {
	return fmt.Errorf("all %d connections of the pool are in use", n)
}
