package pgstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// createOlder is how programs of versions 1 and 2 create a session.
const createOlder = `
WITH created AS (
  INSERT INTO {schema}.session (id, verifier, username, label, created, used, expires, deadline, size, ops)
  VALUES ($1::bytea, $2::bytea, $3::text, 'Firefox', $4::bigint, $5::bigint, $6::bigint, $7::bigint, 100, substr($2, 1, 16))
  RETURNING id
), fields AS (
  INSERT INTO {schema}.field (session, name, value)
  SELECT id, name, value FROM created, (VALUES ('a', '{"$json":"{\"b\":1}"}'), ('n', '1')) AS new (name, value)
)
SELECT count(*) FROM created`

const (
	lifetimes = 3 // is the version since which sessions know how long they live,
	attrs     = 5 // and that since which their label is an attribute
)

// olderProgram is a program of an earlier version, as far as its statements matter here.
type olderProgram struct {
	s      *Store
	create string
}

// older makes a schema of an earlier version, and a program of its time.
func older(t *testing.T, pool *pgxpool.Pool, schema string, version int) olderProgram {
	t.Helper()
	sql := render(schema, "sql/migrations/schema.sql")
	for v := 1; v <= version; v++ {
		sql += render(schema, fmt.Sprintf("sql/migrations/%d.sql", v))
	}
	for _, name := range []string{"quick", "update"} {
		sql += fmt.Sprintf("CREATE FUNCTION %s.%s_v%d(bytea) RETURNS text[] LANGUAGE sql AS 'SELECT NULL::text[]';", schema, name, version)
	}
	exec(t, pool, sql+fmt.Sprintf("UPDATE %s.version SET version = %d", schema, version))
	create := strings.ReplaceAll(createOlder, "{schema}", schema)
	if version >= lifetimes {
		create = strings.NewReplacer("size", "bytes", "expires, ", "expires, lifetime, ", "$6::bigint, ", "$6::bigint, $6 - $5, ").Replace(create)
	}
	if version >= attrs {
		create = strings.NewReplacer("label", "attrs", "'Firefox'", `'{"label":"Firefox"}'`).Replace(create)
	}
	p := olderProgram{over(t, pool, &Options{Schema: schema}), create}
	for _, sql := range []*string{&p.s.sql.set, &p.s.sql.quick, &p.s.sql.update} {
		*sql = strings.ReplaceAll(*sql, fmt.Sprintf("_v%d(", schemaVersion), fmt.Sprintf("_v%d(", version))
	}
	return p
}

func (p olderProgram) createSession(ctx context.Context, k driver.Key, m driver.Meta) error {
	_, err := p.s.once(ctx, p.create, []any{
		k.ID[:], k.Verifier[:], optional(m.User, m.User != ""), m.Created.UnixMilli(), m.LastUsed.UnixMilli(), m.Expires.UnixMilli(), optional(m.Deadline.UnixMilli(), !m.Deadline.IsZero()),
	}, nil)
	return err
}

// TestOlderVersion has a schema of each earlier version, with sessions, and programs of that version and of this one. What a program
// cannot do with the schema of the other it refuses.
func TestOlderVersion(t *testing.T) {
	for version := 1; version < schemaVersion; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			pool, schema, ctx := connect(t), freshSchema(t), t.Context()
			before, now := older(t, pool, schema, version), over(t, pool, &Options{Schema: schema})
			k, r := storetest.NewRecord(t, "ann", `{}`)
			k.Verifier = driver.Secret{1}.Verifier()
			at := r.Created
			r.Created, r.Deadline = at.Add(-time.Hour), at.Add(3*time.Hour)
			if err := before.createSession(ctx, k, r.Meta); err != nil {
				t.Fatal(err)
			}
			refused := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) || errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(err.Error(), "Migrate") {
					t.Errorf("%s: error %v, want %v that names Migrate", what, err, driver.ErrUnavailable)
				}
			}
			methods := storetest.Methods(now, k, at)
			for _, name := range []string{"Create", "Load", "Load by user", "Load fields", "List", "Update", "Update, nested", "Update, set", "Update by user"} {
				refused("before Migrate: "+name, methods[name](ctx))
			}
			if err := now.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			methods = storetest.Methods(before.s, k, at)
			for _, name := range []string{"Update", "Update, nested", "Update, set"} {
				refused("the older program: "+name, methods[name](ctx))
			}
			refused("the older program: Create", before.createSession(ctx, storetest.NewKey(), r.Meta))

			r.Lifetime = r.Expires.Sub(r.LastUsed)
			got, err := now.Load(ctx, at, k)
			if err != nil || got.Meta != r.Meta || !got.Authenticated.IsZero() || !maps.Equal(got.Attrs, driver.Attrs{"label": "Firefox"}) {
				t.Errorf("the session is %+v, %v, %v (error: %v), want %+v with its label", got.Meta, got.Authenticated, got.Attrs, err, r.Meta)
			}
			counts(t, now, k, at, 1)
			if _, err := now.Update(ctx, at, k, inc("a.b")); !errors.Is(err, driver.ErrPath) {
				t.Errorf("a path into JSON: error %v, want %v", err, driver.ErrPath)
			}
			use := driver.Update{MaxAge: 24 * time.Hour, Renew: new(driver.Secret{2}.Verifier())}
			later := at.Add(30 * time.Minute)
			if res, err := now.Update(ctx, later, k, &use); err != nil || res.Meta != use.Meta(r.Meta, later) {
				t.Errorf("after a use it is %+v (error: %v), want %+v", res.Meta, err, use.Meta(r.Meta, later))
			}
			if r, err := now.Load(ctx, later, k); !errors.Is(err, driver.ErrRenewed) || !r.ID.IsZero() {
				t.Errorf("by the verifier before: %+v, error %v; want nothing and %v", r.Meta, err, driver.ErrRenewed)
			}
			if n := ask[int](t, pool, "SELECT count(*) FROM pg_proc WHERE pronamespace = $1::regnamespace AND proname LIKE '%v'||$2",
				schema, fmt.Sprint(version)); n != 0 {
				t.Errorf("%d functions of version %d are left", n, version)
			}
		})
	}
}

// TestOlderRenewal has a renewal of which an earlier version does not say whether it signed in.
func TestOlderRenewal(t *testing.T) {
	pool, schema, ctx := connect(t), freshSchema(t), t.Context()
	before, now := older(t, pool, schema, lifetimes-1), over(t, pool, &Options{Schema: schema})
	k, r := storetest.NewRecord(t, "ann", `{}`)
	old := k
	old.Verifier = driver.Secret{2}.Verifier()
	if err := before.createSession(ctx, k, r.Meta); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(ctx, "UPDATE "+schema+".session SET previous = $1, renewed = $2", old.Verifier[:], r.Created.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if err := now.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err := now.Load(ctx, r.Created, old); !errors.Is(err, driver.ErrRenewed) || !r.ID.IsZero() {
		t.Errorf("by the verifier before: %+v, error %v; want nothing and %v", r.Meta, err, driver.ErrRenewed)
	}
}
