package pgstore

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// hostile fills a schema with what shadows everything that the store's statements and functions name: each built-in operator and
// function on the types they use, with exactly those types, the polymorphic ones among them, aggregates, types and tables. Whoever
// calls one of them gets an error.
const hostile = `
CREATE SCHEMA {evil};
CREATE TABLE {evil}.session (); CREATE TABLE {evil}.field (); CREATE TABLE {evil}.version (version integer);
CREATE TABLE {evil}.pg_class (); CREATE TABLE {evil}.pg_namespace ();
DO $do$
DECLARE
  types CONSTANT oid[] := ARRAY['text', 'bytea', 'int8', 'int4', 'bool', 'numeric', 'float8', 'json', 'jsonb', 'name', 'oid', 'text[]', 'bytea[]',
    'jsonb[]']::regtype[]::oid[];
  body CONSTANT text := $$LANGUAGE plpgsql AS $f$ BEGIN RAISE 'a foreign function was called' USING ERRCODE = 'XX001'; END $f$;$$;
  r record;
  n integer := 0;
BEGIN
  FOR r IN SELECT o.oprname AS name, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r, format_type(o.oprresult, NULL) AS res
    FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft = ANY (types) AND o.oprright = ANY (types)
    UNION ALL SELECT x.name, x.l, x.r, x.res FROM (VALUES
      ('||', 'text[]', 'text[]', 'text[]'), ('||', 'text[]', 'text', 'text[]'), ('||', 'jsonb[]', 'jsonb', 'jsonb[]'), ('&&', 'jsonb[]', 'jsonb[]', 'boolean'),
      ('||', 'bigint', 'text', 'text'), ('=', 'text[]', 'text[]', 'boolean')) x (name, l, r, res)
  LOOP
    n := n + 1;
    EXECUTE format('CREATE FUNCTION {evil}.op_%s(%s, %s) RETURNS %s ', n, r.l, r.r, r.res) || body;
    EXECUTE format('CREATE OPERATOR {evil}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = {evil}.op_%s)', r.name, r.l, r.r, n);
  END LOOP;
  FOR r IN SELECT DISTINCT quote_ident(p.proname) AS name, pg_get_function_identity_arguments(p.oid) AS args, pg_get_function_result(p.oid) AS res
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0 AND p.pronargs > 0
      AND p.proargtypes::oid[] <@ types AND p.prorettype = ANY (types) AND p.proallargtypes IS NULL
    UNION ALL SELECT x.name, x.args, x.res FROM (VALUES
      ('cardinality', 'text[]', 'integer'), ('unnest', 'text[]', 'SETOF text'), ('unnest', 'bytea[]', 'SETOF bytea'), ('array_to_string', 'text[], text', 'text'),
      ('array_position', 'text[], text', 'integer'), ('string_to_array', 'text, text', 'text[]'), ('jsonb_array_elements', 'jsonb', 'SETOF jsonb'),
      ('json_array_elements', 'json', 'SETOF json'), ('concat_ws', 'text, bigint, bigint, bigint, bigint, bigint', 'text')) x (name, args, res)
  LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION {evil}.%s(%s) RETURNS %s ', r.name, r.args, r.res) || body;
    EXCEPTION WHEN duplicate_function THEN NULL;
    END;
  END LOOP;
  FOREACH r.name IN ARRAY ARRAY['text', 'bytea'] LOOP
    EXECUTE format('CREATE FUNCTION {evil}.agg(%1$s[], %1$s) RETURNS %1$s[] ', r.name) || body;
    EXECUTE format('CREATE AGGREGATE {evil}.array_agg(%1$s) (SFUNC = {evil}.agg, STYPE = %1$s[])', r.name);
  END LOOP;
  EXECUTE 'CREATE FUNCTION {evil}.agg(bigint) RETURNS bigint ' || body;
  EXECUTE 'CREATE AGGREGATE {evil}.count(*) (SFUNC = {evil}.agg, STYPE = bigint, INITCOND = 0)';
  EXECUTE 'CREATE FUNCTION {evil}.agg(bigint, integer) RETURNS bigint ' || body;
  EXECUTE 'CREATE AGGREGATE {evil}.sum(integer) (SFUNC = {evil}.agg, STYPE = bigint, INITCOND = 0)';
  EXECUTE 'CREATE FUNCTION {evil}.agg(text, text, text) RETURNS text ' || body;
  EXECUTE 'CREATE AGGREGATE {evil}.string_agg(text, text) (SFUNC = {evil}.agg, STYPE = text)';
END
$do$;
` + hostileTypes

