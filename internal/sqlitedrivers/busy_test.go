package sqlitedrivers

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// lock has another connection hold the lock for writing, until release is called.
func lock(t *testing.T, d sqlDriver, file string) (release func()) {
	t.Helper()
	c, err := d.open(t, file, wal).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run(t, c, "BEGIN IMMEDIATE")
	return sync.OnceFunc(func() {
		run(t, c, "COMMIT")
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// noTransaction expects no connection of the pool, which nobody else uses, to have a transaction open.
func noTransaction(t *testing.T, db *sql.DB) {
	t.Helper()
	for range max(1, db.Stats().OpenConnections) {
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() // in the end, so that each is another one
		run(t, c, "BEGIN", "ROLLBACK")
	}
}

// TestBusy has somebody else hold the lock for longer than a call waits, or for a part of that.
func TestBusy(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for name, busy := range map[string]int{"at once": 0, "in time": 50, "too late": 60_000} {
			t.Run(name, func(t *testing.T) {
				if busy > 50 && d.name == "mattn" {
					busy = 1000 // its wait does not end with the context
				}
				file := newFile(t)
				db := d.open(t, file, settings{busy: busy, pragmas: wal.pragmas, conns: 1})
				patient := store(t, db, &sqlitedb.Options{Timeout: time.Hour})
				s := impatient(t, db, 100*time.Millisecond)
				k, now := storetest.Create(t, patient, "ann", `{"a":{"b":1},"n":1}`)
				release := lock(t, d, file)
				defer release()
				for what, call := range storetest.Methods(s, k, now) {
					begin := time.Now()
					err := call(t.Context())
					if took := time.Since(begin); took > 5*time.Second {
						t.Errorf("%s took %v", what, took)
					}
					switch {
					case strings.HasPrefix(what, "Load") || what == "List":
						if err != nil { // readers do not mind
							t.Errorf("%s: %v", what, err)
						}
					default:
						is(t, what, err, driver.ErrUnavailable)
						if err != nil && !strings.Contains(err.Error(), "locked") {
							t.Errorf("%s: the error does not say why: %v", what, err)
						}
					}
				}
				noTransaction(t, db)

				if name == "at once" {
					storetest.NamesRefusal(t, patient, k, now, "locked")
					noTransaction(t, db)
				}
				storetest.Outlasts(t, patient, k, now, release)
			})
		}
	})
}

// TestReaderHoldsCommit: without a write-ahead log a transaction cannot be committed while others read, for as long as a call waits.
func TestReaderHoldsCommit(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for _, busy := range []int{10, 60_000} {
			t.Run(fmt.Sprint(busy), func(t *testing.T) { readerHoldsCommit(t, d, busy) })
		}
	})
}

func readerHoldsCommit(t *testing.T, d sqlDriver, busy int) {
	if busy > 50 && d.name == "mattn" {
		busy = 1000 // its wait does not end with the context
	}
	file := newFile(t)
	o := settings{busy: busy, pragmas: []string{"journal_mode=delete"}, conns: 1}
	db, other := d.open(t, file, o), d.open(t, file, o)
	patient := store(t, db, &sqlitedb.Options{Timeout: time.Hour})
	s := impatient(t, db, 100*time.Millisecond)
	k, now := storetest.Create(t, patient, "ann", `{"n":1}`)
	rows, err := other.Query("SELECT name FROM sqlite_master")
	if err != nil || !rows.Next() {
		t.Fatal(err, rows.Err())
	}
	begin := time.Now()
	err = inc(t.Context(), s, k)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Update took %v", took)
	}
	is(t, "Update", err, driver.ErrUnavailable)
	if err != nil && !strings.Contains(err.Error(), "locked") {
		t.Errorf("the error does not say why: %v", err)
	}
	noTransaction(t, db)
	counts := func() int64 {
		r, err := patient.Load(t.Context(), now, k)
		if err != nil {
			t.Fatal(err)
		}
		return r.Data.Get("n").Int()
	}
	if n := counts(); n != 1 {
		t.Errorf("n is %d after a commit that was given up", n)
	}
	done := make(chan error)
	go func() { done <- inc(t.Context(), patient, k) }()
	time.AfterFunc(50*time.Millisecond, func() { rows.Close() })
	if err := <-done; err != nil {
		t.Errorf("Update while others read for a while: %v", err)
	}
	if n := counts(); n != 2 {
		t.Errorf("n is %d, want 2", n)
	}
}

