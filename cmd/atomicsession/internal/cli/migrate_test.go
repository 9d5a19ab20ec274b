package cli

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

// migrateCommand runs atomicsession migrate on the store.
func migrateCommand(t *testing.T, url string, flags ...string) (status int, out, errs string) {
	t.Helper()
	return runCommand(t, Environment{}, append([]string{"migrate", "--timeout", "30s", "--store", url}, flags...)...)
}

// TestMigrate has a store of each kind that is made at some time: it is printed how, made, and made no more.
func TestMigrate(t *testing.T) {
	name := fmt.Sprint("migrate_test_", time.Now().UnixNano())
	app := filepath.Join(t.TempDir(), "app.db")
	db, err := sql.Open("sqlite3", "file:"+app)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE customer (id INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for kind, store := range map[string]struct{ url, script, procedures string }{
		"sqlitedb": {"sqlitedb:" + app + "?prefix=" + name + "_", "CREATE TABLE", "null"},
		"postgres": {parameter(testserver.Serve(t, "POSTGRES_URL", "postgres-server.sh"), "schema="+name), "CREATE SCHEMA", "null"},
		"mysql": {
			parameter(testserver.MySQLURL(testserver.Serve(t, "MYSQL_URL", "mariadb-server.sh")).String(), "prefix="+name+"_"),
			"CREATE PROCEDURE", "true",
		},
		"mongodb": {parameter(testserver.Serve(t, "MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_AUTH="), "collection="+name), `"createIndexes"`, "null"},
	} {
		t.Run(kind, func(t *testing.T) {
			_, before, _ := migrateCommand(t, store.url, "--print")
			status, script, errs := migrateCommand(t, store.url, "--print")
			if status != 0 || errs != "" || script != before || !strings.Contains(script, store.script) || !strings.Contains(script, name) {
				t.Errorf("print: %d %q %q, before that %q, want %q", status, script, errs, before, store.script)
			}
			status, out, errs := migrateCommand(t, store.url, "--json")
			if status != 0 || errs != "" || !strings.HasSuffix(out, `,"changed":true,"procedures":`+store.procedures+"}\n") {
				t.Errorf("migrate: %d %q %q", status, out, errs)
			}
			status, out, errs = migrateCommand(t, store.url)
			if status != 0 || errs != "" || !strings.HasPrefix(out, "nothing to do: the store is up to date (") || !strings.Contains(out, name) {
				t.Errorf("again: %d %q %q", status, out, errs)
			}
			if strings.Contains(out, ")\nfor this user an update is one CALL\n") != (kind == "mysql") {
				t.Errorf("again: %q", out)
			}
			status, out, errs = migrateCommand(t, store.url, "--print")
			if status != 0 || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "nothing to do: the store is up to date (") {
				t.Errorf("print once it is made: %d %q %q", status, out, errs)
			}
			if status, out, errs := runCommand(t, Environment{}, "sweep", "--store", store.url); status != 0 || errs != "" {
				t.Errorf("sweep: %d %q %q", status, out, errs)
			}
		})
	}
}

// TestMigrateNothing has stores that need none.
func TestMigrateNothing(t *testing.T) {
	sqlite, _ := newSQLite(t, 1)
	for _, url := range []string{"memory:", sqlite, testserver.Serve(t, "REDIS_URL", "redis-server.sh")} {
		const nothing = "nothing to do: such a store has nothing to migrate ("
		if status, out, errs := migrateCommand(t, url); status != 0 || errs != "" || !strings.HasPrefix(out, nothing) {
			t.Errorf("%s: %d %q %q", url, status, out, errs)
		}
		if status, out, errs := migrateCommand(t, url, "--print"); status != 0 || out != "" || !strings.HasPrefix(errs, nothing) {
			t.Errorf("%s, print: %d %q %q", url, status, out, errs)
		}
		if status, out, _ := migrateCommand(t, url, "--json"); status != 0 || !strings.HasSuffix(out, `,"changed":false,"procedures":null}`+"\n") {
			t.Errorf("%s, JSON: %d %q", url, status, out)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.db")
	for _, scheme := range []string{"sqlite:", "sqlitedb:"} {
		status, out, errs := migrateCommand(t, scheme+missing)
		if status != exitFailed || out != "" || !strings.Contains(errs, "no such file") {
			t.Errorf("%s of a file that is missing: %d %q %q", scheme, status, out, errs)
		}
		if _, err := os.Stat(missing); !os.IsNotExist(err) {
			t.Errorf("the file that was missing: %v", err)
		}
	}
	if status, _, errs := migrateCommand(t, "memory:", "--print", "--json"); status != exitUsage || !strings.Contains(errs, "exclude each other") {
		t.Errorf("two forms of output: %d %q", status, errs)
	}
}

// TestMigrateNewer has stores of a version that is yet to come: they are left alone.
func TestMigrateNewer(t *testing.T) {
	name := fmt.Sprint("migrate_newer_", time.Now().UnixNano())
	postgres := parameter(testserver.Serve(t, "POSTGRES_URL", "postgres-server.sh"), "schema="+name)
	dsn := testserver.Serve(t, "MYSQL_URL", "mariadb-server.sh")
	app := filepath.Join(t.TempDir(), "app.db")
	if err := os.WriteFile(app, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, store := range []struct{ url, driver, source, table string }{
		{"sqlitedb:" + app, "sqlite3", "file:" + app, "atomicsession_layout"},
		{postgres, "pgx", strings.Replace(postgres, "schema="+name, "application_name=test", 1), name + ".version"},
		{testserver.MySQLURL(dsn).String() + "?prefix=" + name + "_", "mysql", dsn, name + "_version"},
	} {
		put(t, store.url)
		db, err := sql.Open(store.driver, store.source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "UPDATE "+store.table+" SET version = 99"); err != nil {
			t.Fatal(err)
		}
		for _, flag := range []string{"--print", "--json"} {
			status, out, errs := migrateCommand(t, store.url, flag)
			if status != exitFailed || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "version 99") {
				t.Errorf("%s %s: %d %q %q", store.driver, flag, status, out, errs)
			}
		}
		var version int
		if err := db.QueryRowContext(t.Context(), "SELECT version FROM "+store.table).Scan(&version); err != nil || version != 99 {
			t.Errorf("%s: the version has become %d, %v", store.driver, version, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
