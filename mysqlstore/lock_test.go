package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// lockRows locks every session and field, as a transaction of the application's does, until it is told to stop or the test ends.
func lockRows(t *testing.T, s *Store) (release func()) {
	t.Helper()
	tx, err := connect(t).BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelReadCommitted}) // so that it locks no gaps
	must(t, err)
	release = sync.OnceFunc(func() { must(t, tx.Rollback()) })
	t.Cleanup(release)
	for _, table := range []string{"{session}", "{field}", "{turn}"} {
		rows, err := tx.QueryContext(t.Context(), s.sql.names.Replace("SELECT * FROM "+table+" FOR UPDATE"))
		must(t, err)
		for rows.Next() {
		}
		must(t, rows.Err())
	}
	return release
}

// waitForBlocked waits until at least so many transactions wait for a lock.
func waitForBlocked(t *testing.T, n int) {
	t.Helper()
	db := connect(t)
	waitUntil(t, "the locks are waited for", func() bool { return blocked(t, db) >= n })
}

// blocked returns how many transactions of the server wait for a lock. (The table innodb_trx is not renewed while somebody reads it often.)
func blocked(t *testing.T, db *sql.DB) int {
	t.Helper()
	return ask[int](t, db, "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Innodb_row_lock_current_waits'")
}

// TestHeldTooLong has a transaction of the application's hold a session until the server, or the context, gives up: nothing has happened.
func TestHeldTooLong(t *testing.T) {
	near := newStore(t)
	// Else what a DELETE waits for are gaps, too, where Create may have to put its row.
	committed := param("tx_isolation", "'READ-COMMITTED'")
	hasty := over(t, connect(t, committed, param("innodb_lock_wait_timeout", "1")), &Options{Prefix: near.opts.Prefix, Timeout: time.Second})
	k, now := create(t, near, "ann", `{"a":{"b":1},"n":1}`)
	release := lockRows(t, near)
	var done sync.WaitGroup
	for name, call := range storetest.Methods(hasty, k, now) {
		done.Go(func() {
			err := call(within(t, 30*time.Second))
			if reads(name) || name == "Create" || name == "Sweep" { // they wait for nobody
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
				t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
			}
		})
	}
	done.Go(func() {
		_, err := hasty.Update(within(t, 30*time.Second), now, k, signIn("bob", driver.SessionLimit{Max: 1, End: true}))
		if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("sign-in: error %v, want %v", err, driver.ErrUnavailable)
		}
	})
	done.Wait()
	release()
	counts(t, near, k, now, 1)
}

// TestHeld has an update, of each way, wait for a transaction of the application's, and go on.
func TestHeld(t *testing.T) {
	s := newStore(t)
	for _, path := range []driver.Path{"n", "a.n"} {
		k, now := create(t, s, "", `{"a":{"n":1},"n":1}`)
		release := lockRows(t, s)
		done := make(chan error, 1)
		go func() {
			_, err := s.Update(within(t, time.Minute), now, k, inc(path))
			done <- err
		}()
		waitForBlocked(t, 1)
		release()
		must(t, <-done)
		if r, err := s.Load(t.Context(), now, k); err != nil || r.Data.Lookup(path).Int() != 2 {
			t.Errorf("%s: the session is %s (error: %v)", path, r.Data.Text(), err)
		}
	}
}

