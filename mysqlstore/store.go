package mysqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// Database is where the tables and procedures are; default: that of the connection. It is a name as it is, of at most 64
	// characters of ASCII, without control characters, and without a blank at its end.
	Database string
	// Prefix begins the names of all tables and procedures; default "atomicsession_". It has at most 55 characters of ASCII, without
	// control characters.
	Prefix string
	// Timeout bounds how long a call goes on trying while the server fails, restarts, is read-only or reports a deadlock, if its
	// context does not end earlier; default 5 s. A single try is bounded by the context alone.
	Timeout time.Duration
}

const (
	defaultPrefix  = "atomicsession_"
	defaultTimeout = 5 * time.Second
	maxIdentifier  = 64
	longestName    = "change_v1"
)

// Store is a [driver.Store], a [driver.Finder], a [driver.FieldLoader] and a [driver.Sweeper]. It is safe for concurrent use and starts
// no goroutine.
type Store struct {
	db    *sql.DB
	opts  Options // with the defaults in their places
	sql   statements
	turns retry.Turns

	procedures procedures
	redials    redials
}

var (
	_ driver.Store       = (*Store)(nil)
	_ driver.Finder      = (*Store)(nil)
	_ driver.FieldLoader = (*Store)(nil)
	_ driver.Sweeper     = (*Store)(nil)
)

// New returns a store that uses the database, which stays the caller's to close. It does not connect. opts may be nil. The error is that
// of an option, and begins with "mysqlstore: " and the name of its field.
func New(db *sql.DB, opts *Options) (*Store, error) {
	o := *cmp.Or(opts, &Options{})
	o.Prefix, o.Timeout = cmp.Or(o.Prefix, defaultPrefix), cmp.Or(o.Timeout, defaultTimeout)
	if !isName(o.Database, maxIdentifier) || strings.HasSuffix(o.Database, " ") {
		return nil, fmt.Errorf("mysqlstore: Database: must be at most %d characters of ASCII, without control characters and a blank at the end",
			maxIdentifier)
	}
	if most := maxIdentifier - len(longestName); !isName(o.Prefix, most) {
		return nil, fmt.Errorf("mysqlstore: Prefix: must be at most %d characters of ASCII, without control characters", most)
	}
	if o.Timeout < 0 {
		return nil, errors.New("mysqlstore: Timeout: must not be negative")
	}
	return &Store{db: db, opts: o, sql: newStatements(o)}, nil
}

// isName reports whether the text can stand in a name whatever the character set of a connection is.
func isName(text string, most int) bool {
	return len(text) <= most && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}

// ready returns the error of a method that need not begin.
func (*Store) ready(ctx context.Context) error { return ctx.Err() }
