package pgstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"encoding/hex"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"

	"github.com/atomicsession/atomicsession/driver"
)

// way is a way to reach a server. Its store has at most so many connections, 0 for any number.
type way struct {
	name string
	open func(t testing.TB, url string, conns int, opts *Options) *Store
	// sent is what stands for the ID of a session in what it sends.
	sent func(id driver.ID) string
}

var (
	byPool = way{name: "pool", sent: raw, open: func(t testing.TB, url string, conns int, opts *Options) *Store {
		return over(t, dial(t, url, func(c *pgxpool.Config) {
			if conns > 0 {
				c.MaxConns = int32(conns)
			}
		}), opts)
	}}
	byPgx   = way{name: "pgx", sent: raw, open: byConnector(pgxConnector)}
	byPq    = way{name: "pq", sent: inHex, open: byConnector(pqConnector)}
	byOther = way{name: "other", sent: raw, open: byConnector(func(t testing.TB, url string) sqldriver.Connector {
		return &counted{Connector: pgxConnector(t, url)}
	})}
)

func raw(id driver.ID) string { return string(id[:]) }

func inHex(id driver.ID) string { return hex.EncodeToString(id[:]) }

// migrated returns a store in a schema of its own that reaches the tests' server in the way.
func (w way) migrated(t testing.TB, url string, opts *Options) *Store {
	t.Helper()
	s := w.open(t, url, 0, opts)
	must(t, s.Migrate(t.Context()))
	return s
}

// close closes what the store is over.
func (s *Store) closeServer(t *testing.T) {
	switch server := s.server.(type) {
	case pool:
		server.Close()
	case *database:
		must(t, server.Close())
	}
}

// hold takes a connection of the store's and keeps it until the test ends.
func (s *Store) hold(t *testing.T) {
	switch server := s.server.(type) {
	case pool:
		c, err := server.Acquire(t.Context())
		must(t, err)
		t.Cleanup(c.Release)
	case *database:
		c, err := server.Conn(t.Context())
		must(t, err)
		t.Cleanup(func() { must(t, c.Close()) })
	}
}

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
	connections, statements atomic.Int64
}

func (c *counted) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c.connections.Add(1)
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
