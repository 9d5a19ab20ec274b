package driver

import (
	"math"
	"testing"
)

// TestValueSet holds a set of many values to what one by one comparison says: hashed or not, equal numbers are one.
func TestValueSet(t *testing.T) {
	var all []Value
	for _, f := range []float64{0, 1, -1, 0.5, 1 << 53, 1<<53 + 2, 1 << 62, 1 << 63, -1 << 63, 1e300, -1e300, math.SmallestNonzeroFloat64} {
		all = append(all, FloatValue(f))
	}
	for _, i := range []int64{0, 1, -1, 1 << 53, 1<<53 + 1, 1 << 62, math.MaxInt64, math.MinInt64} {
		all = append(all, IntValue(i))
	}
	all = append(all, NullValue, BoolValue(true), BoolValue(false), StringValue(""), StringValue("1"), BytesValue(nil), BytesValue([]byte("1")),
		JSONValue("1"), ArrayValue(), ArrayValue(IntValue(1)), ObjectValue(Doc{}.With("a", FloatValue(1))))
	for n := range len(all) + 1 {
		given := newValueSet(all[:n])
		numbers := map[int]Value{}
		for _, v := range all {
			at, found := given.find(v)
			want := false
			for _, g := range all[:n] {
				want = want || Equal(g, v)
			}
			if found != want {
				t.Fatalf("%s among %d values: found is %t", v.Text(), n, found)
			}
			if !found {
				continue
			}
			if other, taken := numbers[at]; at >= 2*n || taken && !Equal(other, v) {
				t.Fatalf("%s and %s among %d values share number %d", v.Text(), other.Text(), n, at)
			}
			numbers[at] = v
		}
	}
}
