package driver_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// ascending lists values from least to greatest; values of one line are equal.
// https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
var ascending = [][]string{
	{`null`},
	{`-1.7976931348623157e308`},
	{`-9223372036854777856.0`},
	{`-9223372036854775808`, `-9223372036854775808.0`},
	{`-9223372036854775807`},
	{`-9007199254740993`},
	{`-9007199254740992`, `-9007199254740992.0`},
	{`-1.5`},
	{`-1`, `-1.0`},
	{`-5e-324`},
	{`0`, `-0`, `0.0`, `-0.0`, `0e5`},
	{`5e-324`},
	{`0.5`},
	{`1`, `1.0`, `10e-1`},
	{`1.5`},
	{`2`},
	{`9007199254740991`},
	{`9007199254740992`, `9007199254740992.0`},
	{`9007199254740993`},
	{`9007199254740994`, `9007199254740994.0`},
	{`9223372036854774784`, `9223372036854774784.0`},
	{`9223372036854775807`},
	{`9223372036854775808.0`},
	{`1e300`},
	{`""`},
	{`"\u0000"`},
	{`"10"`},
	{`"9"`},
	{`"A"`},
	{`"a"`},
	{`"aa"`},
	{`"b"`},
	{`"é"`},
	{`"界"`},
	{`"😀"`, `"\ud83d\ude00"`},
	{`{}`},
	{`{"b":null}`},
	{`{"a":1}`, `{"a":1.0}`},
	{`{"a":1,"b":1}`, `{"b":1,"a":1}`},
	{`{"a":2}`},
	{`{"b":1}`},
	{`{"a":"x"}`},
	{`{"a":[]}`},
	{`[]`},
	{`[null]`},
	{`[1]`, `[1.0]`},
	{`[1,0]`},
	{`[1,2]`, `[1.0,2.0]`},
	{`[2]`},
	{`["a"]`},
	{`[[]]`},
	{`{"$binary":""}`},
	{`{"$binary":"/w=="}`},
	{`{"$binary":"AAA="}`},
	{`{"$binary":"AAE="}`},
	{`false`},
	{`true`},
	{`{"$date":"0000-01-01T00:00:00.000Z"}`},
	{`{"$date":"1969-12-31T23:59:59.999Z"}`},
	{`{"$date":"1970-01-01T00:00:00Z"}`, `{"$date":"1970-01-01T01:00:00+01:00"}`},
	{`{"$date":"9999-12-31T23:59:59.999Z"}`},
}

func TestCompare(t *testing.T) {
	for i, line := range ascending {
		for j, other := range ascending {
			for _, a := range line {
				for _, b := range other {
					want := min(max(i-j, -1), 1)
					if got := driver.Compare(val(a), val(b)); got != want {
						t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
					}
					if got := driver.Equal(val(a), val(b)); got != (i == j) {
						t.Errorf("Equal(%s, %s) = %t", a, b, got)
					}
				}
			}
		}
		if driver.Compare(driver.Value{}, val(line[0])) >= 0 || driver.Compare(val(line[0]), driver.Value{}) <= 0 {
			t.Errorf("Missing does not come before %s", line[0])
		}
	}
}