// hostileTypes are types that hold nothing: whatever is converted to one is refused.
const hostileTypes = `
CREATE DOMAIN {evil}.text AS pg_catalog.text CHECK (VALUE IS NULL AND VALUE IS NOT NULL);
CREATE DOMAIN {evil}.bytea AS pg_catalog.bytea CHECK (VALUE IS NULL AND VALUE IS NOT NULL);
CREATE DOMAIN {evil}.json AS pg_catalog.json CHECK (VALUE IS NULL AND VALUE IS NOT NULL);
CREATE DOMAIN {evil}.jsonb AS pg_catalog.jsonb CHECK (VALUE IS NULL AND VALUE IS NOT NULL);
`

// hostileTemp does the same in a connection's temporary schema, which comes before all others unless the search_path names it.
var hostileTemp = `
CREATE TEMPORARY TABLE session (); CREATE TEMPORARY TABLE field (); CREATE TEMPORARY TABLE version (version integer);
CREATE TEMPORARY TABLE pg_class (); CREATE TEMPORARY TABLE pg_namespace ();
` + strings.ReplaceAll(hostileTypes, "{evil}", "pg_temp")

// evil makes such a schema, which the test's end drops.
func evil(t testing.TB) string {
	t.Helper()
	name := freshSchema(t)
	exec(t, connect(t), strings.ReplaceAll(hostile, "{evil}", name))
	return name
}

// TestHostileSchema migrates and runs the conformance suite again with a schema of somebody else's in the search_path, before what is
// PostgreSQL's own and behind it, where exact types are still preferred to polymorphic ones.
func TestHostileSchema(t *testing.T) {
	schema := evil(t)
	for _, c := range []struct{ path, temp string }{
		{schema + ",pg_catalog", ""},
		{schema, ""},
		{schema + ",pg_catalog", hostileTemp},
		{"", hostileTemp},
	} {
		t.Run(fmt.Sprintf("%.10s temp %t", c.path, c.temp != ""), func(t *testing.T) {
			pool := hostilePool(t, c.path, c.temp)
			var n int
			if err := pool.QueryRow(t.Context(), "SELECT cardinality(ARRAY['a'])").Scan(&n); c.path != "" && err == nil {
				t.Fatal("nobody is hostile")
			}
			storetest.Again(t, func(tb testing.TB) (a, b driver.Store) {
				schema := freshSchema(tb)
				return migrated(tb, pool, schema), over(tb, pool, &Options{Schema: schema})
			})
			works(t, migrated(t, pool, freshSchema(t)))
		})
	}
}

func hostilePool(t testing.TB, path, temp string) *pgxpool.Pool {
	t.Helper()
	return dial(t, with(t, serverURL, "search_path", path), func(c *pgxpool.Config) {
		c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, temp, pgx.QueryExecModeSimpleProtocol)
			return err
		}
	})
}

// TestHostileMigration has a schema of an earlier version brought up to date under such a path.
func TestHostileMigration(t *testing.T) {
	pool := hostilePool(t, evil(t)+",pg_catalog", hostileTemp)
	for version := 1; version < schemaVersion; version++ {
		schema := freshSchema(t)
		older(t, connect(t), schema, version)
		works(t, migrated(t, pool, schema))
	}
}
