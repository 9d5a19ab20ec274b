package sqlitedb

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// Prefix begins the names of the tables, of their indexes and of their trigger; default "atomicsession_". Stores with different
	// prefixes know nothing of each other. It has at most 64 bytes of UTF-8, any characters but control characters, and does not begin
	// with "sqlite_", which SQLite keeps for itself. Like SQLite's names it means the same in upper and lower case.
	Prefix string
	// Timeout is how long a call waits in all, for a connection of the pool and for the locks of others, before it fails with
	// [driver.ErrUnavailable]; default 5 seconds. A busy_timeout that the application has set for its connections is how long SQLite
	// waits for a lock before this package asks again: a driver that does not end that wait with the context (mattn's) may make a call
	// as much longer, so it should be no longer than Timeout. Committing, which waits for readers where there is no write-ahead log, may
	// take Timeout once more, and a second at least; if it is then not known to be done or not, that is [driver.ErrUnknownOutcome].
	Timeout time.Duration
}

const (
	defaultPrefix  = "atomicsession_"
	maxPrefix      = 64
	defaultTimeout = 5 * time.Second
)

// Store is a [driver.Store], [driver.Finder], [driver.FieldLoader] and [driver.Sweeper]. It is safe for concurrent use. It starts no
// goroutine, and there is nothing to close: the database remains the application's.
type Store struct {
	database *database
	sessions *tables.Store
	layout   layout
}

var (
	_ driver.Store       = (*Store)(nil)
	_ driver.Finder      = (*Store)(nil)
	_ driver.FieldLoader = (*Store)(nil)
	_ driver.Sweeper     = (*Store)(nil)
)

// New returns a store of sessions in db, a SQLite database of the application's. It does not touch the database: call [Store.Migrate]
// before the first use of a new version. opts may be nil; what no option can be is an error.
//
// Expired sessions are never returned, but take room until [Store.Sweep] is called, by a session manager for instance.
func New(db *sql.DB, opts *Options) (*Store, error) {
	o := *cmp.Or(opts, &Options{})
	o.Prefix, o.Timeout = cmp.Or(o.Prefix, defaultPrefix), cmp.Or(o.Timeout, defaultTimeout)
	switch {
	case db == nil:
		return nil, errors.New("sqlitedb: the database must not be nil")
	case o.Timeout < 0:
		return nil, errors.New("sqlitedb: Timeout: must not be negative")
	}
	if err := checkPrefix(o.Prefix); err != nil {
		return nil, fmt.Errorf("sqlitedb: Prefix: %w", err)
	}
	d := newDatabase(db, o.Timeout)
	return &Store{d, tables.New(d, o.Prefix), newLayout(o.Prefix)}, nil
}

func checkPrefix(prefix string) error {
	switch reserved := "sqlite_"; {
	case len(prefix) > maxPrefix:
		return fmt.Errorf("must have at most %d bytes", maxPrefix)
	case !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, unicode.IsControl):
		return errors.New("must be UTF-8 without control characters")
	case len(prefix) >= len(reserved) && strings.EqualFold(prefix[:len(reserved)], reserved):
		return errors.New(`must not begin with "sqlite_", which SQLite keeps for itself`)
	}
	return nil
}
