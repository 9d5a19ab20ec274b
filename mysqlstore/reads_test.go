package mysqlstore

import (
	"database/sql"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestUncommitted has a transaction of the application's change sessions, and take that back: nobody who reads has seen it.
func TestUncommitted(t *testing.T) {
	near := newStore(t)
	far := over(t, connect(t, oddSettings["uncommitted"]), &near.opts)
	kept, now := create(t, near, "ann", `{"a":{"n":1},"n":1}`)
	ended, _ := create(t, near, "ann", `{"a":{"n":1},"n":1}`)
	tx, err := connect(t).BeginTx(t.Context(), nil)
	must(t, err)
	for _, statement := range []string{
		"UPDATE {field} SET value = '2' WHERE name = 'n'", "DELETE FROM {session} WHERE id = x'" + hexOf(ended.ID) + "'",
	} {
		_, err := tx.ExecContext(t.Context(), near.sql.names.Replace(statement))
		must(t, err)
	}
	sees(t, far, kept, now, 1, 2)
	sees(t, far, ended, now, 1, 2)
	must(t, tx.Rollback())
}

// sees expects every read of the store to find the session with n, and so many of its user's.
func sees(t *testing.T, s *Store, k driver.Key, now time.Time, n int64, sessions int) {
	t.Helper()
	r, err := s.Load(t.Context(), now, k)
	if err != nil || r.Data.Get("n").Int() != n {
		t.Errorf("Load: n is %d (error: %v), want %d", r.Data.Get("n").Int(), err, n)
	}
	r, err = s.LoadFields(t.Context(), now, k, []string{"n"})
	if err != nil || r.Data.Get("n").Int() != n {
		t.Errorf("LoadFields: n is %d (error: %v), want %d", r.Data.Get("n").Int(), err, n)
	}
	if all, err := s.List(t.Context(), now, "ann", driver.ID{}, 10); len(all) != sessions || err != nil {
		t.Errorf("List: %d sessions (error: %v), want %d", len(all), err, sessions)
	}
}

// TestReadInOldTransaction has a connection in which the application has left a transaction, and read: what the store reads is of now.
func TestReadInOldTransaction(t *testing.T) {
	near := newStore(t)
	for name, leave := range map[string]func(db *sql.DB){
		"begun":      func(db *sql.DB) { exec(t, db, "START TRANSACTION") },
		"autocommit": func(db *sql.DB) { exec(t, db, "SET autocommit = 0") },
	} {
		for _, exists := range []bool{true, false} {
			k, r := storetest.NewRecord(t, "", `{"n":1}`)
			if exists {
				must(t, near.Create(t.Context(), k.Verifier, r))
			}
			db := connect(t)
			db.SetMaxOpenConns(1)
			leave(db)
			ask[int](t, db, near.sql.names.Replace("SELECT COUNT(*) FROM {session}"))
			if exists {
				_, err := near.Update(t.Context(), r.Created.Add(time.Second), k, &driver.Update{Ops: inc("n").Ops, MaxAge: time.Hour})
				must(t, err)
			} else {
				must(t, near.Create(t.Context(), k.Verifier, r))
			}
			got, err := over(t, db, &near.opts).Load(t.Context(), r.Created, k)
			if want := map[bool]int64{true: 2, false: 1}[exists]; err != nil || got.Data.Get("n").Int() != want {
				t.Errorf("%s: n is %d (error: %v), want %d", name, got.Data.Get("n").Int(), err, want)
			}
			if now, err := near.Load(t.Context(), r.Created, k); err != nil || got.Meta != now.Meta {
				t.Errorf("%s: it says %+v of itself, want %+v (error: %v)", name, got.Meta, now.Meta, err)
			}
			if n := ask[int](t, db, "SELECT @@in_transaction"); n > 0 {
				t.Errorf("%s: a transaction is open", name)
			}
		}
	}
}
