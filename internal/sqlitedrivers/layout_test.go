package sqlitedrivers

import (
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// schema returns all that is in the database but the rows of tables, with what the application has said of it.
func schema(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.Query(`SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_master
		UNION ALL SELECT 'user_version ' || user_version FROM pragma_user_version
		UNION ALL SELECT 'application_id ' || application_id FROM pragma_application_id ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// ofApplication is what an application may have in its database, a view that is broken included.
var ofApplication = []string{
	"PRAGMA user_version = 42", "PRAGMA application_id = 4711", "CREATE TABLE session (id TEXT)", "CREATE TABLE fields (name)",
	"CREATE VIEW broken AS SELECT gone FROM nowhere", "INSERT INTO session VALUES ('of the application')",
}

// TestMigrate has ten programs begin at once, in the database of an application.
func TestMigrate(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		file := newFile(t)
		db := d.open(t, file, wal)
		run(t, db, ofApplication...)
		before := schema(t, db)
		s, err := sqlitedb.New(db, nil)
		if err != nil {
			t.Fatal(err)
		}
		if after := schema(t, db); !slices.Equal(before, after) {
			t.Errorf("New has made %q", after)
		}
		for name, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
			err := call(t.Context())
			is(t, name, err, driver.ErrUnavailable)
			if !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), "Migrate") {
				t.Errorf("%s: the error does not say what to do: %v", name, err)
			}
		}
		var wg sync.WaitGroup
		for range 10 {
			other := d.open(t, file, settings{busy: 0, conns: 1})
			wg.Go(func() {
				s, err := sqlitedb.New(other, nil)
				if err = errors.Join(err, s.Migrate(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		after := schema(t, db)
		for _, line := range before {
			if !slices.Contains(after, line) {
				t.Errorf("no longer there: %s", line)
			}
		}
		if script, err := s.Migration(t.Context()); script != "" || err != nil {
			t.Errorf("nothing is left to do, but %q, error %v", script, err)
		}
		if n := number(t, db, "SELECT count(*) FROM session"); n != 1 {
			t.Errorf("%d rows of the application, want 1", n)
		}
		storetest.Works(t, s)
		if again := schema(t, db); !slices.Equal(after, again) {
			t.Errorf("after use: %q, want %q", again, after)
		}
	})
}

// TestMigration runs the script in the sqlite3 shell: it leaves what Migrate does. A second time it fails, and leaves all as it is.
func TestMigration(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for _, prefix := range []string{"", `a "b"; 'c' -- ä.`, "[x]`", "select", "1", "Aa_"} {
			file, opts := newFile(t), &sqlitedb.Options{Prefix: prefix}
			migrated := d.open(t, newFile(t), wal)
			run(t, migrated, ofApplication...)
			store(t, migrated, opts)

			db := d.open(t, file, wal)
			run(t, db, ofApplication...)
			s, err := sqlitedb.New(db, opts)
			if err != nil {
				t.Fatal(err)
			}
			script, err := s.Migration(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			shell := func() ([]byte, error) {
				cmd := exec.CommandContext(t.Context(), "sqlite3", file)
				cmd.Stdin = strings.NewReader(script)
				return cmd.CombinedOutput()
			}
			if output, err := shell(); err != nil || len(output) != 0 {
				t.Fatalf("%q: sqlite3: %v\n%s", prefix, err, output)
			}
			want := schema(t, migrated)
			if got := schema(t, db); !slices.Equal(got, want) {
				t.Errorf("%q: the script has left\n%s\nand Migrate\n%s", prefix, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if script, err := s.Migration(t.Context()); script != "" || err != nil {
				t.Errorf("nothing is left to do, but %q, error %v", script, err)
			}
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			storetest.Works(t, s)
			if _, err := shell(); err == nil {
				t.Errorf("%q: the script succeeds a second time", prefix)
			}
			if got := schema(t, db); !slices.Equal(got, want) {
				t.Errorf("%q: once more: %q", prefix, got)
			}
		}
	})
}

// TestPrefixes: stores with two prefixes in one database know nothing of each other.
func TestPrefixes(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, newFile(t), wal)
		a, b := store(t, db, &sqlitedb.Options{Prefix: "a_"}), store(t, db, &sqlitedb.Options{Prefix: `b"_`})
		k, now := storetest.Create(t, a, "ann", `{"n":1}`)
		if _, err := b.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("Load from the other one: %v", err)
		}
		if n, _, err := b.DeleteMany(t.Context(), now, driver.Selection{}, driver.ID{}, 10); n != 0 || err != nil {
			t.Errorf("DeleteMany of the other one: %d ended, %v", n, err)
		}
		same, err := sqlitedb.New(db, &sqlitedb.Options{Prefix: "A_"})
		if err = errors.Join(err, same.Migrate(t.Context())); err != nil {
			t.Error(err)
		}
		counts(t, same, k, 1)
		if n := number(t, db, "SELECT count(*) FROM sqlite_master WHERE sql IS NOT NULL"); n != 12 {
			t.Errorf("the database has %d tables, indexes and triggers, want 12", n)
		}
	})
}

