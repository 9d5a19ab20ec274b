package sqlitedrivers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(childVariable); role != "" {
		children[role]()
		return
	}
	if linearizable.IsChild() {
		os.Exit(m.Run())
	}
	goleak.VerifyTestMain(m)
}

// sqlDriver is a driver of database/sql.
type sqlDriver struct {
	name, registered string
	dsn              func(file string, o settings) string
	shared           []string // parameters of a database in memory that connections share, by the name of "/shared"
}

// settings are what an application sets for its connections.
type settings struct {
	busy    int      // busy_timeout in milliseconds
	pragmas []string // such as journal_mode=wal
	params  []string // of the URI
	conns   int      // how many connections the pool may have; 0: any number
}

var drivers []sqlDriver

var sharedCache = []string{"mode=memory", "cache=shared"}

// pragmaDSN names a database as drivers do that take any pragma.
func pragmaDSN(file string, o settings) string {
	params := []string{fmt.Sprintf("_pragma=busy_timeout(%d)", o.busy)}
	for _, pragma := range o.pragmas {
		name, value, _ := strings.Cut(pragma, "=")
		params = append(params, "_pragma="+name+"("+value+")")
	}
	return "file:" + file + "?" + strings.Join(append(params, o.params...), "&")
}

// wal is what docs/sqlite.md advises.
var wal = settings{busy: 5000, pragmas: []string{"journal_mode=wal", "synchronous=normal"}}

// eachDriver runs a test with each driver.
func eachDriver(t *testing.T, f func(t *testing.T, d sqlDriver)) {
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) { f(t, d) })
	}
}

func newFile(tb testing.TB) string { return filepath.Join(tb.TempDir(), "app.db") }

// open opens a database as an application does.
func (d sqlDriver) open(tb testing.TB, file string, o settings) *sql.DB {
	tb.Helper()
	db, err := sql.Open(d.registered, d.dsn(file, o))
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(o.conns)
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// store returns a store in the database, with its tables.
func store(tb testing.TB, db *sql.DB, opts *sqlitedb.Options) *sqlitedb.Store {
	tb.Helper()
	s, err := sqlitedb.New(db, opts)
	if err == nil {
		err = s.Migrate(context.Background())
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// impatient returns a store whose calls do not wait for long, in a database that has its tables.
func impatient(tb testing.TB, db *sql.DB, timeout time.Duration) *sqlitedb.Store {
	tb.Helper()
	s, err := sqlitedb.New(db, &sqlitedb.Options{Timeout: timeout})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// both returns two stores as two programs have them. In the end it checks what the rows say about each other.
func (d sqlDriver) both(tb testing.TB, o settings) (a, b driver.Store) {
	file := newFile(tb)
	opts := &sqlitedb.Options{Timeout: time.Minute}
	db := d.open(tb, file, o)
	tb.Cleanup(func() { consistent(tb, db) })
	return store(tb, db, opts), store(tb, d.open(tb, file, o), opts)
}

func consistent(tb testing.TB, db *sql.DB) {
	tb.Helper()
	for what, condition := range map[string]string{
		"size":   "size <> (SELECT total(length(CAST(name AS BLOB)) + length(CAST(value AS BLOB))) FROM atomicsession_fields WHERE session = n)",
		"hour":   "hour <> (expires + 3599999) / 3600000",
		"types":  "typeof(id) || typeof(verifier) || typeof(user) || typeof(created) <> 'blobblobtextinteger'",
		"fields": "n IS NULL OR EXISTS (SELECT 1 FROM atomicsession_fields f WHERE f.session NOT IN (SELECT n FROM atomicsession_session))",
	} {
		if n := number(tb, db, "SELECT count(*) FROM atomicsession_session WHERE "+condition); n != 0 {
			tb.Errorf("%d sessions with wrong %s", n, what)
		}
	}
}

// number returns the single number that a query yields.
func number(tb testing.TB, db *sql.DB, query string) (n int64) {
	tb.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return n
}

func run(tb testing.TB, db interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, statements ...string,
) {
	tb.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
}

// counts expects the field n of the session to have the value, and the store to go on.
func counts(tb testing.TB, s *sqlitedb.Store, k driver.Key, n int64) {
	tb.Helper()
	storetest.Counts(tb, s, k, time.Now(), n)
}

func inc(ctx context.Context, s driver.Store, k driver.Key) error {
	_, err := s.Update(ctx, time.Now(), k, storetest.Inc("n"))
	return err
}

// is expects err to match want, and neither the other sentinels that say what became of a change, nor to have more than one line.
func is(tb testing.TB, what string, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Errorf("%s: error is %v, want one that matches %v", what, err, want)
		return
	}
	for _, other := range []error{driver.ErrUnknownOutcome, driver.ErrUnavailable, driver.ErrFull, driver.ErrCorrupt} {
		if errors.Is(err, other) && !errors.Is(want, other) {
			tb.Errorf("%s: error %v matches %v, too", what, err, other)
		}
	}
	if text := err.Error(); text != driver.OneLine(text) {
		tb.Errorf("%s: more than one line: %q", what, text)
	}
}