// TestPoolInUse has the application hold the one connection of its pool, in a transaction of its own.
func TestPoolInUse(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, newFile(t), settings{busy: 60_000, pragmas: wal.pragmas, conns: 1})
		patient := store(t, db, &sqlitedb.Options{Timeout: time.Minute})
		s := impatient(t, db, 50*time.Millisecond)
		run(t, db, "CREATE TABLE note (text)")
		k, now := storetest.Create(t, patient, "ann", `{"a":{"b":1},"n":1}`)
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		run(t, tx, "INSERT INTO note VALUES ('kept')")
		for what, call := range storetest.Methods(s, k, now) {
			err := call(t.Context())
			is(t, what, err, driver.ErrUnavailable)
			if err != nil && !strings.Contains(err.Error(), "all connections of the pool are in use") {
				t.Errorf("%s: the error does not say why: %v", what, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		is(t, "Update", inc(ctx, s, k), context.Canceled)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		counts(t, patient, k, 1)
		if n := number(t, db, "SELECT count(*) FROM note"); n != 1 {
			t.Errorf("%d rows of the application, want 1", n)
		}
	})
}

// TestForeignTransaction has the application leave a transaction open in the pool: its own, which is left alone.
func TestForeignTransaction(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, newFile(t), settings{busy: 5000, pragmas: wal.pragmas, conns: 1})
		s := store(t, db, nil)
		run(t, db, "CREATE TABLE note (text)")
		k, _ := storetest.Create(t, s, "ann", `{"n":1}`)
		run(t, db, "BEGIN", "INSERT INTO note VALUES ('kept')")
		is(t, "Update", inc(t.Context(), s, k), driver.ErrUnavailable)
		run(t, db, "COMMIT")
		if n := number(t, db, "SELECT count(*) FROM note"); n != 1 {
			t.Errorf("%d rows of the application, want 1", n)
		}
		counts(t, s, k, 1)
	})
}

// TestInterrupted has the contexts of calls end before, in and after them. What a connection has to do with that stays with it.
func TestInterrupted(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for name, conns := range map[string]int{"one connection": 1, "many": 0} {
			t.Run(name, func(t *testing.T) {
				db := d.open(t, newFile(t), settings{busy: 5000, pragmas: wal.pragmas, conns: conns})
				s := store(t, db, nil)
				calls := 100
				if storetest.All() {
					calls = 500
				}
				faults.Interrupted(t, s, calls)
				noTransaction(t, db)
				consistent(t, db)
			})
		}
	})
}

// TestLockComesAndGoes has another program lock the database again and again while calls are made.
func TestLockComesAndGoes(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		file := newFile(t)
		db := d.open(t, file, settings{busy: 1, pragmas: []string{"journal_mode=delete"}})
		patient := store(t, db, &sqlitedb.Options{Timeout: time.Minute})
		s := impatient(t, db, 20*time.Millisecond)
		other, err := d.open(t, file, settings{busy: 5000}).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		l := faults.NewLoad(t, patient, 3)
		l.Start(s, 4)
		for range 5 {
			l.Progress(5)
			storetest.WaitUntil(t, "it has the lock", func() bool {
				_, err := other.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
				return err == nil
			})
			time.Sleep(50 * time.Millisecond) // longer than a call waits
			run(t, other, "COMMIT")
		}
		l.Stop()
		if a := l.Account(); a.Refused == 0 || a.Unknown != 0 {
			t.Errorf("no call has met the lock, or an outcome is unknown: %v", a)
		}
		l.SettleAll()
		consistent(t, db)
	})
}
