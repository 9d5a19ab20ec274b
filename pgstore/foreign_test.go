package pgstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"

	"github.com/atomicsession/atomicsession/internal/storetest"
)

// dump returns all that the schema's tables hold of the session, as text.
func dump(t *testing.T, pool *pgxpool.Pool, schema string, k driver.Key) string {
	t.Helper()
	return ask[string](t, pool, `SELECT concat((SELECT s::text FROM `+schema+`.session s WHERE id = $1),
		(SELECT string_agg(f::text, ' ' ORDER BY name) FROM `+schema+`.field f WHERE session = $1))`, k.ID[:])
}

// TestForeign has somebody put nonsense into the tables: it is reported, and left as it is.
func TestForeign(t *testing.T) {
	for name, c := range map[string]struct {
		sql    string
		update driver.Path // whose update meets it
	}{
		"a bare word":          {"UPDATE field SET value = 'bare word' WHERE name = 'n'", "n"},
		"an empty text":        {"UPDATE field SET value = '' WHERE name = 'n'", "n"},
		"half an object":       {`UPDATE field SET value = '{"b":' WHERE name = 'a'`, "a.b"},
		"an object and more":   {`UPDATE field SET value = '{"b":1} x' WHERE name = 'a'`, "a.b"},
		"a number too large":   {"UPDATE field SET value = '1e999' WHERE name = 'n'", "n"},
		"an integer too large": {"UPDATE field SET value = '9223372036854775808' WHERE name = 'n'", "n"},
	} {
		t.Run(name, func(t *testing.T) {
			schema := freshSchema(t)
			pool := dial(t, with(t, serverURL, "search_path", schema))
			s := migrated(t, pool, schema)
			k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
			exec(t, pool, c.sql)
			before := dump(t, pool, schema, k)
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
			if after := dump(t, pool, schema, k); after != before {
				t.Errorf("it was changed from\n%s to\n%s", before, after)
			}
			if err := s.Delete(t.Context(), now, k); err != nil { // an end is an end
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

// TestForeignResult has the server change an array that holds nonsense without a look at it: the change was made, which the client
// cannot tell from what it returns.
func TestForeignResult(t *testing.T) {
	schema := freshSchema(t)
	pool := dial(t, with(t, serverURL, "search_path", schema))
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"list":[1]}`)
	exec(t, pool, "UPDATE field SET value = '[1e999]'")
	push := &driver.Update{Ops: []driver.Op{driver.Push{Path: "list", Each: []driver.Value{driver.IntValue(2)}}}}
	if _, err := s.Update(t.Context(), now, k, push); !errors.Is(err, driver.ErrUnknownOutcome) || errors.Is(err, driver.ErrCorrupt) {
		t.Errorf("error %v, want %v", err, driver.ErrUnknownOutcome)
	}
	if text := ask[string](t, pool, "SELECT value FROM field"); text != "[1e999,2]" {
		t.Errorf("the field is %s", text)
	}
}

// TestForeignSchema has tables of another program where those of the store should be.
func TestForeignSchema(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	exec(t, pool, "CREATE SCHEMA "+schema+"; CREATE TABLE "+schema+".session (id bytea, data text); INSERT INTO "+schema+".session VALUES ('x', 'y')")
	s := over(t, pool, &Options{Schema: schema})
	if err := s.Migrate(t.Context()); err == nil {
		t.Error("Migrate: no error")
	}
	k, r := storetest.NewRecord(t, "ann", `{"n":1}`)
	for name, call := range storetest.Methods(s, k, r.Created) {
		if err := call(t.Context()); !errors.Is(err, driver.ErrUnavailable) && !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
		}
	}
	if text := ask[string](t, pool, "SELECT string_agg(s::text, ' ') FROM "+schema+".session s"); text != `("\\x78",y)` {
		t.Errorf("the other program's table holds %s", text)
	}
}

// TestWrittenByHand has somebody set a field with psql: it is a field like any other.
func TestWrittenByHand(t *testing.T) {
	schema := freshSchema(t)
	pool := dial(t, with(t, serverURL, "search_path", schema))
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"n":1}`)
	exec(t, pool, `UPDATE field SET value = '41' WHERE name = 'n'`)
	exec(t, pool, `INSERT INTO field SELECT id, 'note', '"by hand"' FROM session`)
	if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
		t.Error(err)
	}
	counts(t, s, k, now, 42)
	r, err := s.Load(t.Context(), now, k)
	if err != nil || r.Data.Get("note").Str() != "by hand" {
		t.Errorf("the note is %v (error: %v)", r.Data.Get("note").Text(), err)
	}
}

// TestJSONByHand has somebody look at values of kind JSON with what the server has for JSON.
func TestJSONByHand(t *testing.T) {
	schema := freshSchema(t)
	pool := dial(t, with(t, serverURL, "search_path", schema))
	s := migrated(t, pool, schema)
	for _, text := range []string{
		`null`, `1.10`, `12345678901234567890`, "{\"a.b\": [\"é😀\u2028\"],\n\t\"\":\r{}}", `"\u0000 \ud800 \\ \" \/ \n"`, `{"$json":"1"}`, `""`,
	} {
		k, now := create(t, s, "", `{}`)
		value := driver.JSONValue(text)
		set := &driver.Update{Ops: []driver.Op{driver.Set{Path: "top", Value: value}, driver.Set{Path: "in.it", Value: value}}}
		if _, err := s.Update(t.Context(), now, k, set); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		for sql, want := range map[string]string{
			"SELECT value::json ->> '$json' FROM field WHERE session = $1 AND name = 'top'":               text,
			"SELECT value::json -> 'it' ->> '$json' FROM field WHERE session = $1 AND name = 'in'":        text,
			"SELECT kind(value) FROM field WHERE session = $1 AND name = 'top'":                           "json",
			"SELECT (value::json ->> '$json')::json::text FROM field WHERE session = $1 AND name = 'top'": text,
		} {
			if got := ask[string](t, pool, sql, k.ID[:]); got != want {
				t.Errorf("%s: %q, want %q", sql, got, want)
			}
		}
	}
}
