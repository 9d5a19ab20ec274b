package memstore

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestMemory compares what the store counts with what the sessions take, in many shapes. Nothing they hold is shared.
func TestMemory(t *testing.T) {
	repeated := func(n int, v func(i int) driver.Value) driver.Value {
		elems := make([]driver.Value, n)
		for i := range elems {
			elems[i] = v(i)
		}
		return driver.ArrayValue(elems...)
	}
	number := func(i int) driver.Value { return driver.IntValue(int64(i % 10)) }
	str := func(n int) func(int) driver.Value {
		return func(int) driver.Value { return driver.StringValue(strings.Repeat("x", n)) }
	}
	fields := func(n int, v func(i int) driver.Value) driver.Doc {
		list := make([]driver.Field, n)
		for i := range list {
			list[i] = driver.Field{Name: fmt.Sprintf("field%05d", i), Value: v(i)}
		}
		d, err := driver.NewDoc(list...)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	field := func(v driver.Value) driver.Doc { return driver.Doc{}.With("a", v) }
	var deep func(levels int) driver.Value
	deep = func(levels int) driver.Value {
		if levels == 0 {
			return driver.IntValue(1)
		}
		return driver.ObjectValue(driver.Doc{}.With("next", deep(levels-1)))
	}
	nobody := func(int) string { return "" }
	everybody := func(i int) string { return fmt.Sprintf("user-%d@example.org", i) }
	shapes := []struct {
		name     string
		sessions int
		user     func(i int) string
		doc      func() driver.Doc
	}{
		{"empty", 20_000, nobody, func() driver.Doc { return driver.Doc{} }},
		{"empty, each of another user", 20_000, everybody, func() driver.Doc { return driver.Doc{} }},
		{"empty, all of one user", 20_000, func(int) string { return "ann" }, func() driver.Doc { return driver.Doc{} }},
		{"as usual", 10_000, everybody, func() driver.Doc { return fields(6, str(20)) }},
		{"tiny numbers in an array", 20, nobody, func() driver.Doc { return field(repeated(100_000, number)) }},
		{"empty arrays in an array", 10, nobody, func() driver.Doc {
			return field(repeated(50_000, func(int) driver.Value { return driver.ArrayValue() }))
		}},
		{"small objects in an array", 10, nobody, func() driver.Doc {
			return field(repeated(20_000, func(i int) driver.Value { return driver.ObjectValue(driver.Doc{}.With("n", number(i))) }))
		}},
		{"deep objects", 500, nobody, func() driver.Doc {
			return field(repeated(10, func(int) driver.Value { return deep(60) }))
		}},
		{"one long string", 20, nobody, func() driver.Doc { return field(str(1_000_000)(0)) }},
		{"short strings", 20, nobody, func() driver.Doc { return field(repeated(50_000, str(3))) }},
		{"bytes", 20, nobody, func() driver.Doc { return field(driver.BytesValue(make([]byte, 500_000))) }},
		{"many fields", 50, nobody, func() driver.Doc { return fields(5_000, number) }},
		{"parsed", 20, nobody, func() driver.Doc {
			d, err := driver.ParseDoc(`{"a":[` + strings.Repeat(`{"id":12345,"name":"something","tags":["x","y"]},`, 5_000) + `1]}`)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}},
	}
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			before := taken()
			s := New(nil)
			for i := range shape.sessions {
				if err := s.Create(t.Context(), driver.Verifier{}, fresh(i, shape.user(i), shape.doc())); err != nil {
					t.Fatal(err)
				}
			}
			compareMemory(t, s, before)
		})
	}
	t.Run("after updates of all fields", func(t *testing.T) {
		before := taken()
		s := New(nil)
		for i := range 50 {
			r := fresh(i, "", fields(driver.MaxOps, number))
			if err := s.Create(t.Context(), driver.Verifier{}, r); err != nil {
				t.Fatal(err)
			}
			u := &driver.Update{}
			for name := range r.Data.All() {
				u.Ops = append(u.Ops, driver.Inc{Path: driver.Path(name), By: driver.IntValue(1)})
			}
			if _, err := s.Update(t.Context(), start, driver.Key{ID: r.ID}, u); err != nil {
				t.Fatal(err)
			}
		}
		compareMemory(t, s, before)
	})
	t.Run("after updates", func(t *testing.T) {
		before := taken()
		s := New(nil)
		for i := range 50 {
			r := fresh(i, "", field(repeated(20_000, number)).With("b", str(1000)(0)))
			k := driver.Key{ID: r.ID}
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
			for _, op := range []driver.Op{
				driver.Push{Path: "new", Each: repeated(5_000, str(5)).Elems()},
				driver.Pull{Path: "a", Where: []driver.Condition{{Is: driver.Gt, Value: driver.IntValue(int64(i % 3))}}},
				driver.Unset{Path: "b"},
				driver.AddToSet{Path: "a", Each: []driver.Value{driver.IntValue(77)}},
				driver.Push{Path: "new", Slice: new(100)},
			} {
				if _, err := s.Update(t.Context(), start, k, &driver.Update{Ops: []driver.Op{op}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		compareMemory(t, s, before)
	})
}

// fresh is a session's record with an ID made of i.
func fresh(i int, user string, data driver.Doc) driver.Record {
	var id driver.ID
	binary.BigEndian.PutUint32(id[:], uint32(i)+1)
	return driver.Record{
		Meta: driver.Meta{ID: id, User: user, Created: start, LastUsed: start, Expires: start.Add(time.Hour), Lifetime: time.Hour},
		Data: data,
	}
}

func taken() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// compareMemory expects what the store counts to be within 1.5 times of what the heap has grown by.
func compareMemory(t *testing.T, s *Store, before int) {
	t.Helper()
	took, counted := taken()-before, s.bytes
	if ratio := float64(counted) / float64(took); ratio < 1/1.5 || ratio > 1.5 {
		t.Errorf("%d bytes are counted where %d are taken: %.2f times", counted, took, ratio)
	} else {
		t.Logf("%d bytes are counted where %d are taken: %.2f times", counted, took, ratio)
	}
	runtime.KeepAlive(s)
}
