package memstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/memstore"
)

func open(testing.TB) (a, b driver.Store) {
	s := memstore.New(nil)
	return s, s
}

func TestConformance(t *testing.T) { drivertest.Run(t, open) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }

// A session manager does all this; a store sees it in these terms.
func Example() {
	store := memstore.New(&memstore.Options{MaxBytes: 64 << 20})
	ctx, now := context.Background(), time.Now()

	id := driver.ID{1}         // random in real life
	secret := driver.Secret{2} // the visitor's half of it, random as well
	key := driver.Key{ID: id, Verifier: secret.Verifier()}
	record := driver.Record{Meta: driver.Meta{ID: id, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
	if err := store.Create(ctx, key.Verifier, record); err != nil {
		fmt.Println(err)
	}

	res, err := store.Update(ctx, now, key, &driver.Update{Ops: []driver.Op{
		driver.Inc{Path: "visits", By: driver.IntValue(1)},
		driver.Push{Path: "cart.items", Each: []driver.Value{driver.StringValue("tea")}},
	}})
	fmt.Println(res.Fields.Text(), err)

	_, err = store.Load(ctx, now.Add(time.Hour), key)
	fmt.Println(err)
	// Output:
	// {"cart":{"items":["tea"]},"visits":1} <nil>
	// session not found
}

// counting returns a store with one session of about the given size, and an update that counts in one of its fields.
func counting(tb testing.TB, size int) (*memstore.Store, time.Time, driver.Key, *driver.Update) {
	s, now := memstore.New(nil), time.Now()
	k := driver.Key{ID: driver.ID{1}, Verifier: driver.Secret{2}.Verifier()}
	r := driver.Record{Meta: driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
	r.Data = r.Data.With("n", driver.IntValue(1<<40))
	for i := range size / 100 {
		r.Data = r.Data.With(fmt.Sprintf("field%03d", i), driver.StringValue(fmt.Sprintf("%088d", i)))
	}
	if err := s.Create(tb.Context(), k.Verifier, r); err != nil {
		tb.Fatal(err)
	}
	return s, now, k, &driver.Update{
		Ops:    []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}},
		MaxAge: time.Hour,
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, size := range []int{200, 2_000, 20_000} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			s, now, k, u := counting(b, size)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Update(ctx, now, k, u); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestUpdateAllocs holds an update of one field to what it cannot do without: the new list of fields, and a spare one.
func TestUpdateAllocs(t *testing.T) {
	s, now, k, u := counting(t, 2_000)
	ctx := t.Context()
	allocs := testing.AllocsPerRun(200, func() {
		if _, err := s.Update(ctx, now, k, u); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 2 {
		t.Errorf("an update of one field makes %v allocations, want at most 2", allocs)
	}
}
