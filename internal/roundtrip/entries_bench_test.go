package roundtrip

import (
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// BenchmarkEntries measures carts of 3, 30 and 3000 entries that are nested in one field, as a Map keeps them, against entries that are
// a field each: raising the quantity of one, loading the session, beginning and ending one, and one update of a field beside the cart.
func BenchmarkEntries(b *testing.B) {
	for _, s := range stores {
		b.Run(s.name, func(b *testing.B) {
			store := s.open(b)
			for _, n := range []int{3, 30, 3000} {
				b.Run(fmt.Sprint(n, "/nested"), func(b *testing.B) { entries(b, store, n, "cart.") })
				b.Run(fmt.Sprint(n, "/apart"), func(b *testing.B) { entries(b, store, n, "cart_") })
			}
		})
	}
}

func entries(b *testing.B, s driver.Store, n int, prefix string) {
	fill := &driver.Update{}
	for i := range n {
		item := driver.ObjectValue(driver.Doc{}.With("name", driver.StringValue("An article of the shop")).With("qty", driver.IntValue(1)))
		fill.Ops = append(fill.Ops, driver.Set{Path: driver.Path(fmt.Sprint(prefix, "sku", i)), Value: item})
	}
	doc := driver.Doc{}.With("other", driver.IntValue(0))
	for ops := fill.Ops; len(ops) > 0; {
		u := &driver.Update{Ops: ops[:min(len(ops), driver.MaxOps)]}
		ops = ops[len(u.Ops):]
		var err error
		if doc, _, err = driver.Eval(b.Context(), doc, u, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
	k := heavy.Create(b, s, doc)
	update := func(p driver.Path) func(*testing.B) {
		u := &driver.Update{Ops: []driver.Op{driver.Inc{Path: p, By: driver.IntValue(1)}}}
		return func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Update(b.Context(), time.Now(), k, u); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("raise", update(driver.Path(fmt.Sprint(prefix, "sku", n/2, ".qty"))))
	b.Run("other", update("other"))
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Load(b.Context(), time.Now(), k); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("begin and end", func(b *testing.B) {
		for b.Loop() {
			if err := s.Delete(b.Context(), time.Now(), heavy.Create(b, s, doc)); err != nil { // else memstore would be full
				b.Fatal(err)
			}
		}
	})
}
