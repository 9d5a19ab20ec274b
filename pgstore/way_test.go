package pgstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
)

// way is a way to reach a server. Its store has at most so many connections, 0 for any number.
type way struct {
	name string
	open func(t testing.TB, url string, conns int, opts *Options) *Store
}

var (
	byPool = way{"pool", func(t testing.TB, url string, conns int, opts *Options) *Store {
		return over(t, dial(t, url, func(c *pgxpool.Config) {
			if conns > 0 {
				c.MaxConns = int32(conns)
			}
		}), opts)
	}}
	byPgx   = way{"pgx", byConnector(pgxConnector)}
	byPq    = way{"pq", byConnector(pqConnector)}
	byOther = way{"other", byConnector(func(t testing.TB, url string) sqldriver.Connector {
		return &counted{Connector: pgxConnector(t, url)}
	})}
)

// everyWay runs a test for each of the ways at once: they wait for servers most of the time.
func everyWay(t *testing.T, test func(t *testing.T, w way)) {
	for _, w := range []way{byPool, byPgx, byPq} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			test(t, w)
		})
	}
}

func byConnector(connector func(t testing.TB, url string) sqldriver.Connector) func(testing.TB, string, int, *Options) *Store {
	return func(t testing.TB, url string, conns int, opts *Options) *Store {
		t.Helper()
		return overDB(t, openDB(t, connector(t, url), conns), opts)
	}
}

// openDB returns a database that the test's end closes.
func openDB(t testing.TB, c sqldriver.Connector, conns int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(max(conns, benchClients))
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func overDB(t testing.TB, db *sql.DB, opts *Options) *Store {
	t.Helper()
	s, err := NewDB(db, opts)
	must(t, err)
	return s
}

func pgxConnector(t testing.TB, url string) sqldriver.Connector {
	t.Helper()
	c, err := pgx.ParseConfig(url)
	must(t, err)
	return stdlib.GetConnector(*c)
}

func pqConnector(t testing.TB, url string) sqldriver.Connector {
	t.Helper()
	c, err := pq.NewConnector(with(t, url, "sslmode", "disable"))
	must(t, err)
	return c
}

// counted counts what the connections of a driver send, and hides what else they are, as drivers do that wrap others to watch them.
type counted struct {
	sqldriver.Connector
	statements atomic.Int64
}

func (c *counted) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &countedConn{conn, &c.statements}, nil
}

type countedConn struct {
	sqldriver.Conn
	statements *atomic.Int64
}

func (c *countedConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	c.statements.Add(1)
	return c.Conn.(sqldriver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *countedConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	c.statements.Add(1)
	return c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *countedConn) CheckNamedValue(v *sqldriver.NamedValue) error {
	return c.Conn.(sqldriver.NamedValueChecker).CheckNamedValue(v)
}

func (c *countedConn) Ping(ctx context.Context) error { return c.Conn.(sqldriver.Pinger).Ping(ctx) }

func (c *countedConn) ResetSession(ctx context.Context) error {
	return c.Conn.(sqldriver.SessionResetter).ResetSession(ctx)
}
