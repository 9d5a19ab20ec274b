package sqlitedrivers

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// TestMemory has databases that are in no file, one of which connections share.
func TestMemory(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for name, o := range map[string]struct {
			file string
			settings
		}{
			"one connection": {":memory:", settings{busy: 5000, conns: 1}},
			"shared cache":   {"/shared", settings{busy: 5000, params: d.shared}},
			"UTF-16":         {newFile(t), settings{busy: 5000, conns: 1}},
		} {
			t.Run(name, func(t *testing.T) {
				db := d.open(t, o.file, o.settings)
				keep, err := db.Conn(t.Context()) // what is in memory is gone with the last connection
				if err != nil {
					t.Fatal(err)
				}
				if o.conns == 1 {
					if name == "UTF-16" {
						run(t, keep, "PRAGMA encoding = 'UTF-16'")
					}
					if err := keep.Close(); err != nil {
						t.Fatal(err)
					}
				} else {
					defer keep.Close()
				}
				s := store(t, db, &sqlitedb.Options{Timeout: time.Minute})
				storetest.Works(t, s)
				k, now := storetest.Create(t, s, "ann", `{"n":0,"é":1,"\uffee":3,"𝄞":2}`)
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() {
						for range 5 {
							if err := inc(t.Context(), s, k); err != nil {
								t.Error(err)
							}
							if _, err := s.Load(t.Context(), now, k); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				counts(t, s, k, 40)
				noTransaction(t, db)
			})
		}
	})
}

// TestMemoryOfEach has a database in memory for each of several connections: the error says so.
func TestMemoryOfEach(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, ":memory:", settings{busy: 5000})
		s := store(t, db, nil)
		migrated, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer migrated.Close()
		_, err = s.Load(t.Context(), time.Now(), storetest.NewKey())
		is(t, "Load", err, driver.ErrUnavailable)
		if !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), ":memory:") {
			t.Errorf("the error does not say why: %v", err)
		}
	})
}

// TestReadOnly has a database that this program may only read.
func TestReadOnly(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		file := newFile(t)
		s := store(t, d.open(t, file, settings{busy: 5000}), nil)
		k, now := storetest.Create(t, s, "ann", `{"a":{"b":1},"n":1}`)
		reader := store(t, d.open(t, file, settings{busy: 5000, params: []string{"mode=ro"}}), nil) // Migrate has nothing to do
		for name, call := range storetest.Methods(reader, k, now) {
			if err := call(t.Context()); strings.HasPrefix(name, "Load") || name == "List" {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else {
				is(t, name, err, driver.ErrUnavailable)
			}
		}
		other, err := sqlitedb.New(d.open(t, file, settings{busy: 5000, params: []string{"mode=ro"}}), &sqlitedb.Options{Prefix: "other_"})
		if err != nil {
			t.Fatal(err)
		}
		is(t, "Migrate", other.Migrate(t.Context()), driver.ErrUnavailable)
		counts(t, s, k, 1)
	})
}

// TestNoDatabase has files that are none, or cannot be opened, and a database that is closed.
func TestNoDatabase(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		text := newFile(t)
		if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		closed := d.open(t, newFile(t), settings{})
		if err := closed.Close(); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			store func() (*sqlitedb.Store, error)
			want  error
		}{
			"text":      {func() (*sqlitedb.Store, error) { return sqlitedb.New(d.open(t, text, settings{}), nil) }, driver.ErrCorrupt},
			"no folder": {func() (*sqlitedb.Store, error) { return sqlitedb.New(d.open(t, "/no/folder/x", settings{}), nil) }, driver.ErrUnavailable},
			"closed":    {func() (*sqlitedb.Store, error) { return sqlitedb.New(closed, nil) }, driver.ErrUnavailable},
		} {
			s, err := c.store()
			if err != nil {
				t.Fatal(err)
			}
			is(t, name+", Migrate", s.Migrate(t.Context()), c.want)
			for method, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
				is(t, name+", "+method, call(t.Context()), c.want)
			}
		}
	})
}

