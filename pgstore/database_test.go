package pgstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestDatabaseOfPool has a database whose connections are those of a pool of pgx.
func TestDatabaseOfPool(t *testing.T) {
	near := newStore(t)
	pool := connect(t)
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { must(t, db.Close()) })
	s := overDB(t, db, &Options{Schema: near.schema})
	works(t, s)
	contend(t, s, 8, 20)
	if stat := pool.Stat(); stat.AcquiredConns() != 0 || stat.NewConnsCount() > int64(stat.MaxConns()) {
		t.Errorf("%d connections were not given back, %d were made", stat.AcquiredConns(), stat.NewConnsCount())
	}
}

// TestLostCreate loses the reply to a Create: it is not taken for another's, which database/sql would do that sends it again.
func TestLostCreate(t *testing.T) {
	everyWay(t, func(t *testing.T, w way) {
		n := w.reached(t).Link(t)
		for _, fault := range []faultproxy.Fault{faultproxy.DropReply, faultproxy.CutReply} {
			k, r := storetest.NewRecord(t, "ann", `{"n":1}`)
			met := n.Proxy.Once(fault, w.sent(k.ID))
			if err := n.Far.Create(t.Context(), k.Verifier, r); err != nil || !met() {
				t.Errorf("%v: error %v, met %t", fault, err, met())
			}
			if err := n.Far.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrExists) {
				t.Errorf("%v: once more: error %v, want %v", fault, err, driver.ErrExists)
			}
		}
	})
}

// TestCancelledInTransaction ends the time of a transaction before it commits, and before it is rolled back: the next call does not find itself
// in it.
func TestCancelledInTransaction(t *testing.T) {
	everyWay(t, func(t *testing.T, w way) {
		near := newStore(t)
		k, now := create(t, near, "ann", `{"n":1}`)
		s := w.open(t, serverURL, 1, &Options{Schema: near.schema})
		for _, failed := range []error{nil, context.Canceled} {
			ctx, cancel := context.WithCancel(t.Context())
			err := s.inTx(ctx, func(tx conn) error {
				if _, err := tx.query(ctx, s.sql.lock, []any{k.ID[:]}, nil, next); err != nil {
					return err
				}
				cancel()
				return failed
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want %v", err, context.Canceled)
			}
			counts(t, near, k, now, 1)
			alone := false
			_, err = s.once(t.Context(), "SELECT pg_current_xact_id_if_assigned() IS NULL", nil, &alone)
			if err != nil || !alone {
				t.Errorf("the next statement is one of the transaction (error: %v)", err)
			}
			if _, err := near.Update(within(t, 10*time.Second), now, k, &driver.Update{}); err != nil {
				t.Errorf("the session is still locked: %v", err)
			}
		}
	})
}

// TestArrayTexts has texts that must be quoted in the text form of an array.
func TestArrayTexts(t *testing.T) {
	texts := []string{"", "NULL", "null", `"`, `\`, "{}", "a,b", " a ", "\t", "\v", "\n", "\u00a0", "ünicode"}
	everyWay(t, func(t *testing.T, w way) {
		s := w.open(t, serverURL, 0, nil)
		var got []string
		bytes, nulls, same := [][]byte{{}, {0}, {'\\', '"', 255}}, []*string{nil, new("NULL"), nil}, false
		n, err := s.once(t.Context(), `SELECT $1::text[], $2::bytea[] = ARRAY['\x', '\x00', '\x5c22ff']::bytea[] AND $3::text[] IS NOT DISTINCT FROM ARRAY[NULL, 'NULL', NULL]`,
			[]any{texts, bytes, nulls}, &got, &same)
		if err != nil || n != 1 || !same || len(got) != len(texts) {
			t.Fatalf("%d rows, %q, the others are the same: %t (error: %v)", n, got, same, err)
		}
		for i, text := range texts {
			if got[i] != text {
				t.Errorf("%q is %q", text, got[i])
			}
		}
	})
}

// TestManyEnded has all connections ended while they are idle, more than there is time for to try each: a call passes them by. What pgx does
// of this itself is not tested here.
func TestManyEnded(t *testing.T) {
	const conns = 40
	application, admin, near := freshName(), connect(t), newStore(t)
	s := byPq.open(t, with(t, serverURL, "application_name", application), conns, &Options{Schema: near.schema})
	db := s.server.(*database)
	k, now := create(t, near, "ann", `{"n":1}`)
	endAll := func() {
		t.Helper()
		s.useAll(t, conns)
		n := ask[int](t, admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", application)
		if n != conns {
			t.Fatalf("%d connections were ended, want %d", n, conns)
		}
	}
	endAll()
	if _, err := s.Update(within(t, 3*time.Second), now, k, inc("n")); err != nil {
		t.Error(err)
	}
	counts(t, near, k, now, 2)
	endAll()
	db.used.Store(0) // a second and more ago
	other, r := storetest.NewRecord(t, "ann", `{}`)
	if err := s.Create(within(t, 3*time.Second), other.Verifier, r); err != nil {
		t.Error(err)
	}
}
