package pgstore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// once runs a statement once, reads the row that it returns, if it does, and says how many rows it has returned or affected. An error
// that matches [driver.ErrUnknownOutcome] says that it may have been executed, any other that it was not.
func (s *Store) once(ctx context.Context, sql string, args []any, dest ...any) (n int64, err error) {
	err = s.with(ctx, func(c conn) (err error) {
		n, err = c.query(ctx, sql, args, dest, next)
		return err
	})
	return n, err
}

// next is for rows that are done with when they are read.
func next() error { return nil }

// inTx is once for a transaction, which takes two round trips more.
func (s *Store) inTx(ctx context.Context, f func(c conn) error) error {
	return s.with(ctx, func(c conn) error { return c.inTx(ctx, f) })
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

// readAll is read for any number of rows: row returns one that was read into dest.
func readAll[T any](ctx context.Context, s *Store, sql string, args, dest []any, row func() (T, error)) (list []T, err error) {
	p := retry.For(s.timeout)
	err = p.Read(ctx, func() error {
		list = nil
		return s.with(ctx, func(c conn) error {
			_, err := c.query(ctx, sql, args, dest, func() error {
				v, err := row()
				list = append(list, v)
				return err
			})
			return err
		})
	})
	return list, err
}

// redialAfter is how old a connection must be to be given up because its server only reads: a new one has found the server that
// is there now, and dialing again at once would find the same.
const redialAfter = 200 * time.Millisecond

// with calls f with a connection, and explains its error. A connection to a server that does not write, or that is going,
// does not go back to the pool: after a failover the next try must find the server that has taken its place, where the old one has kept
// its connections.
func (s *Store) with(ctx context.Context, f func(c conn) error) (err error) {
	refused := s.server.use(ctx, func(c conn) (drop bool) {
		err = explain(f(c))
		return isGoing(err) || isReadOnly(err) && !c.young(ctx)
	})
	if refused != nil {
		return refused
	}
	return err
}