// TestFull has a database that may not grow.
func TestFull(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, newFile(t), settings{busy: 5000, pragmas: wal.pragmas, conns: 1})
		s := store(t, db, nil)
		run(t, db, "PRAGMA max_page_count = 200")
		text := strings.Repeat("x", 20_000)
		var keys []driver.Key
		for {
			k, r := storetest.NewRecord(t, "ann", `{"n":0,"text":"`+text+`"}`)
			err := s.Create(t.Context(), k.Verifier, r)
			if err != nil {
				is(t, "Create", err, driver.ErrFull)
				break
			}
			keys = append(keys, k)
		}
		if len(keys) < 5 {
			t.Fatalf("room for %d sessions alone", len(keys))
		}
		grow := &driver.Update{Ops: []driver.Op{driver.Set{Path: "more", Value: driver.StringValue(text + text)}}}
		_, err := s.Update(t.Context(), time.Now(), keys[0], grow)
		is(t, "Update", err, driver.ErrFull)
		noTransaction(t, db)
		for _, k := range keys {
			if r, err := s.Load(t.Context(), time.Now(), k); err != nil || r.Data.Get("text").Str() != text || r.Data.Len() != 2 {
				t.Errorf("a session has changed: %v", err)
			}
		}
		consistent(t, db)
		for _, k := range keys[1:] {
			if err := s.Delete(t.Context(), time.Now(), k); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Update(t.Context(), time.Now(), keys[0], grow); err != nil {
			t.Errorf("Update once there is room: %v", err)
		}
	})
}

// TestDamaged has rows and values that somebody else has written.
func TestDamaged(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		db := d.open(t, newFile(t), wal)
		s := store(t, db, nil)
		for _, damage := range []string{
			"UPDATE atomicsession_session SET verifier = x'00'", "UPDATE atomicsession_session SET verifier = 'text'",
			"UPDATE atomicsession_session SET attrs = 'x'", "UPDATE atomicsession_session SET user = x'ff'",
			"UPDATE atomicsession_fields SET value = x'' WHERE name = 'n'",
		} {
			k, now := storetest.Create(t, s, "ann", `{"n":1}`)
			run(t, db, damage)
			_, err := s.Load(t.Context(), now, k)
			is(t, damage, err, driver.ErrCorrupt)
			run(t, db, "DELETE FROM atomicsession_session")
		}
		k, now := storetest.Create(t, s, "ann", `{"a":1,"n":1}`)
		run(t, db, "UPDATE atomicsession_fields SET value = '}' WHERE name = 'n'")
		storetest.DamagedField(t, s, k, now)
		consistentFields := number(t, db, "SELECT count(*) FROM atomicsession_fields")
		if consistentFields != 2 {
			t.Errorf("%d fields, want 2", consistentFields)
		}
	})
}

// TestApplication has an application with all drivers, each with a database of its own, and a file of sessions' own beside them, and
// writes of its own in transactions of its own, in the same pools.
func TestApplication(t *testing.T) {
	own, err := sqlitestore.Open(t.Context(), newFile(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	stores := []driver.Store{own}
	var wg sync.WaitGroup
	const notes = 50
	for _, d := range drivers {
		db := d.open(t, newFile(t), wal)
		run(t, db, "CREATE TABLE note (n INTEGER)", "INSERT INTO note VALUES (0)")
		stores = append(stores, store(t, db, nil))
		defer func() {
			if n := number(t, db, "SELECT n FROM note"); n != notes {
				t.Errorf("%s: %d notes of the application, want %d", d.name, n, notes)
			}
		}()
		wg.Go(func() {
			for range notes {
				c, err := db.Conn(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				for _, sql := range []string{"BEGIN IMMEDIATE", "UPDATE note SET n = n + 1", "COMMIT"} {
					if _, err := c.ExecContext(t.Context(), sql); err != nil {
						t.Errorf("%s: %s: %v", d.name, sql, err)
					}
				}
				c.Close()
			}
		})
	}
	for _, s := range stores {
		k, now := storetest.Create(t, s, "ann", `{"n":0}`)
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for range 25 {
					if err := inc(t.Context(), s, k); err != nil {
						t.Error(err)
					}
				}
			})
		}
		clients.Wait()
		storetest.Counts(t, s, k, now, 100)
	}
	wg.Wait()
}

// TestHeavy has updates that are worked out before the transaction, of one session by two programs, beside light ones.
func TestHeavy(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		a, b := d.both(t, wal)
		k, now := storetest.Create(t, a, "ann", `{"l":[],"n":0}`)
		push := driver.Push{Path: "l", Each: make([]driver.Value, 2000), Slice: new(5000), Sort: []driver.Sort{{}}}
		for i := range push.Each {
			push.Each[i] = driver.IntValue(int64(i))
		}
		count := driver.Inc{Path: "n", By: driver.IntValue(1)}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s := []driver.Store{a, b}[i%2]
				for round := range 3 {
					u := &driver.Update{Ops: []driver.Op{count}}
					if (i/2+round)%2 == 0 {
						u.Ops = append(u.Ops, push)
					}
					if _, err := s.Update(t.Context(), time.Now(), k, u); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		storetest.Counts(t, a, k, now, 24)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := a.Update(ctx, now, k, &driver.Update{Ops: []driver.Op{count, push}}); !errors.Is(err, context.Canceled) {
			t.Errorf("a heavy one whose time is over: %v", err)
		}
	})
}
