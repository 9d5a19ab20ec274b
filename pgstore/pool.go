package pgstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// pool is the server that a pool of pgx leads to.
type pool struct {
	*pgxpool.Pool
	prepared bool
}

func newPool(p *pgxpool.Pool) pool { return pool{p, prepares(p.Config().ConnConfig)} }

func (p pool) prepares() bool { return p.prepared }

func (p pool) use(ctx context.Context, f func(c conn) (drop bool)) error {
	c, err := p.Acquire(ctx)
	if err != nil {
		if stat := p.Stat(); ctx.Err() != nil && stat.AcquiredConns() >= stat.MaxConns() {
			err = errInUse(stat.MaxConns())
		}
		return explainConnect(err)
	}
	defer c.Release()
	return useConn(ctx, c.Conn(), f)
}

// prepares reports whether connections of the configuration keep what they have prepared.
func prepares(c *pgx.ConnConfig) bool {
	return c.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
}

const (
	// closeTimeout is how long the server that has just answered may take to see its connection closed.
	closeTimeout = time.Second
	// sinceKey is under which a connection keeps when a store first used it.
	sinceKey = "github.com/atomicsession/atomicsession/pgstore.since"
)

// useConn calls f with the connection, and closes it if f says so: whoever has it drops it then. What pgx writes is UTF-8, whatever the
// server takes it for.
func useConn(ctx context.Context, c *pgx.Conn, f func(c conn) (drop bool)) error {
	switch encoding := c.PgConn().ParameterStatus("client_encoding"); strings.ReplaceAll(strings.ToUpper(encoding), "-", "") {
	case "UTF8", "UNICODE", "SQL_ASCII", "": // a server says UTF8, what stands between may repeat other words for it, or say nothing
	default:
		return fmt.Errorf("%w: client_encoding is %s, and must be UTF8", driver.ErrUnavailable, encoding)
	}
	if data := c.PgConn().CustomData(); data[sinceKey] == nil {
		data[sinceKey] = time.Now()
	}
	if f(pgxConn{c}) {
		ctx, cancel := context.WithTimeout(ctx, closeTimeout)
		defer cancel()
		_ = c.Close(ctx) // whatever comes of it
	}
	return nil
}

// pgxConn is a connection of pgx.
type pgxConn struct{ *pgx.Conn }

func (c pgxConn) query(ctx context.Context, sql string, args, dest []any, row func() error) (int64, error) {
	rows, _ := c.Query(ctx, sql, args...) // whose error the rows have
	tag, err := pgx.ForEachRow(rows, dest, row)
	return tag.RowsAffected(), err
}

func (c pgxConn) inTx(ctx context.Context, f func(c conn) error) error {
	return pgx.BeginTxFunc(ctx, c.Conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(pgx.Tx) error { return f(c) })
}

func (c pgxConn) script(ctx context.Context, sql string) error {
	_, err := c.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

func (c pgxConn) young(context.Context) bool {
	since, _ := c.PgConn().CustomData()[sinceKey].(time.Time)
	return time.Since(since) <= redialAfter
}