func TestIdentical(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`1`, `1`, true},
		{`1`, `1.0`, false},
		{`0.0`, `-0.0`, true},
		{`"a"`, `{"$binary":"YQ=="}`, false},
		{`0`, `false`, false},
		{`null`, `false`, false},
		{`[]`, `{}`, false},
		{`[1]`, `[1.0]`, false},
		{`[1]`, `[1,1]`, false},
		{`{"a":1,"b":[{}]}`, `{"b":[{}],"a":1}`, true},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"$date":"1970-01-01T00:00:00Z"}`, `0`, false},
	}
	for _, test := range tests {
		for range 2 {
			if got := driver.Identical(val(test.a), val(test.b)); got != test.want {
				t.Errorf("Identical(%s, %s) = %t", test.a, test.b, got)
			}
			test.a, test.b = test.b, test.a
		}
	}
	if !driver.Identical(driver.Value{}, driver.Value{}) || driver.Identical(driver.Value{}, driver.NullValue) {
		t.Error("Missing is not identical with itself alone")
	}
}

// randomValue returns a value that is likely to be near, or equal to, another one.
func randomValue(r *rand.Rand, depth int) driver.Value {
	if depth > 0 && r.IntN(3) == 0 {
		elems := make([]driver.Value, r.IntN(4))
		for i := range elems {
			elems[i] = randomValue(r, depth-1)
		}
		if r.IntN(2) == 0 {
			return driver.ArrayValue(elems...)
		}
		var d driver.Doc
		for _, v := range elems {
			d = d.With(string(rune('a'+r.IntN(3))), v)
		}
		return driver.ObjectValue(d)
	}
	switch r.IntN(8) {
	case 0:
		return driver.NullValue
	case 1:
		return driver.FloatValue(edge(r) + float64(r.IntN(3))/2)
	case 2:
		return driver.FloatValue(math.Nextafter(edge(r), float64(r.IntN(3)-1)*math.MaxFloat64))
	case 3:
		return driver.StringValue(strings.Repeat("a", r.IntN(3)) + string(rune('a'+r.IntN(2))))
	case 4:
		return driver.BytesValue(make([]byte, r.IntN(3)))
	case 5:
		return driver.BoolValue(r.IntN(2) == 0)
	case 6:
		return driver.TimeValue(now)
	default:
		if i := edge(r); i < 1<<63 {
			return driver.IntValue(int64(i) + int64(r.IntN(5)-2))
		}
		return driver.IntValue(math.MaxInt64 - int64(r.IntN(3)))
	}
}

// edge is a number around which ints and floats are told apart with difficulty.
func edge(r *rand.Rand) float64 {
	edges := []float64{0, 1, 1 << 53, 1 << 54, 1 << 62, 1 << 63}
	return edges[r.IntN(len(edges))] * float64(1-2*r.IntN(2))
}

func TestCompareIsAnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pool := make([]driver.Value, 150)
	for i := range pool {
		pool[i] = randomValue(r, 3)
	}
	pool = append(pool, driver.Value{}, driver.FloatValue(math.NaN()), driver.FloatValue(math.Inf(1)), driver.FloatValue(math.Inf(-1)),
		driver.IntValue(math.MinInt64), driver.IntValue(0))
	for _, a := range pool {
		for _, b := range pool {
			ab := driver.Compare(a, b)
			if ba := driver.Compare(b, a); ab != -ba {
				t.Fatalf("Compare(%s, %s) = %d, the other way round %d", a.Text(), b.Text(), ab, ba)
			}
			if driver.Identical(a, b) && ab != 0 {
				t.Fatalf("%s is identical with %s but not equal", a.Text(), b.Text())
			}
			for _, c := range pool {
				if bc := driver.Compare(b, c); ab <= 0 && bc <= 0 && driver.Compare(a, c) != min(ab, bc) {
					t.Fatalf("%s, %s, %s: %d, %d, but %d", a.Text(), b.Text(), c.Text(), ab, bc, driver.Compare(a, c))
				}
			}
		}
	}
}

// Stores that sort by text need equal numbers to have equal texts but for ".0".
func TestEqualNumbersHaveEqualText(t *testing.T) {
	for _, line := range ascending {
		if !val(line[0]).IsNumber() {
			continue
		}
		texts := make([]string, len(line))
		for i, text := range line {
			texts[i] = strings.TrimSuffix(val(text).Text(), ".0")
		}
		if len(slices.Compact(texts)) != 1 {
			t.Errorf("equal numbers have the texts %q", texts)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		i := int64(edge(r)) + int64(r.IntN(5)-2)
		if f := driver.FloatValue(float64(i)); driver.Equal(f, driver.IntValue(i)) && f.Text() != fmt.Sprintf("%d.0", i) {
			t.Errorf("%d as a float has the text %s", i, f.Text())
		}
	}
}