// TestCancelledWhileBlocked ends the time of calls that wait for a lock: each takes effect once, or not at all.
func TestCancelledWhileBlocked(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	release := lockRows(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { _, err := s.Update(ctx, now, k, inc("n")); done <- err }()
	go func() { _, err := s.newOperation(now, k, inc("n")).inTx(ctx, [16]byte{1}, false); done <- err }()
	waitForBlocked(t, 2)
	cancel()
	unknown := int64(0)
	for range 2 {
		err := <-done
		if !errors.Is(err, context.Canceled) || !storetest.Matches(err, driver.ErrUnknownOutcome, driver.ErrUnavailable) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
		if errors.Is(err, driver.ErrUnknownOutcome) {
			unknown++
		}
	}
	release()
	db := connect(t)
	waitUntil(t, "nobody waits any more", func() bool { return blocked(t, db) == 0 })
	if _, err := s.Update(t.Context(), now, k, inc("m")); err != nil { // after those that had to wait
		t.Error(err)
	}
	r, err := s.Load(t.Context(), now, k)
	if n := r.Data.Get("n").Int(); err != nil || n > 1+unknown || unknown > 1 {
		t.Errorf("n is %d with %d unknown outcomes (error: %v)", n, unknown, err)
	}
}

// TestKilled kills the connections and the statements of a store in mid-load, again and again.
func TestKilled(t *testing.T) {
	for _, kill := range []string{"KILL CONNECTION", "KILL QUERY"} {
		t.Run(kill, func(t *testing.T) {
			near := newStore(t)
			user, as := role(t)
			grantUse(t, near, user)
			l := load(t, over(t, connect(t, as), &Options{Prefix: near.opts.Prefix, Timeout: time.Minute}), near)
			admin := connect(t)
			for range 30 {
				time.Sleep(time.Duration(randomMillis(15)) * time.Millisecond)
				for _, id := range processes(t, admin, user) {
					_, _ = admin.ExecContext(t.Context(), fmt.Sprint(kill, " ", id)) // it may be gone
				}
			}
			l.Progress(100) // it works again
			l.SettleAll()
		})
	}
}

// processes returns the numbers of a user's connections.
func processes(t *testing.T, db *sql.DB, user string) (ids []int64) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM information_schema.processlist WHERE user = '"+user+"'")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var id int64
		must(t, rows.Scan(&id))
		ids = append(ids, id)
	}
	must(t, rows.Err())
	return ids
}

// TestInterrupted has the server end statements that take long: nothing stays locked, and no transaction stays open.
func TestInterrupted(t *testing.T) {
	near := newStore(t)
	db := connect(t, param("max_statement_time", "0.3"))
	db.SetMaxOpenConns(1)
	hasty := over(t, db, &Options{Prefix: near.opts.Prefix, Timeout: time.Second})
	k, now := create(t, near, "ann", `{"n":1}`)
	release := lockRows(t, near)
	for _, path := range []driver.Path{"n", "a.b"} {
		// A call may have ended before or after its commit, and nobody can look as long as the session is held.
		_, err := hasty.Update(within(t, 20*time.Second), now, k, inc(path))
		if !storetest.Matches(err, driver.ErrUnavailable, driver.ErrUnknownOutcome) {
			t.Errorf("error %v, want %v or %v", err, driver.ErrUnavailable, driver.ErrUnknownOutcome)
		}
	}
	release()
	counts(t, near, k, now, 1)
	if n := ask[int](t, db, "SELECT @@in_transaction"); n > 0 {
		t.Error("a transaction is open")
	}
}

// TestDeadlock has an application lock two sessions in another order than the store: what the server ends is tried again.
func TestDeadlock(t *testing.T) {
	s := newStore(t)
	a, now := create(t, s, "ann", `{}`)
	b, _ := create(t, s, "ann", `{}`)
	if a.ID.Compare(b.ID) > 0 {
		a, b = b, a
	}
	tx, err := connect(t).BeginTx(t.Context(), nil)
	must(t, err)
	lock := func(k driver.Key) {
		_, err := tx.ExecContext(t.Context(), s.sql.names.Replace("UPDATE {session} SET last_used = last_used + 1 WHERE id = x'"+hexOf(k.ID)+"'"))
		if err != nil {
			t.Logf("the application's own: %v", err)
		}
	}
	lock(b)
	done := make(chan error, 1)
	go func() {
		n, _, err := s.DeleteMany(within(t, time.Minute), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
		if n != 2 && err == nil {
			err = fmt.Errorf("it has ended %d sessions", n)
		}
		done <- err
	}()
	waitForBlocked(t, 1)
	lock(a)
	_ = tx.Rollback()
	must(t, <-done)
}
