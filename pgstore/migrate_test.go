package pgstore

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"

	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

func TestMigrateTwice(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"n":1}`)
	counts(t, migrated(t, pool, schema), k, now, 1)
}

// TestNestedNotYet has a schema of this version whose functions are of the time before those for updates that look and write inside values:
// such updates take more statements, and Migrate brings the functions.
func TestNestedNotYet(t *testing.T) {
	var sent counter
	pool, schema := dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }), freshSchema(t)
	s := migrated(t, pool, schema)
	exec(t, pool, "DROP FUNCTION "+schema+".nested_v6, "+schema+".meets")
	k, now := create(t, s, "ann", `{"n":[0],"m":0}`)
	u := driver.Update{Ops: []driver.Op{driver.Elements{Path: "n", Do: []driver.Op{driver.Inc{By: driver.IntValue(1)}}}, inc("m").Ops[0]}}
	for i, statements := range []int64{3, 3, 1} {
		if i == 2 {
			migrated(t, pool, schema)
		}
		before := sent.statements.Load()
		if _, err := s.Update(t.Context(), now, k, &u); err != nil {
			t.Fatal(err)
		}
		if n := sent.statements.Load() - before; n != statements {
			t.Errorf("%d statements, want %d", n, statements)
		}
	}
	if r, err := s.Load(t.Context(), now, k); err != nil || r.Data.Text() != `{"m":3,"n":[3]}` {
		t.Errorf("the session is %s (error: %v)", r.Data.Text(), err)
	}
}

// TestMigrateTogether has several programs start at once.
func TestMigrateTogether(t *testing.T) {
	for range 3 {
		schema := freshSchema(t)
		var stores []*Store
		for i := range 10 {
			w := []way{byPool, byPgx, byPq}[i%3]
			stores = append(stores, w.open(t, serverURL, 0, &Options{Schema: schema}))
		}
		start := make(chan struct{})
		var done sync.WaitGroup
		for _, s := range stores {
			done.Go(func() {
				<-start
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		done.Wait()
		k, now := create(t, stores[0], "ann", `{"n":1}`)
		counts(t, stores[9], k, now, 1)
	}
}

// TestMigrateUnderLoad migrates again what is in use.
func TestMigrateUnderLoad(t *testing.T) {
	schema := freshSchema(t)
	s := migrated(t, connect(t), schema)
	l := faults.NewLoad(t, s, 3)
	l.Start(s, 8)
	again := over(t, connect(t), &Options{Schema: schema})
	for range 20 {
		if err := again.Migrate(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if sum := l.SettleAll(); sum.Unknown+sum.Refused > 0 {
		t.Errorf("%d updates are unknown, %d were refused", sum.Unknown, sum.Refused)
	}
}

func TestSchemaNames(t *testing.T) {
	pool := connect(t)
	for _, schema := range []string{freshName() + "UpperCase", freshName() + ` with "quotes", blanks and ünicode`, freshName() + ";--'"} {
		t.Cleanup(func() { exec(t, pool, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE") })
		s := migrated(t, pool, schema)
		k, now := create(t, s, "ann", `{"n":1}`)
		counts(t, s, k, now, 1)
		if n := ask[int](t, pool, "SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema); n != 1 {
			t.Errorf("the schema %s is not there", schema)
		}
	}
}

// TestSchemasApart has two applications in one database.
func TestSchemasApart(t *testing.T) {
	a, b := newStore(t), newStore(t)
	k, now := create(t, a, "ann", `{"n":1}`)
	if _, err := b.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("error %v, want %v", err, driver.ErrNotFound)
	}
	counts(t, a, k, now, 1)
}

func TestNotMigrated(t *testing.T) {
	s := over(t, connect(t), &Options{Schema: freshName()})
	for name, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
		err := call(t.Context())
		if !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), "Migrate") {
			t.Errorf("%s: error %v, want %v that names Migrate", name, err, driver.ErrUnavailable)
		}
	}
}

// TestNewerVersion has a schema that a later release of the package has migrated.
func TestNewerVersion(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"n":1}`)
	exec(t, pool, "UPDATE "+schema+".version SET version = version + 1")
	if err := s.Migrate(t.Context()); !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) {
		t.Errorf("error %v, want %v and %v", err, driver.ErrUnavailable, driver.ErrLayout)
	}
	storetest.WritesLayout(t, "doc.go", schemaVersion)
	if n := ask[int](t, pool, "SELECT version FROM "+schema+".version"); n != schemaVersion+1 {
		t.Errorf("it is version %d now", n)
	}
	counts(t, s, k, now, 1) // what Migrate could not use, it left alone
}

func TestMigrateCancelled(t *testing.T) {
	schema := freshSchema(t)
	s := over(t, connect(t), &Options{Schema: schema})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Migrate(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if n := ask[int](t, connect(t), "SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema); n != 0 {
		t.Error("it has made something")
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}
