package mysqlstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// dump returns all that the tables hold of the one session.
func dump(t *testing.T, s *Store) string {
	t.Helper()
	return ask[string](t, s.db, s.sql.names.Replace("SELECT CONCAT(s.last_used, ' ', HEX(s.ops), ' ', COALESCE(HEX(s.attrs), ''), "+
		"(SELECT GROUP_CONCAT(HEX(name), HEX(value) ORDER BY name) FROM {field})) FROM {session} s"))
}

// TestForeign has somebody put nonsense into the tables: it is reported, and left as it is.
func TestForeign(t *testing.T) {
	for name, c := range map[string]struct {
		sql    string
		update driver.Path // whose update meets it
	}{
		"a bare word":          {"UPDATE {field} SET value = 'bare word' WHERE name = 'n'", "n"},
		"an empty text":        {"UPDATE {field} SET value = '' WHERE name = 'n'", "n"},
		"half a number":        {"UPDATE {field} SET value = '12x' WHERE name = 'n'", "n"},
		"half an object":       {`UPDATE {field} SET value = '{"b":' WHERE name = 'a'`, "a.b"},
		"an object and more":   {`UPDATE {field} SET value = '{"b":1} x' WHERE name = 'a'`, "a.b"},
		"a number too large":   {"UPDATE {field} SET value = '1e999' WHERE name = 'n'", "n"},
		"an integer too large": {"UPDATE {field} SET value = '9223372036854775808' WHERE name = 'n'", "n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
			exec(t, s.db, s.sql.names.Replace(c.sql))
			before := dump(t, s)
			r, err := s.Load(t.Context(), now, k)
			if err == nil { // an array or object is looked at when it is read
				_, err = r.Data.Parse()
			}
			if !errors.Is(err, driver.ErrCorrupt) {
				t.Errorf("Load: error %v, want %v", err, driver.ErrCorrupt)
			}
			if _, err := s.Update(t.Context(), now, k, inc(c.update)); !storetest.Matches(err, driver.ErrCorrupt, driver.ErrOverflow) {
				t.Errorf("Update: error %v, want %v", err, driver.ErrCorrupt)
			} else if strings.Contains(err.Error(), "bare word") {
				t.Errorf("the error quotes a value: %v", err)
			}
			batch := &driver.Update{Ops: []driver.Op{inc(c.update).Ops[0], inc("m").Ops[0]}}
			if _, err := s.Update(t.Context(), now, k, batch); !storetest.Matches(err, driver.ErrCorrupt, driver.ErrOverflow) {
				t.Errorf("Update of two fields: error %v, want %v", err, driver.ErrCorrupt)
			}
			if after := dump(t, s); after != before {
				t.Errorf("it was changed from\n%s to\n%s", before, after)
			}
			if err := s.Delete(t.Context(), now, k); err != nil { // an end is an end
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

// TestForeignSession has somebody damage what a session says of itself.
func TestForeignSession(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want error
	}{
		"half of an operation": {"UPDATE {session} SET ops = SUBSTRING(ops, 2)", driver.ErrCorrupt},
		"attributes":           {"UPDATE {session} SET attrs = '[]'", driver.ErrCorrupt},
		"a verifier":           {"UPDATE {session} SET verifier = 'x'", driver.ErrNotFound},
	} {
		s := newStore(t)
		k, now := create(t, s, "ann", `{"n":1}`)
		exec(t, s.db, s.sql.names.Replace(c.sql))
		before := dump(t, s)
		for range 2 {
			u := &driver.Update{Ops: inc("n").Ops, Attrs: driver.Attrs{"label": "x"}}
			if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, c.want) {
				t.Errorf("%s: error %v, want %v", name, err, c.want)
			}
			s.procedures.missed.Store(1 << 62)
		}
		if after := dump(t, s); after != before {
			t.Errorf("%s: it was changed from\n%s to\n%s", name, before, after)
		}
	}
}

// TestDamaged has a session that is damaged in one field alone.
func TestDamaged(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"a":1,"n":1}`)
	exec(t, s.db, s.sql.names.Replace("UPDATE {field} SET value = 'bare word' WHERE name = 'n'"))
	storetest.DamagedField(t, s, k, now)
	exec(t, s.db, s.sql.names.Replace("UPDATE {field} SET value = '[bare word]' WHERE name = 'n'"))
	storetest.DamagedInside(t, s, k, now)
}

// TestWrittenByHand has somebody set a field with the server's shell: it is a field like any other.
func TestWrittenByHand(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	exec(t, s.db, s.sql.names.Replace("UPDATE {field} SET value = '41' WHERE name = 'n'"))
	exec(t, s.db, s.sql.names.Replace(`INSERT INTO {field} SELECT id, 'note', '"by hand"' FROM {session}`))
	if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
		t.Error(err)
	}
	counts(t, s, k, now, 42)
	r, err := s.Load(t.Context(), now, k)
	if err != nil || r.Data.Get("note").Str() != "by hand" {
		t.Errorf("the note is %v (error: %v)", r.Data.Get("note").Text(), err)
	}
}

// TestView has a view that cannot be changed where a table should be: who would change it is told so at once.
func TestView(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	aside := strings.NewReplacer("{aside}", quote(s.opts.Prefix+"aside"))
	sql := func(text string) { exec(t, s.db, aside.Replace(s.sql.names.Replace(text))) }
	sql("RENAME TABLE {session} TO {aside}")
	sql("CREATE VIEW {session} AS SELECT DISTINCT * FROM {aside}")
	for name, call := range storetest.Methods(s, k, now) {
		start := time.Now()
		if err := call(t.Context()); !reads(name) && !errors.Is(err, driver.ErrLayout) || time.Since(start) > defaultTimeout/2 {
			t.Errorf("%s: error %v after %v, want %v at once", name, err, time.Since(start), driver.ErrLayout)
		}
	}
	sql("DROP VIEW {session}")
	sql("RENAME TABLE {aside} TO {session}")
	counts(t, s, k, now, 1)
}
