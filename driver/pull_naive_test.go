package driver_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// matches says what Pull removes condition by condition, as the comment of [driver.Pull] does.
func matches(e driver.Value, where []driver.Condition) bool {
	for _, c := range where {
		v := e
		if c.Path != "" {
			if e.Kind() != driver.Object {
				return false
			}
			v = e.Doc().Get(string(c.Path))
		}
		if !matchesOne(v, c) {
			return false
		}
	}
	return true
}

func matchesOne(v driver.Value, c driver.Condition) bool {
	if c.Is == driver.Exists {
		return v.Exists() == c.Value.Bool()
	}
	if !v.Exists() {
		v = driver.NullValue
	}
	return slices.ContainsFunc(append([]driver.Value{v}, v.Elems()...), func(v driver.Value) bool { return isWhat(v, c) })
}

// isWhat says whether v itself is what the condition asks for.
func isWhat(v driver.Value, c driver.Condition) bool {
	if v.Kind() != c.Value.Kind() && !(v.IsNumber() && c.Value.IsNumber()) {
		return false
	}
	order := driver.Compare(v, c.Value)
	return c.Is == driver.Eq && order == 0 || c.Is == driver.Gt && order > 0 || c.Is == driver.Gte && order >= 0 ||
		c.Is == driver.Lt && order < 0 || c.Is == driver.Lte && order <= 0
}

// TestPullConditionByCondition compares Pull, which puts its conditions together, with what they say one by one. The values are few,
// so that conditions meet them, exclude one another and agree.
func TestPullConditionByCondition(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	leaf := func() driver.Value {
		return []driver.Value{val(`null`), val(`1`), val(`1.0`), val(`2`), val(`2.5`), val(`"a"`), val(`"b"`), val(`true`), val(`{"a":1}`), val(`[1]`), val(`[]`)}[r.IntN(11)]
	}
	value := func() driver.Value {
		if r.IntN(3) > 0 {
			return leaf()
		}
		var elems []driver.Value
		for range r.IntN(5) {
			elems = append(elems, leaf())
		}
		return driver.ArrayValue(elems...)
	}
	names := []string{"a", "b", "c", "d"}
	removed, kept := 0, 0
	for range 5_000 {
		byField := r.IntN(2) == 0
		var elems []driver.Value
		for range 8 {
			if !byField || r.IntN(8) == 0 {
				elems = append(elems, value())
				continue
			}
			var d driver.Doc
			for _, name := range names[:r.IntN(5)] {
				d = d.With(name, value())
			}
			elems = append(elems, driver.ObjectValue(d))
		}
		var where []driver.Condition
		for range 1 + r.IntN(6) {
			c := driver.Condition{Is: driver.Eq + driver.Comparison(r.IntN(5)), Value: value()}
			if byField {
				c.Path = driver.Path(names[r.IntN(len(names))])
				if r.IntN(4) == 0 {
					c.Is, c.Value = driver.Exists, driver.BoolValue(r.IntN(2) == 0)
				}
			}
			where = append(where, c)
		}
		u := &driver.Update{Ops: ops(driver.Pull{Path: "l", Where: where})}
		if err := u.Validate(); err != nil {
			t.Fatal(err)
		}
		after, _, err := driver.Eval(t.Context(), driver.Doc{}.With("l", driver.ArrayValue(elems...)), u, now)
		if err != nil {
			t.Fatal(err)
		}
		var want []driver.Value
		for _, e := range elems {
			if matches(e, where) {
				removed++
			} else {
				want = append(want, e)
				kept++
			}
		}
		if got := after.Get("l"); !driver.Identical(got, driver.ArrayValue(want...)) {
			t.Errorf("seed %d: Pull by", seed)
			for _, c := range where {
				t.Errorf("  %q %v %s", c.Path, c.Is, c.Value.Text())
			}
			t.Fatalf("from %s leaves %s, want %s", driver.ArrayValue(elems...).Text(), got.Text(), driver.ArrayValue(want...).Text())
		}
	}
	if removed < 1000 || kept < 1000 {
		t.Errorf("%d elements removed, %d kept: the test compares little", removed, kept)
	}
}
