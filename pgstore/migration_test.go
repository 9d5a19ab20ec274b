package pgstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// psql runs a script as a database's administrator does.
func psql(t *testing.T, url, script string) error {
	t.Helper()
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin/psql")
	must(t, err)
	program := "psql"
	if bin := os.Getenv("POSTGRES_BIN"); bin != "" {
		program = filepath.Join(bin, "psql")
	} else if len(programs) > 0 {
		program = slices.Max(programs)
	}
	cmd := osexec.CommandContext(t.Context(), program, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url)
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, out)
	} else if len(out) > 0 {
		t.Errorf("psql has written %q", out)
	}
	return nil
}

// contentsSQL tells all that a schema holds, but whose it is.
const contentsSQL = `
SELECT format('%s %s %s %s', c.relname, c.relkind, c.reloptions, obj_description(c.oid)) FROM pg_class c WHERE c.relnamespace = $1::regnamespace
UNION ALL
SELECT format('%s.%s %s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attcollation,
  pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::regnamespace
UNION ALL
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = $1::regnamespace
UNION ALL
SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = $1::regnamespace
UNION ALL
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = $1::regnamespace
ORDER BY 1`

func contents(t *testing.T, pool *pgxpool.Pool, schema string) string {
	t.Helper()
	rows, err := pool.Query(t.Context(), contentsSQL, schema)
	must(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	list = append(list, fmt.Sprint("version ", ask[int](t, pool, "SELECT version FROM "+schema+".version")))
	return strings.ReplaceAll(strings.Join(list, "\n"), schema, "schema")
}

// TestMigration has an administrator run what Migration returns: it leaves what Migrate leaves.
func TestMigration(t *testing.T) {
	admin := connect(t)
	owner, url := role(t)
	run := func(sql string) { exec(t, admin, sql) }
	const sameVersion = "without the newer functions" // which it may add twice
	type step struct {
		name    string
		prepare func(schema string)
	}
	steps := []step{
		{"nothing", func(string) {
			run("GRANT CREATE ON DATABASE " + ask[string](t, admin, "SELECT current_database()") + " TO " + owner)
		}},
		{"an empty schema", func(schema string) { run("CREATE SCHEMA " + schema + " AUTHORIZATION " + owner) }},
		{sameVersion, func(schema string) {
			run("CREATE SCHEMA " + schema + " AUTHORIZATION " + owner)
			migrated(t, dial(t, url), schema)
			run("DROP FUNCTION " + schema + ".nested_v6, " + schema + ".meets")
		}},
	}
	for version := 1; version < schemaVersion; version++ {
		steps = append(steps, step{fmt.Sprint("version ", version), func(schema string) {
			run("GRANT CREATE ON DATABASE " + ask[string](t, admin, "SELECT current_database()") + " TO " + owner)
			older(t, dial(t, url), schema, version)
		}})
	}
	for _, st := range steps {
		t.Run(st.name, func(t *testing.T) {
			byScript, byMigrate := freshSchema(t), freshSchema(t)
			st.prepare(byScript)
			st.prepare(byMigrate)
			migrated(t, dial(t, url), byMigrate)
			opts := &Options{Schema: byScript}
			s, other := byPool.open(t, serverURL, 0, opts), byPq.open(t, serverURL, 0, opts)
			script, err := s.Migration(t.Context())
			must(t, err)
			if same, err := other.Migration(t.Context()); script == "" || same != script || err != nil {
				t.Fatalf("the script is\n%s\nand over a database\n%s\n(error: %v)", script, same, err)
			}
			must(t, psql(t, url, script))
			if err := psql(t, url, script); err == nil && st.name != sameVersion {
				t.Error("it does it twice")
			}
			if script, err := s.Migration(t.Context()); script != "" || err != nil {
				t.Errorf("there is still something to do: %q (error: %v)", script, err)
			}
			works(t, s)
			works(t, other)
			if got, want := contents(t, admin, byScript), contents(t, admin, byMigrate); got != want {
				t.Errorf("the script leaves\n%s\nand Migrate\n%s", got, want)
			}
		})
	}
}

// TestMigrationFails has a script fail at its end: nothing of it is there.
func TestMigrationFails(t *testing.T) {
	admin, schema := connect(t), freshSchema(t)
	s := over(t, admin, &Options{Schema: schema})
	script, err := s.Migration(t.Context())
	must(t, err)
	if err := psql(t, serverURL, strings.Replace(script, "COMMIT;", "SELECT 1/0;\nCOMMIT;", 1)); err == nil {
		t.Error("psql tells nothing of the error")
	}
	if ask[bool](t, admin, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema) {
		t.Error("it has made something")
	}
}

// TestMigrationRefused asks for scripts that there are none for, and for one whose name is hard to quote.
func TestMigrationRefused(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	s := migrated(t, pool, schema)
	exec(t, pool, "UPDATE "+schema+".version SET version = version + 1")
	if script, err := s.Migration(t.Context()); script != "" || !errors.Is(err, driver.ErrLayout) {
		t.Errorf("of a newer version: %q (error: %v), want %v", script, err, driver.ErrLayout)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if script, err := s.Migration(ctx); script != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("after the context's end: %q (error: %v)", script, err)
	}
	name := freshName() + `'"\ --` + "\n;"
	t.Cleanup(func() { exec(t, pool, "DROP SCHEMA IF EXISTS "+quoteIdentifier(name)+" CASCADE") })
	quoted := over(t, pool, &Options{Schema: name})
	script, err := quoted.Migration(t.Context())
	must(t, err)
	must(t, psql(t, serverURL, script))
	k, now := create(t, quoted, "ann", `{"n":1}`)
	counts(t, quoted, k, now, 1)
	storetest.Works(t, quoted)
}

// TestMigrationEncoding has an administrator whose terminal is not one of UTF-8: the script is.
func TestMigrationEncoding(t *testing.T) {
	t.Setenv("PGCLIENTENCODING", "LATIN1")
	admin := connect(t)
	s := over(t, admin, &Options{Schema: "schéma of " + freshName()})
	t.Cleanup(func() { exec(t, admin, "DROP SCHEMA IF EXISTS "+quoteIdentifier(s.schema)+" CASCADE") })
	script, err := s.Migration(t.Context())
	must(t, err)
	must(t, psql(t, serverURL, script))
	works(t, s)
}
