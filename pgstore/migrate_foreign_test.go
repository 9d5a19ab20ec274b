package pgstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// relations tells what a schema has, whoever has made it.
func relations(t *testing.T, pool *pgxpool.Pool, schema string) string {
	t.Helper()
	return ask[string](t, pool, `SELECT coalesce(string_agg(what, E'\n' ORDER BY what), '') FROM (
		SELECT c.relname || ' ' || coalesce(string_agg(a.attname || ' ' || format_type(a.atttypid, NULL), ', ' ORDER BY a.attnum), '') what
		FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = $1::regnamespace GROUP BY c.oid
		UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = $1::regnamespace) s`, schema)
}

// TestForeignTables has tables or functions of another program where those of the store should be.
func TestForeignTables(t *testing.T) {
	pool := connect(t)
	for _, c := range []struct{ sql, named string }{
		{"CREATE TABLE {s}.session (id bigint, data text)", "session"},
		{"CREATE VIEW {s}.field AS SELECT 1 AS session", "field"},
		{"CREATE TABLE {s}.version (version integer); INSERT INTO {s}.version VALUES (3)", "version"},
		{"CREATE TABLE {s}.version (version integer)", "version"},
		{"CREATE TABLE {s}.version (one boolean, version integer); INSERT INTO {s}.version VALUES (true, 6); CREATE TABLE {s}.session (id int)", "session"},
		{"CREATE TABLE {s}.note (name text); CREATE INDEX session_username ON {s}.note (name)", "session_username"},
		{"CREATE FUNCTION {s}.unreadable(value text) RETURNS boolean LANGUAGE sql AS 'SELECT true'", "unreadable"},
	} {
		schema := freshSchema(t)
		exec(t, pool, strings.ReplaceAll("CREATE SCHEMA {s}; "+c.sql, "{s}", schema))
		before := relations(t, pool, schema)
		for _, w := range []way{byPool, byPq} {
			s := w.open(t, serverURL, 0, &Options{Schema: schema})
			_, err := s.Migration(t.Context())
			for _, err := range []error{err, s.Migrate(t.Context())} {
				if !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), `"`+c.named+`"`) {
					t.Errorf("%s: after %s: error %v, want %v that names %s", w.name, c.sql, err, driver.ErrLayout, c.named)
				}
			}
		}
		if after := relations(t, pool, schema); after != before {
			t.Errorf("after %s: it has made\n%s of\n%s", c.sql, after, before)
		}
	}
}

// TestSharedSchema has a schema that holds other things of an application's.
func TestSharedSchema(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	exec(t, pool, strings.ReplaceAll(`CREATE SCHEMA {s}; CREATE TABLE {s}.note (session bytea, version integer); INSERT INTO {s}.note VALUES ('x', 1);
		CREATE FUNCTION {s}.sessions() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'`, "{s}", schema))
	s := migrated(t, pool, schema)
	works(t, s)
	must(t, s.Migrate(t.Context()))
	if n := ask[int](t, pool, "SELECT count(*) * "+schema+".sessions() FROM "+schema+".note"); n != 1 {
		t.Errorf("%d rows of the application, want 1", n)
	}
}
