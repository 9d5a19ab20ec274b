package mysqlstore

import (
	"errors"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// oddSettings are those of connections that change what statements mean, how results look, or when a transaction begins.
var oddSettings = map[string]func(*mysql.Config){
	"sql_mode": param("sql_mode", "'ANSI,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH'"),
	"strict":   param("sql_mode", "'TRADITIONAL,ONLY_FULL_GROUP_BY'"),
	"driver": func(c *mysql.Config) {
		c.ParseTime, c.ClientFoundRows, c.ColumnsWithAlias, c.MultiStatements, c.InterpolateParams = true, true, true, true, true
		c.Loc = time.FixedZone("", 5*3600+45*60)
	},
	"autocommit":   param("autocommit", "0"),
	"latin1":       func(c *mysql.Config) { _ = c.Apply(mysql.Charset("latin1", "latin1_swedish_ci")) },
	"sjis":         func(c *mysql.Config) { _ = c.Apply(mysql.Charset("sjis", "sjis_japanese_ci")) },
	"repeatable":   param("tx_isolation", "'REPEATABLE-READ'"),
	"serializable": param("tx_isolation", "'SERIALIZABLE'"),
	"uncommitted":  param("tx_isolation", "'READ-UNCOMMITTED'"),
	"completion":   param("completion_type", "1"),
	"limit":        func(c *mysql.Config) { param("sql_select_limit", "1")(c); param("sql_safe_updates", "1")(c) },
	"foreign keys": param("foreign_key_checks", "0"),
	"autocommit too": func(c *mysql.Config) {
		param("autocommit", "0")(c)
		param("tx_isolation", "'SERIALIZABLE'")(c)
		c.ClientFoundRows = true
	},
}

// TestOddSettings runs a part of the conformance suite with each of them.
func TestOddSettings(t *testing.T) {
	t.Parallel()
	for name, change := range oddSettings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Again(t, opener(t, change))
		})
	}
}

// TestMigrateOddSettings has the tables and procedures made by such a connection: they are like any others.
func TestMigrateOddSettings(t *testing.T) {
	t.Parallel()
	for name, change := range oddSettings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prefix := freshPrefix(t)
			works(t, migrated(t, connect(t, change), prefix))
			s := migrated(t, connect(t), prefix)
			works(t, s)
			if has, err := s.HasProcedures(t.Context()); !has || err != nil {
				t.Errorf("it has procedures: %t, error %v", has, err)
			}
		})
	}
}

// TestAutocommitOff has connections in which every statement begins a transaction: none stays open, and what they read is never old.
func TestAutocommitOff(t *testing.T) {
	near := newStore(t)
	db := connect(t, oddSettings["autocommit too"])
	db.SetMaxOpenConns(1)
	far := over(t, db, &near.opts)
	k, now := create(t, near, "ann", `{"n":0}`)
	gone := storetest.NewKey()
	for i := range int64(3) {
		if _, err := far.Load(t.Context(), now, gone); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("error %v, want %v", err, driver.ErrNotFound)
		}
		if _, err := near.Update(t.Context(), now, k, inc("n")); err != nil {
			t.Error(err)
		}
		r, err := far.Load(t.Context(), now, k)
		if err != nil || r.Data.Get("n").Int() != i+1 {
			t.Errorf("n is %d (error: %v), want %d", r.Data.Get("n").Int(), err, i+1)
		}
		if n := ask[int](t, db, "SELECT @@in_transaction"); n > 0 {
			t.Error("a transaction is open")
		}
	}
	if err := far.Delete(t.Context(), now, k); err != nil {
		t.Error(err)
	}
	if _, err := near.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("what was deleted: error %v, want %v", err, driver.ErrNotFound)
	}
	_, _ = create(t, near, "ann", `{}`)
	if n, _, err := far.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10); n != 1 || err != nil {
		t.Errorf("%d sessions ended, error %v", n, err)
	}
	if list, err := near.List(t.Context(), now, "ann", driver.ID{}, 10); len(list) != 0 || err != nil {
		t.Errorf("%d sessions are left, error %v", len(list), err)
	}
}

// TestForeignKeysOff has connections of which a DELETE leaves alone what refers to a row: the fields of a session end with it all the same.
func TestForeignKeysOff(t *testing.T) {
	near := newStore(t)
	db := connect(t, oddSettings["foreign keys"])
	for name, end := range map[string]func(s *Store, k driver.Key, now time.Time) error{
		"Delete": func(s *Store, k driver.Key, now time.Time) error { return s.Delete(t.Context(), now, k) },
		"DeleteMany": func(s *Store, _ driver.Key, now time.Time) error {
			_, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			return err
		},
		"Sweep": func(s *Store, _ driver.Key, now time.Time) error {
			_, err := s.Sweep(t.Context(), now.Add(24*time.Hour), 10)
			return err
		},
		"Update": func(s *Store, _ driver.Key, now time.Time) error {
			other, _ := create(t, near, "", `{}`)
			_, err := s.Update(t.Context(), now, other, signIn("ann", driver.SessionLimit{Max: 1, End: true}))
			return err
		},
	} {
		k, now := create(t, near, "ann", `{"n":1}`)
		if err := end(over(t, db, &near.opts), k, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := ask[int](t, near.db, near.sql.names.Replace("SELECT COUNT(*) FROM {field}")); n > 0 {
			t.Errorf("%s: %d fields are left", name, n)
		}
		if ask[bool](t, db, "SELECT @@foreign_key_checks") {
			t.Errorf("%s: a connection has another setting now", name)
		}
		exec(t, near.db, near.sql.names.Replace("DELETE FROM {session}"))
	}
}

// TestTransactionLeftOpen has a connection in which the application has left a transaction: a call ends it, and takes effect.
func TestTransactionLeftOpen(t *testing.T) {
	near := newStore(t)
	for name, call := range map[string]func(s *Store, k driver.Key, now time.Time) error{
		"procedure": func(s *Store, k driver.Key, now time.Time) error {
			_, err := s.Update(t.Context(), now, k, inc("n"))
			return err
		},
		"transaction": func(s *Store, k driver.Key, now time.Time) error {
			_, err := s.newOperation(now, k, inc("n")).inTx(t.Context(), [16]byte{1}, false)
			return err
		},
	} {
		db := connect(t)
		db.SetMaxOpenConns(1)
		k, now := create(t, near, "ann", `{"n":1}`)
		exec(t, db, "START TRANSACTION")
		ask[int](t, db, near.sql.names.Replace("SELECT COUNT(*) FROM {session}"))
		if err := call(over(t, db, &near.opts), k, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		counts(t, near, k, now, 2)
	}
}

// TestTransactionLeftOpenEnds has one left open where sessions are to end: they have ended when that is answered.
func TestTransactionLeftOpenEnds(t *testing.T) {
	near := newStore(t)
	db := connect(t)
	db.SetMaxOpenConns(1)
	s := over(t, db, &near.opts)
	for name, end := range map[string]func(k driver.Key, now time.Time) error{
		"Delete": func(k driver.Key, now time.Time) error { return s.Delete(t.Context(), now, k) },
		"DeleteMany": func(_ driver.Key, now time.Time) error {
			_, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			return err
		},
	} {
		k, now := create(t, near, "ann", `{"n":1}`)
		exec(t, db, "START TRANSACTION")
		ask[int](t, db, near.sql.names.Replace("SELECT COUNT(*) FROM {session}"))
		if err := end(k, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := near.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: afterwards: error %v, want %v", name, err, driver.ErrNotFound)
		}
	}
}
