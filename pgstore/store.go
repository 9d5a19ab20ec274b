// Package pgstore keeps sessions in PostgreSQL (14 or later): one row per session and one per top-level field.
//
// Every common update is one statement and one round trip with no read before it, a call of a function that [Store.Migrate]
// installs: guard, conditions, operations, expiry and operation ID are one step. Values are stored in the text form of package
// driver, which keeps what jsonb forgets: an integer is not a float, and a string may hold NUL.
//
// No statement leaves anything behind in its connection, so a pool may connect through PgBouncer in transaction mode, with a
// [pgx.QueryExecMode] that does not either. Without a pooler every mode works.
//
// It writes layout version 4, which the schema says, and reads no other ([driver.ErrLayout]); [Store.Migrate] brings an older schema to it.
//
// docs/postgresql.md has the layout, the privileges that are needed, what is guaranteed when connections break and servers fail,
// and what is not.
package pgstore

import (
	"context"
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

// Store is a [driver.Store], a [driver.UserIndex] and a [driver.Sweeper]. It is safe for concurrent use and starts no goroutine.
type Store struct {
	pool    *pgxpool.Pool
	schema  string
	timeout time.Duration
	sql     statements
	turns   retry.Turns
}

var (
	_ driver.Store     = (*Store)(nil)
	_ driver.UserIndex = (*Store)(nil)
	_ driver.Sweeper   = (*Store)(nil)
)

// New returns a store that uses the pool, which stays the caller's to close. It does not connect. opts may be nil. An option that
// cannot work is an error of every method.
func New(pool *pgxpool.Pool, opts *Options) *Store {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Schema == "" {
		o.Schema = defaultSchema
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return &Store{pool: pool, schema: o.Schema, timeout: o.Timeout, sql: newStatements(o.Schema)}
}

// ready returns the error of a method that need not begin.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(s.schema) > maxIdentifier || strings.ContainsAny(s.schema, "$\x00") || !utf8.ValidString(s.schema) {
		return fmt.Errorf("%w: pgstore: the name of the schema is longer than %d bytes, or not UTF-8 without NUL and '$'",
			driver.ErrUnavailable, maxIdentifier)
	}
	return nil
}
