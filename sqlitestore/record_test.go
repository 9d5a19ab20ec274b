package sqlitestore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestCorruptRows writes into the tables what this package would not have written.
func TestCorruptRows(t *testing.T) {
	tests := []struct {
		table, set string
		// loadOnly marks what an update of another field has no reason to look at.
		loadOnly bool
	}{
		{"fields", "value = '' WHERE name = 'n'", false},
		{"fields", "value = '{' WHERE name = 'n'", false},
		{"fields", "value = '1 2' WHERE name = 'n'", false},
		{"fields", "value = 'NaN' WHERE name = 'n'", false},
		{"fields", `value = '{"$date":"yesterday"}' WHERE name = 'n'`, false},
		{"fields", "value = CAST(x'22ff22' AS TEXT) WHERE name = 'n'", false},
		{"fields", "value = '' WHERE name = 'text'", true},
		{"fields", "name = '' WHERE name = 'text'", true},
		{"fields", "name = 'a.b' WHERE name = 'text'", true},
		{"fields", "name = '$a' WHERE name = 'text'", true},
		{"fields", "name = CAST(x'ff' AS TEXT) WHERE name = 'text'", true},
		{"session", "verifier = x'01' WHERE TRUE", false},
		{"session", "verifier = zeroblob(33) WHERE TRUE", false},
		{"session", "user = CAST(x'ff' AS TEXT) WHERE TRUE", false},
		{"session", "attrs = '{' WHERE TRUE", true},
		{"session", "attrs = '{\"a\":1}' WHERE TRUE", true},
		{"session", "attrs = CAST(x'7b2261223a22ff227d' AS TEXT) WHERE TRUE", true},
	}
	for _, tt := range tests {
		t.Run(tt.table+" "+tt.set, func(t *testing.T) {
			path := newPath(t)
			s := open(t, path, nil)
			healthy, k := create(t, s, "x"), create(t, s, "x")
			c := connect(t, path)
			column := map[string]string{"fields": "session", "session": "n"}[tt.table]
			run(t, c, fmt.Sprintf("UPDATE %s SET %s AND %s = 2", tt.table, tt.set, column))
			contents := func() int64 { return query(t, c, "SELECT total(value <> '0') + count(*) FROM fields") }
			before := contents()
			_, err := s.Load(t.Context(), time.Now(), k)
			is(t, "Load", err, driver.ErrCorrupt)
			if !tt.loadOnly {
				is(t, "Update", update(t.Context(), s, k), driver.ErrCorrupt)
				if contents() != before {
					t.Error("the failed update has changed the fields")
				}
			}
			holds(t, s, healthy, 0, "x")
			if n, err := s.Sweep(t.Context(), time.Now().Add(2*time.Hour), 10); n != 2 || err != nil {
				t.Errorf("Sweep of both: %d, %v", n, err)
			}
		})
	}
}

// TestDamagedField writes into a field what is no value.
func TestDamagedField(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	k, r := storetest.NewRecord(t, "ann", `{"a":1,"n":1}`)
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	run(t, connect(t, path), "UPDATE fields SET value = 'soon' WHERE name = 'n'")
	storetest.DamagedField(t, s, k, r.Created)
	run(t, connect(t, path), "UPDATE fields SET value = '[1,soon]' WHERE name = 'n'")
	storetest.DamagedInside(t, s, k, r.Created)
}

// TestCorruptList lists a user's sessions, one of which has an ID that this package would not have written.
func TestCorruptList(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	create(t, s, "x")
	run(t, connect(t, path), "UPDATE session SET id = x'01'")
	_, err := s.List(t.Context(), time.Now(), "ann", driver.ID{}, 10)
	is(t, "List", err, driver.ErrCorrupt)
}

// TestNothingLeft: what ends a session removes its fields.
func TestNothingLeft(t *testing.T) {
	path := newPath(t)
	s, ctx, now := open(t, path, nil), t.Context(), time.Now()
	c := connect(t, path)
	later := now.Add(2 * time.Hour)
	k := driver.Key{}
	for _, tt := range []struct {
		name string
		end  func() error
	}{
		{"Delete", func() error { return s.Delete(ctx, now, k) }},
		{"DeleteMany", func() error { _, _, err := s.DeleteMany(ctx, now, driver.Selection{}, driver.ID{}, 10); return err }},
		{"Sweep", func() error { _, err := s.Sweep(ctx, later, 10); return err }},
		{"SQL", func() error { return c.Exec("DELETE FROM session") }},
	} {
		k = create(t, s, "x")
		if err := tt.end(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if n := query(t, c, "SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM fields)"); n != 0 {
			t.Errorf("%s has left %d rows", tt.name, n)
		}
	}
}

// TestLongSweep needs several steps.
func TestLongSweep(t *testing.T) {
	s := open(t, newPath(t), nil)
	ctx := t.Context()
	for range 250 {
		create(t, s, "")
	}
	later := time.Now().Add(2 * time.Hour)
	for _, want := range []int{0, 1, 100, 149, 0} {
		limit := want
		if want == 149 {
			limit = 150
		}
		if n, err := s.Sweep(ctx, later, limit); n != want || err != nil {
			t.Errorf("Sweep of %d: %d, %v; want %d", limit, n, err, want)
		}
	}
}

// TestJSONByHand has somebody look at values of kind JSON with what SQLite has for JSON.
func TestJSONByHand(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	k := create(t, s, "x")
	st, _, err := connect(t, path).Prepare(`SELECT json_extract(value, '$."$json"'), value ->> '$."$json"', json_valid(value -> '$."$json"')
		FROM fields WHERE name = 'json'`)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, text := range []string{
		`null`, `1.10`, `12345678901234567890`, "{\"a.b\": [\"é😀\u2028\"],\n\t\"\":\r{}}", `"\u0000 \ud800 \\ \" \/ \n"`, `{"$json":"1"}`, `""`,
	} {
		u := &driver.Update{Ops: []driver.Op{driver.Set{Path: "json", Value: driver.JSONValue(text)}}}
		if _, err := s.Update(t.Context(), time.Now(), k, u); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if !st.Step() || st.ColumnText(0) != text || st.ColumnText(1) != text || !st.ColumnBool(2) {
			t.Errorf("%q is read as %q and %q (error: %v)", text, st.ColumnText(0), st.ColumnText(1), st.Err())
		}
		if err := st.Reset(); err != nil {
			t.Error(err)
		}
	}
}
