package pgstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
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

// Store is a [driver.Store], a [driver.Finder], a [driver.FieldLoader] and a [driver.Sweeper]. It is safe for concurrent use and starts
// no goroutine.
type Store struct {
	pool    *pgxpool.Pool
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
	o := *cmp.Or(opts, &Options{})
	o.Schema, o.Timeout = cmp.Or(o.Schema, defaultSchema), cmp.Or(o.Timeout, defaultTimeout)
	if len(o.Schema) > maxIdentifier || strings.ContainsAny(o.Schema, "$\x00") || !utf8.ValidString(o.Schema) {
		return nil, fmt.Errorf("pgstore: Schema: must be at most %d bytes of UTF-8, without NUL and '$'", maxIdentifier)
	}
	if o.Timeout < 0 {
		return nil, errors.New("pgstore: Timeout: must not be negative")
	}
	prepared := pool.Config().ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
	return &Store{pool: pool, schema: o.Schema, timeout: o.Timeout, sql: newStatements(o.Schema, prepared)}, nil
}

// ready returns the error of a method that need not begin.
func (*Store) ready(ctx context.Context) error { return ctx.Err() }
