package sqlitedb_test

import (
	"database/sql"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a database as an application does, with parameters of its URI.
func open(tb testing.TB, file, params string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?"+params)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

func migrated(tb testing.TB, db *sql.DB) *sqlitedb.Store {
	tb.Helper()
	s, err := sqlitedb.New(db, nil)
	if err == nil {
		err = s.Migrate(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func openBoth(tb testing.TB) (a, b driver.Store) {
	file, params := filepath.Join(tb.TempDir(), "app.db"), "_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)"
	return migrated(tb, open(tb, file, params)), migrated(tb, open(tb, file, params))
}

// TestConformance has what is this package's of the store; the rest passes in sqlitestore. internal/sqlitedrivers has what applications do with
// other drivers and settings.
func TestConformance(t *testing.T) { storetest.Again(t, openBoth) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, openBoth) }

// TestOptions: what no option can be is an error in one line.
func TestOptions(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "app.db"), "")
	for want, opts := range map[string]sqlitedb.Options{
		"sqlitedb: Timeout: must not be negative":                                        {Timeout: -1},
		"sqlitedb: Prefix: must have at most 64 bytes":                                   {Prefix: strings.Repeat("x", 65)},
		"sqlitedb: Prefix: must be UTF-8 without control characters":                     {Prefix: "a\nb"},
		`sqlitedb: Prefix: must not begin with "sqlite_", which SQLite keeps for itself`: {Prefix: "SQLite_x"},
	} {
		if _, err := sqlitedb.New(db, &opts); err == nil || err.Error() != want {
			t.Errorf("New: error %v, want %q", err, want)
		}
	}
	if _, err := sqlitedb.New(db, &sqlitedb.Options{Prefix: "\xff"}); err == nil {
		t.Error("a prefix that is not UTF-8 is taken")
	}
	if _, err := sqlitedb.New(nil, nil); err == nil {
		t.Error("no database is taken for one")
	}
	if _, err := sqlitedb.New(db, &sqlitedb.Options{Prefix: strings.Repeat("x", 64)}); err != nil {
		t.Error(err)
	}
}

// TestNoSQLite: the application has one already.
func TestNoSQLite(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for module := range strings.FieldsSeq(string(output)) {
		if module != "github.com/atomicsession/atomicsession" && module != "github.com/atomicsession/atomicsession/sqlitestore" {
			t.Errorf("it links %s", module)
		}
	}
}

func TestLayout(t *testing.T) { storetest.WritesLayout(t, "doc.go", 1) }
