package memstore

import (
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestOwnStrings stores, in each way there is, a few bytes out of a long text, which must not stay in memory for them.
func TestOwnStrings(t *testing.T) {
	const sessions = 500
	cut := func() string { return strings.Repeat("x", 50_000)[:20] }
	text := func() driver.Value { return driver.StringValue(cut()) }
	object := func() driver.Value { return driver.ObjectValue(driver.Doc{}.With(cut(), driver.ArrayValue(text()))) }
	path := func() driver.Path { return driver.Path(cut()) }
	one := driver.IntValue(1)
	for name, set := range map[string]func() *driver.Update{
		"set":           func() *driver.Update { return ops(driver.Set{Path: "a", Value: text()}) },
		"set an object": func() *driver.Update { return ops(driver.Set{Path: "a", Value: object()}) },
		"set JSON": func() *driver.Update {
			return ops(driver.Set{Path: "a", Value: driver.JSONValue(strings.Repeat("1", 50_000)[:20])})
		},
		"set if absent": func() *driver.Update { return ops(driver.SetIfAbsent{Path: "a", Value: text()}) },
		"min":           func() *driver.Update { return ops(driver.Min{Path: "a", Value: text()}) },
		"max":           func() *driver.Update { return ops(driver.Max{Path: "a", Value: object()}) },
		"push":          func() *driver.Update { return ops(driver.Push{Path: "a", Each: []driver.Value{text(), object()}}) },
		"add to set":    func() *driver.Update { return ops(driver.AddToSet{Path: "a", Each: []driver.Value{text()}}) },
		"elements": func() *driver.Update {
			list := driver.Push{Path: "a", Each: []driver.Value{one}}
			return ops(driver.Sequence{Path: "a", Do: []driver.Op{list, driver.Elements{Path: "a", Do: []driver.Op{driver.Set{Value: text()}}}}})
		},
		"path":        func() *driver.Update { return ops(driver.Inc{Path: path(), By: one}) },
		"path of old": func() *driver.Update { return ops(driver.Inc{Path: path() + "2", By: one}) },
		"path inside": func() *driver.Update {
			return ops(driver.Inc{Path: "a." + path() + driver.Path(strings.Repeat(".0", 50)), By: one})
		},
		"rename": func() *driver.Update { return ops(driver.Rename{Path: "old", To: path()}) },
		"user":   func() *driver.Update { return &driver.Update{User: new(cut())} },
		"label":  func() *driver.Update { return &driver.Update{Attrs: driver.Attrs{"label": cut()}} },
		"create": nil,
	} {
		t.Run(name, func(t *testing.T) {
			before := taken()
			s := New(nil)
			for i := range sessions {
				r := fresh(i, "", driver.Doc{}.With("old", one))
				if set == nil {
					r.User, r.Attrs, r.Data = cut(), driver.Attrs{"label": cut()}, driver.Doc{}.With(cut(), object()).With("t", text())
				}
				if err := s.Create(t.Context(), driver.Verifier{}, r); err != nil {
					t.Fatal(err)
				}
				if set == nil {
					continue
				}
				for range 2 { // the second finds what the first has left
					if _, err := s.Update(t.Context(), start, driver.Key{ID: r.ID}, set()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if each := (taken() - before) / sessions; each > 8_000 {
				t.Errorf("%d bytes for each session", each)
			}
			compareMemory(t, s, before)
		})
	}
}

func ops(list ...driver.Op) *driver.Update { return &driver.Update{Ops: list} }
