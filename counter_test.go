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
