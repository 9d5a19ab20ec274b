package foreigntypes

import (
	"slices"

	"github.com/bits-and-blooms/bitset"
	mapset "github.com/deckarep/golang-set/v2"
	"github.com/elliotchance/orderedmap/v3"
	"github.com/emirpasic/gods/lists/arraylist"
	"github.com/emirpasic/gods/maps/hashmap"
	"github.com/emirpasic/gods/sets/hashset"
	loosemap "github.com/iancoleman/orderedmap"
	wk8 "github.com/wk8/go-ordered-map/v2"
)

func containerTypes() []row {
	ordered := orderedmap.NewOrderedMap[string, int]()
	ordered.Set("a", 1)
	byName := func(names ...string) *wk8.OrderedMap[string, int] {
		m := wk8.New[string, int]()
		for i, name := range names {
			m.Set(name, i)
		}
		return m
	}
	byNumber := wk8.New[int, []string]()
	byNumber.Set(9, []string{"x"})
	byNumber.Set(10, nil)
	loose := func(names ...string) loosemap.OrderedMap {
		m := loosemap.New()
		for _, name := range names {
			m.Set(name, name)
		}
		return *m
	}
	hashed := hashmap.New()
	hashed.Put("z", "last")
	hashed.Put("a.b", 1.5)
	return []row{
		of(*bitset.From([]uint64{0, 1 << 63}), *bitset.New(1).Set(0)).by(func(a, b bitset.BitSet) bool { return a.Equal(&b) }),
		of(bitset.New(1000).Set(999), new(bitset.BitSet)).by((*bitset.BitSet).Equal),
		refused("it is an interface, which does not say what to read it as; its ToSlice is a list", mapset.NewSet("a")),
		refused("it has no exported fields, so nothing of it would be stored", ordered),
		// What these are for is the order of their fields.
		of(byName("z", "a", "m"), byName("z", "a.b", "$m", "n"), byName()).by(sameOrder),
		of(byNumber).by(sameOrder),
		of(loose("z", "a", "m"), loose("z", "a.b", "")).by(func(a, b loosemap.OrderedMap) bool {
			return slices.Equal(a.Keys(), b.Keys()) && same(a.Values(), b.Values())
		}),
		of(*hashed, *hashmap.New()).by(byJSON),
		of(*arraylist.New("x", 1.5, nil), *arraylist.New()).by(func(a, b arraylist.List) bool { return same(a.Values(), b.Values()) }),
		of(*hashset.New("x", "y")).by(func(a, b hashset.Set) bool { return a.Size() == b.Size() && a.Contains(b.Values()...) }),
	}
}

func sameOrder[K comparable, V any](a, b *wk8.OrderedMap[K, V]) bool {
	pa, pb := a.Oldest(), b.Oldest()
	for ; pa != nil && pb != nil; pa, pb = pa.Next(), pb.Next() {
		if pa.Key != pb.Key || !same(pa.Value, pb.Value) {
			return false
		}
	}
	return pa == nil && pb == nil
}
