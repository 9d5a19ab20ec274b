package roundtrip

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// BenchmarkLanguage measures what the operators cost that stand for several, beside raising a number by one, in a cart of 50 lines.
func BenchmarkLanguage(b *testing.B) {
	for _, s := range stores {
		b.Run(s.name, func(b *testing.B) {
			store := s.open(b)
			for _, o := range language() {
				b.Run(o.name, func(b *testing.B) {
					k := heavy.Create(b, store, cart(50))
					for b.Loop() {
						if _, err := store.Update(b.Context(), time.Now(), k, &o.u); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// cart returns a document with n lines in a list and n in a map.
func cart(n int) driver.Doc {
	var list []driver.Value
	var entries driver.Doc
	for i := range n {
		sku := string(rune('a'+i/26)) + string(rune('a'+i%26))
		line := driver.ObjectValue(driver.Doc{}.With("sku", driver.StringValue(sku)).With("qty", driver.IntValue(1)))
		list, entries = append(list, line), entries.With(sku, line)
	}
	return driver.Doc{}.With("list", driver.ArrayValue(list...)).With("map", driver.ObjectValue(entries)).
		With("n", driver.IntValue(0)).With("step", driver.StringValue("otp"))
}

type operator struct {
	name string
	u    driver.Update
}

func language() []operator {
	one, aa := driver.IntValue(1), driver.StringValue("aa")
	inc := func(p driver.Path) driver.Op { return driver.Inc{Path: p, By: one} }
	tea := []driver.Condition{{Path: "sku", Is: driver.Eq, Value: aa}}
	ops := func(list ...driver.Op) driver.Update { return driver.Update{Ops: list} }
	raise := func(where ...driver.Condition) driver.Op {
		return driver.Elements{Path: "list", Where: where, Do: []driver.Op{inc("qty")}}
	}
	guarded := func(c driver.Condition) driver.Update {
		return driver.Update{If: []driver.Condition{c}, Ops: []driver.Op{inc("n")}}
	}
	absent := driver.Condition{Path: "n", Is: driver.Exists, Value: driver.BoolValue(false)}
	below := driver.Condition{Path: "n", Is: driver.Lt, Value: driver.IntValue(1 << 40)}
	in := driver.Condition{Path: "step", Is: driver.In, Value: driver.ArrayValue(aa, driver.StringValue("otp"))}
	return []operator{
		{"inc", ops(inc("n"))},
		{"entry of a map", ops(inc("map.aa.qty"))},
		{"elements", ops(raise(tea...))},
		{"every element", ops(raise())},
		{"if any", guarded(driver.Condition{Path: "list", Is: driver.ElemMatch, Each: tea})},
		{"if in", guarded(in)},
		{"if or", guarded(driver.Condition{Is: driver.Or, Each: []driver.Condition{absent, below}})},
		{"swap", ops(driver.Sequence{Path: "step", Do: []driver.Op{driver.Take{Path: "step"}, driver.Set{Path: "step", Value: aa}}})},
		{"pull and push", ops(driver.Sequence{Path: "list", Do: []driver.Op{
			driver.Pull{Path: "list", Where: tea}, driver.Push{Path: "list", Each: []driver.Value{driver.ObjectValue(driver.Doc{}.With("sku", aa))}},
		}})},
		{"bits", ops(driver.Sequence{Path: "n", Do: []driver.Op{driver.Bit{Path: "n", Do: driver.BitAnd, With: 6}, driver.Bit{Path: "n", Do: driver.BitOr, With: 9}}})},
		{"pull by a path", ops(driver.Pull{Path: "list", Where: []driver.Condition{{Path: "a.b", Is: driver.In, Value: driver.ArrayValue(one)}}})},
		{"sort by two", ops(driver.Push{Path: "list", Sort: []driver.Sort{{By: "qty", Desc: true}, {By: "sku"}}})},
	}
}
