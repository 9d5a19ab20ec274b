package pgstore

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// TestHeavyUpdates: no update keeps the server busy for long, neither as heavy as the limits allow nor with as much as the function
// takes on itself.
func TestHeavyUpdates(t *testing.T) {
	s := newStore(t)
	elems := make([]driver.Value, 10_000)
	for i := range elems {
		elems[i] = driver.IntValue(int64(i))
	}
	short := driver.Doc{}.With("a", driver.ArrayValue(elems...)) // not too long for the function
	updates := append(heavy.Updates(),
		heavy.Update{Name: "addToSet in the function", Doc: short, Update: &driver.Update{Ops: []driver.Op{
			driver.AddToSet{Path: "a", Each: elems[:maxValues]},
		}}},
		heavy.Update{Name: "pullAll in the function", Doc: short, Update: &driver.Update{Ops: []driver.Op{
			driver.PullAll{Path: "a", Values: elems[len(elems)-maxValues:]},
		}}})
	for _, h := range updates {
		k := heavy.Create(t, s, h.Doc)
		begin := time.Now()
		if _, err := s.Update(t.Context(), begin, k, h.Update); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
		took := time.Since(begin)
		t.Logf("%-32s %v", h.Name, took)
		if took > 5*time.Second {
			t.Errorf("%s took %v", h.Name, took)
		}
	}
}
