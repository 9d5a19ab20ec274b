package pgstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// otherConn is a connection of a driver that is not pgx's, as database/sql has it: lib/pq's, or one that wraps another.
type otherConn struct {
	*sql.Conn
	unclean bool            // perhaps in a transaction
	ended   bool            // by the server or the network
	left    <-chan struct{} // closed when the call has returned that the context's end has left behind
}

// close gives the connection back, or drops it. Neither waits for a server.
func (c *otherConn) close(drop bool) {
	end := func() {
		if drop || c.unclean {
			_ = c.Raw(func(any) error { return sqldriver.ErrBadConn })
		}
		_ = c.Conn.Close() // it may be closed
	}
	if c.left == nil {
		end()
		return
	}
	c.unclean = true
	go func() {
		<-c.left
		end()
	}()
}

// await calls f, which waits for the server, and judges its error.
func await[T any](ctx context.Context, c *otherConn, f func() (T, error)) (value T, err error) {
	if c.left != nil {
		return value, ctx.Err()
	}
	value, c.left, err = leaving(ctx, f)
	c.ended = c.ended || errors.Is(err, sqldriver.ErrBadConn)
	if e, ok := errors.AsType[serverError](err); ok && !c.lives(ctx) {
		err = retry.Lost(shown(nil, "the server ended the connection", e))
	}
	return value, err
}

// lives reports whether the server answers still, and so has not ended the connection with the error before. The severity of that would
// say so, but lib/pq has it in the server's language.
func (c *otherConn) lives(ctx context.Context) bool {
	var err error
	_, c.left, err = leaving(ctx, func() (struct{}, error) { return struct{}{}, c.PingContext(ctx) })
	c.ended = err != nil
	return err == nil
}

func (c *otherConn) query(ctx context.Context, text string, args, dest []any, row func() error) (int64, error) {
	args, err := encode(args)
	if err != nil {
		return 0, err
	}
	if len(dest) == 0 {
		return await(ctx, c, func() (int64, error) {
			result, err := c.ExecContext(ctx, text, args...)
			if err != nil {
				return 0, err
			}
			return result.RowsAffected()
		})
	}
	rows, err := await(ctx, c, func() ([][]any, error) { return c.rows(ctx, text, args, len(dest)) })
	if err != nil {
		return 0, err
	}
	for _, values := range rows {
		for i, value := range values {
			if err := decode(dest[i], value); err != nil {
				return 0, err
			}
		}
		if err := row(); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}

// rows returns all that a query finds.
func (c *otherConn) rows(ctx context.Context, text string, args []any, columns int) (list [][]any, err error) {
	rows, err := c.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		values, dest := make([]any, columns), make([]any, columns)
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		list = append(list, values)
	}
	return list, rows.Err()
}

// inTx begins by a statement: lib/pq would say READ WRITE of the transaction, too, even where the default is read-only.
func (c *otherConn) inTx(ctx context.Context, f func(c conn) error) error {
	c.unclean = true
	if err := c.script(ctx, "begin isolation level read committed"); err != nil {
		return err
	}
	if err := f(c); err != nil {
		c.unclean = true
		c.unclean = c.script(ctx, "rollback") != nil
		return err
	}
	return c.script(ctx, "commit")
}

// script leaves the connection unclean unless all statements were executed.
func (c *otherConn) script(ctx context.Context, text string) error {
	_, err := await(ctx, c, func() (sql.Result, error) { return c.ExecContext(ctx, text) })
	c.unclean = err != nil
	return err
}

var youngSQL = fmt.Sprintf("SELECT backend_start OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) "+
	"pg_catalog.make_interval(secs => %f)) FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())", redialAfter.Seconds())

// young asks the server: database/sql does not say when it has made a connection.
func (c *otherConn) young(ctx context.Context) bool {
	var young bool
	_, err := c.query(ctx, youngSQL, nil, []any{&young}, next)
	return err == nil && young
}
