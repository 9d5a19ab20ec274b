package pgstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"

	"github.com/atomicsession/atomicsession/internal/storetest"
)

// role makes a role that may do nothing but log in, and returns its name and the URL with which it does.
func role(t *testing.T) (name, url string) {
	t.Helper()
	admin, name := connect(t), freshName()
	exec(t, admin, "CREATE ROLE "+name+" LOGIN PASSWORD 'role-secret'")
	t.Cleanup(func() { exec(t, admin, "DROP OWNED BY "+name+" CASCADE; DROP ROLE "+name) })
	return name, with(t, serverURL, "user", name+":role-secret")
}

func TestOwnerOfDatabase(t *testing.T) {
	admin := connect(t)
	name, url := role(t)
	exec(t, admin, "CREATE DATABASE "+name+" OWNER "+name)
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	works(t, migrated(t, dial(t, with(t, url, "database", name)), ""))
}

func TestOwnerOfSchema(t *testing.T) {
	admin, schema := connect(t), freshSchema(t)
	name, url := role(t)
	exec(t, admin, "CREATE SCHEMA "+schema+" AUTHORIZATION "+name)
	pool := dial(t, url)
	migrated(t, pool, schema)
	works(t, migrated(t, pool, schema))
}

// TestSeparateRoles has one role that migrates, and another that the program runs as.
func TestSeparateRoles(t *testing.T) {
	admin, schema := connect(t), freshSchema(t)
	owner, ownerURL := role(t)
	user, userURL := role(t)
	exec(t, admin, "CREATE SCHEMA "+schema+" AUTHORIZATION "+owner)
	migrated(t, dial(t, ownerURL), schema)
	exec(t, admin, "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA "+schema+" FROM PUBLIC")
	pool := dial(t, userURL)
	s := over(t, pool, &Options{Schema: schema})

	deniedAll(t, s)
	grant(t, admin, schema, user)
	works(t, s)
	// A program may call Migrate at its start although there is nothing for it to do.
	for _, w := range []way{byPool, byPgx, byPq} {
		works(t, w.migrated(t, userURL, &Options{Schema: schema}))
	}
}

// TestNestedDenied has a program that may not install the functions for updates inside lists, and then may not call them: such updates work.
func TestNestedDenied(t *testing.T) {
	admin, schema := connect(t), freshSchema(t)
	migrated(t, admin, schema)
	user, url := role(t)
	grant(t, admin, schema, user)
	exec(t, admin, "DROP FUNCTION "+schema+".nested_v6")
	pool := dial(t, url)
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"n":[0]}`)
	u := driver.Update{Ops: []driver.Op{driver.Elements{Path: "n", Do: []driver.Op{driver.Inc{By: driver.IntValue(1)}}}}}
	update := func() {
		t.Helper()
		if _, err := s.Update(t.Context(), now, k, &u); err != nil {
			t.Error(err)
		}
	}
	update()
	migrated(t, admin, schema)
	exec(t, admin, "REVOKE EXECUTE ON FUNCTION "+schema+".nested_v6 FROM PUBLIC")
	update()
	grant(t, admin, schema, user)
	update()
	if r, err := s.Load(t.Context(), now, k); err != nil || r.Data.Text() != `{"n":[3]}` {
		t.Errorf("the session is %s (error: %v)", r.Data.Text(), err)
	}
	migrated(t, pool, schema)
	exec(t, admin, "REVOKE ALL ON ALL TABLES IN SCHEMA "+schema+" FROM "+user)
	if _, err := s.Update(t.Context(), now, k, &u); !errors.Is(err, driver.ErrUnavailable) || !strings.Contains(err.Error(), "privilege") {
		t.Errorf("without any privilege: error %v, want %v", err, driver.ErrUnavailable)
	}
}

// grant gives the role what docs/postgresql.md says that a program needs.
func grant(t *testing.T, admin *pgxpool.Pool, schema, name string) {
	t.Helper()
	exec(t, admin, `
		GRANT USAGE ON SCHEMA `+schema+` TO `+name+`;
		GRANT SELECT, INSERT, UPDATE, DELETE ON `+schema+`.session, `+schema+`.field TO `+name+`;
		GRANT SELECT ON `+schema+`.version TO `+name+`;
		GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA `+schema+` TO `+name)
}

// deniedAll expects every method to say that it may not.
func deniedAll(t *testing.T, s *Store) {
	t.Helper()
	for name, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
		err := call(t.Context())
		if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(err.Error(), "privilege") {
			t.Errorf("%s: error %v, want %v because a privilege is missing", name, err, driver.ErrUnavailable)
		}
	}
}

// TestReader has a role that may only read.
func TestReader(t *testing.T) {
	admin, schema := connect(t), freshSchema(t)
	name, url := role(t)
	s := migrated(t, admin, schema)
	exec(t, admin, "GRANT USAGE ON SCHEMA "+schema+" TO "+name+"; GRANT SELECT ON ALL TABLES IN SCHEMA "+schema+" TO "+name)
	k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
	reader := over(t, dial(t, url), &Options{Schema: schema})
	for name, call := range storetest.Methods(reader, k, now) {
		err := call(t.Context())
		if reads(name) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
		}
	}
	counts(t, s, k, now, 1)
}

// TestMigrateDenied has roles that may not make what Migrate makes.
func TestMigrateDenied(t *testing.T) {
	admin := connect(t)
	name, url := role(t)
	pool := dial(t, url)
	schema := freshSchema(t)
	for _, setup := range []string{
		"SELECT 1", // no schema, and not the right to make one
		"CREATE SCHEMA " + schema,
		"GRANT USAGE ON SCHEMA " + schema + " TO " + name,
	} {
		exec(t, admin, setup)
		err := over(t, pool, &Options{Schema: schema}).Migrate(t.Context())
		if !errors.Is(err, driver.ErrUnavailable) || !strings.Contains(err.Error(), "privilege") {
			t.Errorf("after %s: error %v, want %v because a privilege is missing", setup, err, driver.ErrUnavailable)
		}
	}
	if n := ask[int](t, admin, "SELECT count(*) FROM pg_class WHERE relnamespace = $1::regnamespace", schema); n != 0 {
		t.Errorf("it has made %d things", n)
	}
}