// TestForeign has tables of others, and of a newer version, by the names: they are refused, and left alone.
func TestForeign(t *testing.T) {
	newer := func(version string) func(t *testing.T, db *sql.DB) {
		return func(t *testing.T, db *sql.DB) {
			store(t, db, nil)
			run(t, db, version)
		}
	}
	foreign := func(statement string) func(t *testing.T, db *sql.DB) {
		return func(t *testing.T, db *sql.DB) { run(t, db, statement) }
	}
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for name, c := range map[string]struct {
			make func(t *testing.T, db *sql.DB)
			want error
			says string
		}{
			"session": {foreign("CREATE TABLE atomicsession_session (n, id, verifier)"), driver.ErrLayout, `"atomicsession_session"`},
			"fields":  {foreign("CREATE VIEW Atomicsession_Fields AS SELECT 1 AS n"), driver.ErrLayout, `"Atomicsession_Fields"`},
			"layout":  {foreign("CREATE TABLE atomicsession_layout (version INTEGER)"), driver.ErrLayout, "Prefix"},
			"index":   {foreign("CREATE TABLE x (y); CREATE INDEX atomicsession_sessions_by_hour ON x (y)"), driver.ErrLayout, "Prefix"},
			"newer":   {newer("UPDATE atomicsession_layout SET version = 2"), driver.ErrLayout, "version 2"},
			"nothing": {newer("DELETE FROM atomicsession_layout"), driver.ErrCorrupt, "version"},
			"two":     {newer("INSERT INTO atomicsession_layout VALUES (1)"), driver.ErrCorrupt, "version"},
			"missing": {newer("DROP TABLE atomicsession_fields"), driver.ErrCorrupt, "missing"},
		} {
			t.Run(name, func(t *testing.T) {
				db := d.open(t, newFile(t), wal)
				c.make(t, db)
				before := schema(t, db)
				s, err := sqlitedb.New(db, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, printErr := s.Migration(t.Context())
				for _, err := range []error{s.Migrate(t.Context()), printErr} {
					if !errors.Is(err, c.want) || errors.Is(err, driver.ErrLayout) != errors.Is(err, driver.ErrUnavailable) || !strings.Contains(fmt.Sprint(err), c.says) {
						t.Errorf("error %v, want %v that says %s", err, c.want, c.says)
					}
				}
				if after := schema(t, db); !slices.Equal(before, after) {
					t.Errorf("it has made\n%q of\n%q", after, before)
				}
			})
		}
	})
}

// TestHidden has temporary tables on a connection that have the names of the store's: neither Migrate nor a call takes them for these.
func TestHidden(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, newFile(t), settings{busy: 5000, conns: 1})
		for _, table := range []string{"layout (version)", "session (n, id, user, hour)", "fields (session, name, value)"} {
			run(t, db, "CREATE TEMP TABLE atomicsession_"+table)
		}
		s := store(t, db, nil)
		storetest.Works(t, s)
		store(t, db, nil) // which finds what the first one has made
		if n := number(t, db, "SELECT count(*) FROM main.sqlite_master WHERE name LIKE 'atomicsession%'"); n != 6 {
			t.Errorf("Migrate has made %d things, want 6", n)
		}
	})
}
