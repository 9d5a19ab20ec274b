package sqlitedb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// oldestSQLite is the first version with all that the statements need (RETURNING).
const oldestSQLite = "3.35.0"

// layout makes the tables of a prefix.
type layout struct {
	session, fields, byUser, byHour, deleteFields, version string // the names
}

func newLayout(prefix string) layout {
	return layout{
		prefix + "session", prefix + "fields", prefix + "sessions_by_user", prefix + "sessions_by_hour",
		prefix + "delete_fields", prefix + "layout",
	}
}

// migrations lead from one version of the layout to the next, and write its number down. A released one never changes.
// After one that programs of before would misunderstand, the tables that they write have other names, so that those programs fail.
//
// The columns are those of package sqlitestore. The tables are not STRICT: a schema with such a table cannot be opened by versions of
// SQLite before 3.37, with which the application may look at its own tables.
func (l layout) migrations() [][]string {
	session, fields := tables.Quote(l.session), tables.Quote(l.fields)
	byUser, byHour, deleteFields := tables.InMain(l.byUser), tables.InMain(l.byHour), tables.InMain(l.deleteFields)
	return [][]string{{
		l.versionTable(),
		"INSERT INTO " + tables.InMain(l.version) + " (version) VALUES (1)",
		"CREATE TABLE " + session + ` (
	n             INTEGER PRIMARY KEY,
	id            BLOB NOT NULL UNIQUE,
	verifier      BLOB NOT NULL,
	previous      BLOB,
	renewed       INTEGER,
	signed_in     INTEGER NOT NULL DEFAULT 0,
	user          TEXT NOT NULL,
	authenticated INTEGER,
	attrs         TEXT,
	created       INTEGER NOT NULL,
	used          INTEGER NOT NULL,
	expires       INTEGER NOT NULL,
	lifetime      INTEGER NOT NULL,
	deadline      INTEGER,
	hour          INTEGER NOT NULL,
	size          INTEGER NOT NULL
)`,
		"CREATE INDEX " + byUser + " ON " + session + " (user, id) WHERE user <> ''",
		"CREATE INDEX " + byHour + " ON " + session + " (hour)",
		"CREATE TABLE " + fields + ` (
	session INTEGER NOT NULL,
	name    TEXT NOT NULL,
	value   TEXT NOT NULL,
	UNIQUE (session, name)
)`,
		"CREATE TRIGGER " + deleteFields + " AFTER DELETE ON " + session + " BEGIN DELETE FROM " + fields + " WHERE session = old.n; END",
	}}
}

// versionTable is how the table is made that has the version. By these very words, which SQLite keeps, it is told from anybody else's.
func (l layout) versionTable() string {
	return "CREATE TABLE " + tables.Quote(l.version) + " (version INTEGER NOT NULL /* of the tables of atomicsession */)"
}

// Migrate makes the tables, or brings those of an older version up to date, in one transaction. It may be called at every start, by
// any number of processes at once, beside the application's own migrations; where there is nothing to do it only reads. Tables, indexes
// and a trigger under the prefix are all that it makes, and it sets no PRAGMA: user_version and application_id remain the application's.
//
// Tables of a newer version are an error ([driver.ErrLayout]), and so are those, indexes, views and triggers of the same names that this
// package has not made. They are left as they are. SQLite must be 3.35 or newer.
func (s *Store) Migrate(ctx context.Context) error {
	missing, err := s.missing(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	return s.database.Write(ctx, func(c tables.Conn) error {
		missing, err := s.layout.missing(c) // another process may have been faster
		if err != nil {
			return err
		}
		for _, statement := range missing {
			if err := c.Run(statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// Migration returns what [Store.Migrate] would do now as a script for the sqlite3 shell, which reads it from its standard input; "" if there
// is nothing to do. The script is one transaction: if it fails, nothing was changed. It changes nothing itself, and its errors are
// those of Migrate.
func (s *Store) Migration(ctx context.Context) (script string, err error) {
	missing, err := s.missing(ctx)
	if err != nil || len(missing) == 0 {
		return "", err
	}
	return ".bail on\nBEGIN IMMEDIATE;\n" + strings.Join(missing, ";\n") + ";\nCOMMIT;\n", nil
}

func (s *Store) missing(ctx context.Context) (statements []string, err error) {
	err = s.database.Read(ctx, func(c tables.Conn) error {
		statements, err = s.layout.missing(c)
		return err
	})
	return statements, err
}

// missing returns the statements that have yet to be run.
func (l layout) missing(c tables.Conn) ([]string, error) {
	version, err := l.current(c)
	if err != nil {
		return nil, err
	}
	migrations := l.migrations()
	if version > int64(len(migrations)) {
		return nil, fmt.Errorf("%w: the tables have version %d, this package knows %d: it is too old", tables.ErrLayout, version, len(migrations))
	}
	return slices.Concat(migrations[version:]...), nil
}

// current returns the version of the tables, 0 if there are none.
func (l layout) current(c tables.Conn) (int64, error) {
	found, foreign, ours := 0, "", false
	for r, err := range tables.All(c, "SELECT name, sql = ? COLLATE NOCASE FROM sqlite_master WHERE name COLLATE NOCASE IN (?, ?, ?, ?, ?, ?)",
		l.versionTable(), l.session, l.fields, l.byUser, l.byHour, l.deleteFields, l.version) {
		if err != nil {
			return 0, err
		}
		found++
		if r.Int64(1) != 0 {
			ours = true
		} else {
			foreign = r.Text(0)
		}
	}
	switch {
	case !ours && foreign != "":
		return 0, fmt.Errorf("%w: there are tables or indexes of the same names that this package has not made (%q): choose another Prefix",
			tables.ErrLayout, foreign)
	case !ours:
		return 0, checkSQLite(c)
	case found < 6:
		return 0, driver.Corrupt("some of the tables, of their indexes, or the trigger is missing")
	}
	var versions []int64
	for r, err := range tables.All(c, "SELECT version FROM "+tables.InMain(l.version)) {
		if err != nil {
			return 0, err
		}
		versions = append(versions, r.Int64(0))
	}
	if len(versions) != 1 || versions[0] < 1 {
		return 0, driver.Corrupt(fmt.Sprintf("table %q does not have the version", l.version))
	}
	return versions[0], nil
}

// checkSQLite refuses a SQLite that is too old.
func checkSQLite(c tables.Conn) error {
	for r, err := range tables.All(c, "SELECT sqlite_version()") {
		if err != nil {
			return err
		}
		if version := r.Text(0); slices.Compare(numbers(version), numbers(oldestSQLite)) < 0 {
			return fmt.Errorf("%w: SQLite is %s, and must be %s or newer", driver.ErrUnavailable, version, oldestSQLite)
		}
	}
	return nil
}

func numbers(version string) (list []int) {
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part) // SQLite's versions are numbers
		list = append(list, n)
	}
	return list
}
