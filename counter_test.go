package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// A counter that is missing is 0 to each of its comparisons, and so says the same as one that is there.
func TestCounterComparisons(t *testing.T) {
	comparisons := map[string]struct {
		of    func(int64) atomicsession.Condition
		holds func(v, n int64) bool
	}{
		"Eq":  {visits.Eq, func(v, n int64) bool { return v == n }},
		"Ne":  {visits.Ne, func(v, n int64) bool { return v != n }},
		"Gt":  {visits.Gt, func(v, n int64) bool { return v > n }},
		"Gte": {visits.Gte, func(v, n int64) bool { return v >= n }},
		"Lt":  {visits.Lt, func(v, n int64) bool { return v < n }},
		"Lte": {visits.Lte, func(v, n int64) bool { return v <= n }},
		"In":  {func(n int64) atomicsession.Condition { return visits.In(n, 100) }, func(v, n int64) bool { return v == n }},
		"Nin": {func(n int64) atomicsession.Condition { return visits.Nin(100, n) }, func(v, n int64) bool { return v != n }},
	}
	for before, change := range map[string]atomicsession.Change{"missing": visits.Unset(), "0": visits.Set(0), "1": visits.Set(1)} {
		b := newSite(t, nil).browser()
		b.must(name.Set("Ann"), change)
		for is, c := range comparisons {
			for _, n := range []int64{-1, 0, 1} {
				var v int64
				_, _ = fmt.Sscan(before, &v)
				want := c.holds(v, n)
				err := b.update(atomicsession.If(c.of(n)))
				if got := err == nil; got != want || !got && !errors.Is(err, atomicsession.ErrCondition) {
					t.Errorf("%s, %s(%d): %v, want it to hold: %v", before, is, n, err, want)
				}
				of := b.update(atomicsession.If(atomicsession.Not(c.of(n))))
				if got := of != nil; got != want {
					t.Errorf("%s, not %s(%d): %v", before, is, n, of)
				}
			}
		}
	}
}

// At most ten, from nothing.
func TestCounterAtMost(t *testing.T) {
	b := newSite(t, nil).browser()
	for i := range 12 {
		err := b.update(atomicsession.If(visits.Lt(10)), visits.Inc(1))
		if i < 10 && err != nil || i >= 10 && !errors.Is(err, atomicsession.ErrCondition) {
			t.Errorf("time %d: %v", i, err)
		}
	}
	b.wantDocument(`{"visits":10}`)
}

// Elements without the counter are those where it is 0, also to Pull.
func TestCounterOfElements(t *testing.T) {
	b := newSite(t, nil).browser()
	qty := atomicsession.NewCounter("qty")
	b.must(atomicsession.Path("cart").Set([]map[string]int{{}, {"qty": 0}, {"qty": 1}}))
	b.must(cart.Where(qty.Eq(0)).Do(qty.Inc(5)))
	b.wantDocument(`{"cart":[{"qty":5},{"qty":5},{"qty":1}]}`)
	b.must(atomicsession.Path("cart.0.qty").Unset())
	b.must(cart.Pull(qty.Lt(2)))
	b.wantDocument(`{"cart":[{"qty":5}]}`)
}

// Counters that are the elements themselves are there, to each comparison and to Pull as well.
func TestCounterAsElement(t *testing.T) {
	n := atomicsession.NewCounter("")
	ns := atomicsession.NewList[int64]("ns")
	for _, c := range []struct {
		name string
		cond atomicsession.Condition
		not  bool // does not hold for 5
	}{
		{"eq", n.Eq(0), true},
		{"eq 5", n.Eq(5), false},
		{"ne", n.Ne(0), false},
		{"gt", n.Gt(-1), false},
		{"gte", n.Gte(0), false},
		{"lt", n.Lt(1), true},
		{"lte", n.Lte(1), true},
		{"in", n.In(0, 5), false},
		{"nin", n.Nin(1, 5), true},
		{"nin 0", n.Nin(0), false},
	} {
		b := newSite(t, nil).browser()
		b.must(ns.Set([]int64{5}))
		b.must(ns.Where(c.cond).Do(n.Inc(0)), atomicsession.If(atomicsession.Or(ns.Any(c.cond), ns.Any(atomicsession.Not(c.cond)))))
		if err := b.update(ns.Pull(c.cond)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got, want := b.document(), map[bool]string{true: `{"ns":[5]}`, false: `{"ns":[]}`}[c.not]; got != want {
			t.Errorf("%s: the document is %s, want %s", c.name, got, want)
		}
	}
}

func TestAdd(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	sums := atomicsession.NewCounter("a.sum")
	for i, want := range []int64{3, 6} {
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			site.store.took()
			sum, err := sums.Add(ctx, s, 3, name.Set("Ann"))
			if sum != want {
				t.Errorf("time %d: the sum is %d, want %d", i, sum, want)
			}
			if calls := site.store.took(); len(calls) != 1 {
				t.Errorf("time %d: the store was asked for %q", i, calls)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	b.wantDocument(`{"a":{"sum":6},"name":"Ann"}`)
}

func TestAddFails(t *testing.T) {
	b := newSite(t, nil).browser()
	b.must(visits.Set(math.MaxInt64), name.Set("Ann"), score.Set(1.5))
	for path, want := range map[string]error{
		"visits": atomicsession.ErrOverflow, "name": atomicsession.ErrType, "name.x": atomicsession.ErrPath, "a..b": atomicsession.ErrPath,
		"score": atomicsession.ErrType,
	} {
		for _, counter := range []atomicsession.Counter{atomicsession.NewCounter(path), atomicsession.NewCounter(path).Lenient()} {
			err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
				sum, err := counter.Add(ctx, s, 1)
				if sum != 0 {
					t.Errorf("%s: the sum is %d", path, sum)
				}
				return err
			})
			if !errors.Is(err, want) {
				t.Errorf("%s: error is %v, want %v", path, err, want)
			}
		}
	}
	b.wantDocument(`{"name":"Ann","score":3.5,"visits":9223372036854775807}`) // the float was added to
}
