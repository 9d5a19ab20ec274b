package pgstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// once runs a statement that returns one row, once. An error that matches [driver.ErrUnknownOutcome] says that it may have been
// executed, any other that it was not. No row is [pgx.ErrNoRows].
func (s *Store) once(ctx context.Context, sql string, args []any, dest ...any) error {
	return s.with(ctx, func(conn *pgxpool.Conn) error {
		return explain(ctx, conn.QueryRow(ctx, sql, args...).Scan(dest...))
	})
}

// exec runs a statement once that returns no row, and returns how many it affected.
func (s *Store) exec(ctx context.Context, sql string, args []any) (n int64, err error) {
	err = s.with(ctx, func(conn *pgxpool.Conn) error {
		tag, err := conn.Exec(ctx, sql, args...)
		n = tag.RowsAffected()
		return explain(ctx, err)
	})
	return n, err
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

// with calls f, whose errors are explained, with a connection of the pool. One to a server that does not write, or that is going, does
// not go back to it: after a failover the next try must find the server that has taken its place, where the old one has kept its
// connections.
func (s *Store) with(ctx context.Context, f func(conn *pgxpool.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		if stat := s.pool.Stat(); ctx.Err() != nil && stat.AcquiredConns() >= stat.MaxConns() {
			err = fmt.Errorf("all %d connections of the pool are in use", stat.MaxConns())
			return fmt.Errorf("%w: %w", driver.ErrUnavailable, retry.Ended(ctx, err))
		}
		return explainConnect(ctx, err)
	}
	defer conn.Release()
	data := conn.Conn().PgConn().CustomData()
	since, used := data[sinceKey].(time.Time)
	if !used {
		since = time.Now()
		data[sinceKey] = since
	}
	err = f(conn)
	if isGoing(err) || isReadOnly(err) && time.Since(since) > redialAfter {
		ctx, cancel := context.WithTimeout(ctx, closeTimeout)
		defer cancel()
		_ = conn.Conn().Close(ctx) // whatever comes of it, the pool drops it
	}
	return err
}

// repeat calls try until it is known what came of it: it goes on while servers refuse and, since try may be repeated, while
// answers are lost.
func (s *Store) repeat(ctx context.Context, try func() error) error {
	p, lost := retry.For(s.timeout), false
	for {
		err := try()
		lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
		if err == nil || errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if !retry.CanRepeat(err) || !p.Again(ctx, err) {
			if lost {
				return p.Lost(ctx, err)
			}
			return p.Unchanged(ctx, err)
		}
	}
}

// read is repeat for what changes nothing.
func (s *Store) read(ctx context.Context, try func() error) error {
	err := s.repeat(ctx, try)
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return retry.Unchanged(ctx, err)
}
