package pgstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// Schema is where the tables and functions are; default "atomicsession". It is an identifier as it is, not folded to
	// lower case: at most 63 bytes of UTF-8, without NUL and '$'.
	Schema string
	// Timeout bounds how long a call goes on trying while the server fails, restarts, is read-only or reports a serialization
	// failure or a deadlock, if its context does not end earlier; default 5 s. A single try is bounded by the context alone.
	Timeout time.Duration
}

const (
	defaultSchema  = "atomicsession"
	defaultTimeout = 5 * time.Second
	maxIdentifier  = 63
)

// Store is a [driver.Store], a [driver.Finder], a [driver.FieldLoader] and a [driver.Sweeper]. It is safe for concurrent use. It starts no
// goroutine that goes on after a call, but over another driver than pgx's one that waits until that lets go of what the context has ended.
type Store struct {
	server  server
	schema  string
	timeout time.Duration
	sql     statements
	turns   retry.Turns
}

var (
	_ driver.Store       = (*Store)(nil)
	_ driver.Finder      = (*Store)(nil)
	_ driver.FieldLoader = (*Store)(nil)
	_ driver.Sweeper     = (*Store)(nil)
)

// New returns a store that uses the pool, which stays the caller's to close. It does not connect. opts may be nil. The error is that of
// an option, and begins with "pgstore: " and the name of its field.
func New(pool *pgxpool.Pool, opts *Options) (*Store, error) {
	s, err := configured(opts)
	if err != nil {
		return nil, err
	}
	s.server = newPool(pool)
	return s, nil
}

// NewDB returns a store that uses db, the application's own for instance, which stays the caller's to close; the rest is as with [New]. The
// driver is github.com/jackc/pgx/v5/stdlib or github.com/lib/pq, or one that wraps either. Stores of New and NewDB share a schema, and promise
// the same: database/sql never sends a statement of theirs again by itself, and a connection that a call leaves in the middle of something is
// closed.
//
// With pgx's driver the store uses the *pgx.Conn inside, as New does. lib/pq takes two round trips for a statement, or one with
// binary_parameters=yes in its connection string. It waits for a silent server whatever the context says: the call returns, while the
// connection and a goroutine stay until TCP gives up, or connect_timeout ends connecting.
//
// A driver that wraps either must pass on ExecContext, or [Store.Migrate] fails, which sends several statements at once, and Ping, or only
// the server's codes tell that a connection has ended.
//
// Let db keep as many connections as are used at once, by SetMaxIdleConns: by default it keeps two. A call that gets none, as all that
// SetMaxOpenConns allows are in use, fails when its context ends or after Options.Timeout, 5 s at least, and says so. A transaction of
// the program's holds one: if there is no other, finish it before you ask for a session.
//
// Through PgBouncer in transaction mode pgx's driver works with default_query_exec_mode cache_describe, exec or simple_protocol in its
// connection string, and lib/pq with binary_parameters=yes. lib/pq must not be used there without: it names a statement in one round
// trip and runs it in the next, which may then be another client's.
func NewDB(db *sql.DB, opts *Options) (*Store, error) {
	s, err := configured(opts)
	if err != nil {
		return nil, err
	}
	s.server = newDatabase(db, s.timeout)
	return s, nil
}

// configured returns a store that has no server yet.
func configured(opts *Options) (*Store, error) {
	o := *cmp.Or(opts, &Options{})
	o.Schema, o.Timeout = cmp.Or(o.Schema, defaultSchema), cmp.Or(o.Timeout, defaultTimeout)
	if len(o.Schema) > maxIdentifier || strings.ContainsAny(o.Schema, "$\x00") || !utf8.ValidString(o.Schema) {
		return nil, fmt.Errorf("pgstore: Schema: must be at most %d bytes of UTF-8, without NUL and '$'", maxIdentifier)
	}
	if o.Timeout < 0 {
		return nil, errors.New("pgstore: Timeout: must not be negative")
	}
	return &Store{schema: o.Schema, timeout: o.Timeout, sql: newStatements(o.Schema)}, nil
}

// ready returns the error of a method that need not begin.
func (*Store) ready(ctx context.Context) error { return ctx.Err() }
