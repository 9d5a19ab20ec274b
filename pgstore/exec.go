package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// once runs a statement once, reads the row that it returns, if it does, and says how many rows it has returned or affected. An error
// that matches [driver.ErrUnknownOutcome] says that it may have been executed, any other that it was not.
func (s *Store) once(ctx context.Context, sql string, args []any, dest ...any) (n int64, err error) {
	err = s.with(ctx, func(conn *pgxpool.Conn) error {
		rows, _ := conn.Query(ctx, sql, args...) // whose error the rows have
		tag, err := pgx.ForEachRow(rows, dest, func() error { return nil })
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

// inTx is once for a transaction, which takes two round trips more. It sees at every step what others have committed, whatever the
// connection's default is.
func (s *Store) inTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	return s.with(ctx, func(conn *pgxpool.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, f)
	})
}

// repeat is once for a statement that may be executed twice, until it is known to have been executed.
func (s *Store) repeat(ctx context.Context, sql string, args []any, dest ...any) (n int64, err error) {
	p := retry.For(s.timeout)
	err = p.Repeat(ctx, func() (err error) {
		n, err = s.once(ctx, sql, args, dest...)
		return err
	})
	return n, err
}

// read is once for a statement that changes nothing, until it is answered; found is whether there was a row.
func (s *Store) read(ctx context.Context, sql string, args []any, dest ...any) (found bool, err error) {
	p := retry.For(s.timeout)
	err = p.Read(ctx, func() error {
		n, err := s.once(ctx, sql, args, dest...)
		found = n > 0
		return err
	})
	return found, err
}

// readAll is read for any number of rows.
func readAll[T any](ctx context.Context, s *Store, sql string, args []any, row pgx.RowToFunc[T]) (list []T, err error) {
	p := retry.For(s.timeout)
	err = p.Read(ctx, func() error {
		return s.with(ctx, func(conn *pgxpool.Conn) (err error) {
			rows, _ := conn.Query(ctx, sql, args...) // whose error the rows have
			list, err = pgx.CollectRows(rows, row)
			return err
		})
	})
	return list, err
}

const (
	// redialAfter is how old a connection must be to be given up because its server only reads: a new one has found the server that
	// is there now, and dialing again at once would find the same.
	redialAfter = 200 * time.Millisecond
	// closeTimeout is how long the server that has just answered may take to see its connection closed.
	closeTimeout = time.Second
	// sinceKey is under which a connection keeps when a store first used it.
	sinceKey = "github.com/atomicsession/atomicsession/pgstore.since"
)

// with calls f with a connection of the pool, and explains its error. A connection to a server that does not write, or that is going,
// does not go back to the pool: after a failover the next try must find the server that has taken its place, where the old one has kept
// its connections.
func (s *Store) with(ctx context.Context, f func(conn *pgxpool.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		if stat := s.pool.Stat(); ctx.Err() != nil && stat.AcquiredConns() >= stat.MaxConns() {
			err = fmt.Errorf("all %d connections of the pool are in use", stat.MaxConns())
		}
		return explainConnect(err)
	}
	defer conn.Release()
	data := conn.Conn().PgConn().CustomData()
	since, used := data[sinceKey].(time.Time)
	if !used {
		since = time.Now()
		data[sinceKey] = since
	}
	err = explain(f(conn))
	if isGoing(err) || isReadOnly(err) && time.Since(since) > redialAfter {
		ctx, cancel := context.WithTimeout(ctx, closeTimeout)
		defer cancel()
		_ = conn.Conn().Close(ctx) // whatever comes of it, the pool drops it
	}
	return err
}
