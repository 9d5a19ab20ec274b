package pgstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// lockRows locks every row of the schema, until it is told to stop or the test ends.
func lockRows(t *testing.T, schema string) (release func()) {
	t.Helper()
	pool, ctx := connect(t), context.Background()
	rows, err := pool.Query(ctx, "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'", pgx.Identifier{schema}.Sanitize())
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables %v (error: %v)", tables, err)
	}
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		if err := tx.Rollback(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	for _, table := range tables {
		if _, err := tx.Exec(ctx, "SELECT FROM "+pgx.Identifier{schema, table}.Sanitize()+" FOR UPDATE"); err != nil {
			t.Fatal(err)
		}
	}
	return release
}

// waitForBlocked waits until as many connections of the application wait for a lock.
func waitForBlocked(t *testing.T, application string, n int) {
	t.Helper()
	pool := connect(t)
	waitUntil(t, "the locks are waited for", func() bool {
		return ask[int](t, pool, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'", application) == n
	})
}

// TestCancelledWhileBlocked ends the time of updates that wait for a lock: they must not take effect when it is released.
func TestCancelledWhileBlocked(t *testing.T) { everyWay(t, testCancelledWhileBlocked) }

func testCancelledWhileBlocked(t *testing.T, w way) {
	application, schema := freshName(), freshSchema(t)
	near := migrated(t, connect(t), schema)
	far := w.open(t, with(t, serverURL, "application_name", application), 0, &Options{Schema: schema})
	k, now := create(t, near, "ann", `{"n":1}`)
	release := lockRows(t, schema)
	ctx, cancel := context.WithCancel(t.Context())
	writes := map[string]func() error{
		"Update":         func() error { _, err := far.Update(ctx, now, k, inc("n")); return err },
		"Delete":         func() error { return far.Delete(ctx, now, k) },
		"Delete by user": func() error { return far.Delete(ctx, now, driver.UserKey(k.ID, "ann")) },
		"DeleteMany": func() error {
			_, _, err := far.DeleteMany(ctx, now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			return err
		},
	}
	var done sync.WaitGroup
	for name, write := range writes {
		done.Go(func() {
			if err := write(); !errors.Is(err, context.Canceled) || !storetest.Matches(err, driver.ErrUnknownOutcome, driver.ErrUnavailable) {
				t.Errorf("%s: error %v, want %v", name, err, context.Canceled)
			}
		})
	}
	waitForBlocked(t, application, len(writes))
	cancel()
	done.Wait()
	waitForBlocked(t, application, 0) // the server was told, so it does not go on by itself
	release()
	counts(t, near, k, now, 1)
}

// TestTimeouts has the server give up waiting for a lock: nothing has happened, and nothing is unknown.
func TestTimeouts(t *testing.T) { everyWay(t, testTimeouts) }

func testTimeouts(t *testing.T, w way) {
	for _, setting := range []string{"lock_timeout", "statement_timeout"} {
		schema := freshSchema(t)
		near := migrated(t, connect(t), schema)
		far := w.open(t, with(t, serverURL, setting, "400"), 0, &Options{Schema: schema})
		k, now := create(t, near, "ann", `{"a":{"b":1},"n":1}`)
		counts(t, far, k, now, 1)
		release := lockRows(t, schema)
		for name, call := range storetest.Methods(far, k, now) {
			err := call(within(t, 20*time.Second))
			switch name {
			case "Load", "Load by user", "Load fields", "List", "Create", "Sweep": // they wait for nobody
				if err != nil {
					t.Errorf("%s: %s: %v", setting, name, err)
				}
			default:
				if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
					t.Errorf("%s: %s: error %v, want %v", setting, name, err, driver.ErrUnavailable)
				}
			}
		}
		release()
		counts(t, near, k, now, 1)
	}
}

// TestLockOutlasted has an update wait for a lock, and go on.
func TestLockOutlasted(t *testing.T) { everyWay(t, testLockOutlasted) }

func testLockOutlasted(t *testing.T, w way) {
	schema := freshSchema(t)
	near := migrated(t, connect(t), schema)
	k, now := create(t, near, "", `{"n":1}`)
	application := freshName()
	far := w.open(t, with(t, serverURL, "application_name", application), 0, &Options{Schema: schema})
	release := lockRows(t, schema)
	storetest.Outlasts(t, far, k, now, func() {
		waitForBlocked(t, application, 1)
		release()
	})
	counts(t, near, k, now, 2)
}

// TestDeadlock has somebody lock rows in another order than the store, so that the server ends one of the two: the store tries
// again.
func TestDeadlock(t *testing.T) {
	application, schema := freshName(), freshSchema(t)
	near := migrated(t, connect(t), schema)
	s := over(t, dial(t, with(t, serverURL, "application_name", application, "deadlock_timeout", "2s")), &Options{Schema: schema})
	a, now := create(t, near, "ann", `{}`)
	b, _ := create(t, near, "ann", `{}`)
	if bytes.Compare(a.ID[:], b.ID[:]) > 0 {
		a, b = b, a
	}
	// The other one would find the deadlock much later.
	tx, err := dial(t, with(t, serverURL, "deadlock_timeout", "60s")).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lock := func(k driver.Key) {
		if _, err := tx.Exec(t.Context(), "SELECT FROM "+schema+".session WHERE id = $1 FOR UPDATE", k.ID[:]); err != nil {
			t.Error(err)
		}
	}
	lock(b)
	done := make(chan error)
	pool := connect(t)
	before := deadlocks(t, pool)
	go func() {
		n, _, err := s.DeleteMany(within(t, time.Minute), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
		if n != 2 && err == nil {
			err = fmt.Errorf("it has ended %d sessions", n)
		}
		done <- err
	}()
	waitForBlocked(t, application, 1)
	lock(a)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	waitUntil(t, "the server has counted the deadlock", func() bool { return deadlocks(t, pool) > before })
}
