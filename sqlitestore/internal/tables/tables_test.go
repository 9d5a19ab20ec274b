package tables_test

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/atomicsession/atomicsession/sqlitestore"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

func open(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// databases returns a file of package sqlitestore and an application's database, by the prefix of their tables.
func databases(t *testing.T) map[string]*sql.DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions.db")
	own, err := sqlitestore.Open(t.Context(), file, nil)
	if err == nil {
		err = own.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, filepath.Join(t.TempDir(), "app.db"))
	s, err := sqlitedb.New(db, &sqlitedb.Options{Prefix: "app_"})
	if err == nil {
		err = s.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*sql.DB{"": open(t, file), "app_": db}
}

// TestPlans: what is called often must not read every session.
func TestPlans(t *testing.T) {
	for prefix, db := range databases(t) {
		for statement, want := range tables.Plans(prefix) {
			rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
			if err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
			var text string
			for rows.Next() {
				var line string
				if err := rows.Scan(new(any), new(any), new(any), &line); err != nil {
					t.Fatal(err)
				}
				text += line + "\n"
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text, want) || strings.Contains(text, "SCAN") || strings.Contains(text, "B-TREE") {
				t.Errorf("%s:\n%s", statement, text)
			}
		}
	}
}

// TestColumns: the tables have the same columns, whoever has made them.
func TestColumns(t *testing.T) {
	columns := map[string]map[string]string{}
	for prefix, db := range databases(t) {
		columns[prefix] = map[string]string{}
		for _, table := range []string{"session", "fields"} {
			rows, err := db.Query(`SELECT name, type, "notnull", pk FROM pragma_table_info(?)`, prefix+table)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var name, kind string
				var notNull, key int
				if err := rows.Scan(&name, &kind, &notNull, &key); err != nil {
					t.Fatal(err)
				}
				columns[prefix][table+"."+name] = fmt.Sprint(kind, notNull, key)
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, b := columns[""], columns["app_"]; len(a) != 19 || !maps.Equal(a, b) {
		t.Errorf("%d columns\n%v\nand %d\n%v", len(a), a, len(b), b)
	}
}
