package driver_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// deepPath is a path of n segments, nested a value of n arrays.
func deepPath(n int) driver.Path { return driver.Path(strings.Repeat("p.", n-1) + "p") }

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// wrapped is text inside n-1 objects, each in its parent's field p.
func wrapped(n int, text string) string {
	return strings.Repeat(`{"p":`, n) + text + strings.Repeat("}", n)
}

var depthCases = []evalCase{
	{"path of 64 segments", `{}`, ops(set(deepPath(64), `1`)), wrapped(64, `1`), nil},
	{"value of 64 levels", `{}`, ops(set("p", nested(64))), wrapped(1, nested(64)), nil},
	{"path and value of 64 levels", `{}`, ops(set(deepPath(33), nested(32))), wrapped(33, nested(32)), nil},
	{"array at the deepest path", `{}`, ops(push(deepPath(64), `[1]`)), wrapped(64, `[1]`), nil},
	{"rename to 64 levels", `{"a":` + nested(32) + `}`, ops(rename("a", deepPath(33))), wrapped(33, nested(32)), nil},
	{"rename to 65 levels", `{"a":` + nested(32) + `}`, ops(rename("a", deepPath(34))), "", driver.ErrTooLarge},
	{"padding at the limit", `{"a":[1]}`, ops(set("a.4097", `1`)), `{"a":[1` + strings.Repeat(",null", 4096) + `,1]}`, nil},
	{"padding past the limit", `{"a":[1]}`, ops(set("a.4098", `1`)), "", driver.ErrTooLarge},
	{"padding past the limit on the way", `{"a":[[]]}`, ops(inc("a.0.4097.b", `1`)), "", driver.ErrTooLarge},
	{"no padding by what only removes", `{"a":[]}`, ops(unset("a.9999"), pop("a.9998", true)), `{"a":[]}`, nil},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/#behavior
var severalCases = []evalCase{
	{"different fields", `{"a":1,"b":[1]}`, ops(inc("a", `1`), push("b", `[2]`), set("c.d", `3`), unset("e")), `{"a":2,"b":[1,2],"c":{"d":3}}`, nil},
	{"different fields of one object", `{}`, ops(set("a.c", `1`), set("a.b", `2`), inc("a.d.e", `3`)), `{"a":{"b":2,"c":1,"d":{"e":3}}}`, nil},
	{"swap through a third is refused, a chain is not", `{"a":1,"c":3}`, ops(rename("a", "b"), rename("c", "d")), `{"b":1,"d":3}`, nil},
	{"the last fails", `{"a":1,"b":"x"}`, ops(inc("a", `1`), inc("b", `1`)), "", driver.ErrType},
	{"the first fails", `{"a":1,"b":"x"}`, ops(inc("b", `1`), inc("a", `1`)), "", driver.ErrType},
	{"elements by number", `{"a":[]}`, ops(set("a.10", `1`), inc("a.2", `1`)), `{"a":[null,null,1` + strings.Repeat(",null", 7) + `,1]}`, nil},
	{"absent elements before padding", `{"a":[]}`, ops(set("a.2", `1`), absent("a.1", `2`), set("a.0", `3`)), `{"a":[3,2,1]}`, nil},
	{"elements of elements by number", `{"a":[[]]}`, ops(set("a.0.2.x", `1`), set("a.0.1.x", `2`)), `{"a":[[null,{"x":2},{"x":1}]]}`, nil},
	{"padding piece by piece", `{"a":[]}`, ops(set("a.8000", `1`), set("a.4000", `2`)), `{"a":[` + strings.Repeat("null,", 4000) + `2,` + strings.Repeat("null,", 3999) + `1]}`, nil},
	{"no operations", `{"a":1}`, nil, `{"a":1}`, nil},
}

func TestDepth(t *testing.T)   { testEval(t, depthCases) }
func TestSeveral(t *testing.T) { testEval(t, severalCases) }

func TestConditions(t *testing.T) {
	const data = `{"a":{"b":[1,{"c":null}]},"n":9007199254740993,"s":"x","o":{"x":1,"y":2}}`
	tests := []struct {
		c    driver.Condition
		want bool
	}{
		{where("a", driver.Exists, `true`), true},
		{where("a", driver.Exists, `false`), false},
		{where("z", driver.Exists, `true`), false},
		{where("z", driver.Exists, `false`), true},
		{where("a.b.1.c", driver.Exists, `true`), true}, // null is a value
		{where("a.b.2", driver.Exists, `true`), false},
		{where("a.b.c", driver.Exists, `true`), false}, // no search through arrays
		{where("s.t", driver.Exists, `false`), true},
		{where("s", driver.Eq, `"x"`), true},
		{where("s", driver.Eq, `"X"`), false},
		{where("a.b.0", driver.Eq, `1.0`), true},
		{where("a.b", driver.Eq, `1`), false}, // no search through arrays
		{where("a.b", driver.Eq, `[1,{"c":null}]`), true},
		{where("o", driver.Eq, `{"y":2,"x":1}`), true},
		{where("a.b.1.c", driver.Eq, `null`), true},
		{where("z", driver.Eq, `null`), false}, // a missing field is not null
		{where("z", driver.Lt, `5`), false},
		{where("n", driver.Gt, `9007199254740992.0`), true},
		{where("n", driver.Gte, `9007199254740993`), true},
		{where("n", driver.Gt, `9007199254740993`), false},
		{where("n", driver.Lte, `9007199254740992.0`), false},
		{where("n", driver.Lt, `1e300`), true},
		{where("s", driver.Gt, `5`), false}, // kinds do not mix
		{where("s", driver.Lt, `5`), false},
		{where("s", driver.Lte, `"x"`), true},
	}
	for _, test := range tests {
		u := &driver.Update{If: []driver.Condition{test.c}, Ops: ops(set("s", `"new"`))}
		if err := u.Validate(); err != nil {
			t.Fatalf("%+v: %v", test.c, err)
		}
		_, _, err := driver.Eval(t.Context(), doc(data), u, now)
		if test.want && err != nil {
			t.Errorf("%s %s %s does not hold: %v", test.c.Path, test.c.Is, test.c.Value.Text(), err)
		}
		if !test.want {
			if !errors.Is(err, driver.ErrCondition) {
				t.Errorf("%s %s %s: error is %v, want ErrCondition", test.c.Path, test.c.Is, test.c.Value.Text(), err)
			}
		}
	}
	two := &driver.Update{If: []driver.Condition{where("s", driver.Eq, `"x"`), where("n", driver.Eq, `1`)}}
	if _, _, err := driver.Eval(t.Context(), doc(data), two, now); !errors.Is(err, driver.ErrCondition) {
		t.Errorf("one of two conditions holds: error is %v, want ErrCondition", err)
	}
}

// Conditions look at the record as it was before the update.
func TestConditionBeforeOps(t *testing.T) {
	u := &driver.Update{If: []driver.Condition{where("a", driver.Eq, `1`)}, Ops: ops(set("a", `2`))}
	after, _, err := driver.Eval(t.Context(), doc(`{"a":1}`), u, now)
	if err != nil || after.Text() != `{"a":2}` {
		t.Errorf("got %s, %v", after.Text(), err)
	}
}

// Eval may be handed the touched fields alone: the rest of the document does not bear on the result.
func TestTouchedFieldsSuffice(t *testing.T) {
	for _, c := range evalCases {
		u := &driver.Update{Ops: c.ops}
		whole := doc(c.doc).With("untouched", val(`[1,{"x":2}]`))
		part := driver.Doc{}
		for _, name := range u.Touched() {
			if v := whole.Get(name); v.Exists() {
				part = part.With(name, v)
			}
		}
		a, _, errA := driver.Eval(t.Context(), whole, u, now)
		b, _, errB := driver.Eval(t.Context(), part, u, now)
		if fmt.Sprint(errA) != fmt.Sprint(errB) {
			t.Errorf("%s: error is %v with the whole document, %v with a part", c.name, errA, errB)
		}
		if !driver.IdenticalDocs(u.Written(a), u.Written(b)) {
			t.Errorf("%s: wrote %s with the whole document, %s with a part", c.name, u.Written(a).Text(), u.Written(b).Text())
		}
	}
}

type stranger struct{}

func (stranger) Name() string        { return "stranger" }
func (stranger) Target() driver.Path { return "a" }

// What Eval does with an invalid update is unspecified, but it comes back, and leaves the document alone.
func TestInvalidUpdates(t *testing.T) {
	min, huge := math.MinInt, strings.Repeat("p.", 1<<18)+"p"
	invalid := ops(nil, stranger{}, &driver.Set{Path: "a", Value: val(`1`)}, (*driver.Set)(nil),
		driver.Set{}, driver.Set{Path: "a"}, driver.Set{Path: "..", Value: val(`1`)}, driver.Set{Path: "a.0"},
		driver.Set{Path: driver.Path(huge), Value: val(`1`)}, driver.Unset{Path: driver.Path(huge)},
		driver.Inc{Path: "n"}, driver.Mul{Path: "x"}, driver.Min{Path: "a"}, driver.Max{}, driver.Bit{Path: "n"},
		driver.Bit{Path: "n", Do: 200}, driver.Push{Path: "a", Each: make([]driver.Value, 2), Position: &min, Slice: &min},
		driver.Push{Path: "a", Sort: []driver.Sort{{By: "..\x00"}}}, driver.Pull{Path: "a"},
		driver.Pull{Path: "a", Where: make([]driver.Condition, 2)}, driver.PullAll{Path: "a", Values: make([]driver.Value, 1)},
		driver.AddToSet{Path: "a", Each: make([]driver.Value, 2)}, driver.Rename{Path: "a", To: "a.b"},
		driver.Rename{Path: "a"}, driver.Rename{Path: "a", To: driver.Path(huge)}, driver.Take{}, driver.Pop{})
	const data = `{"a":[3,1,{"b":2}],"n":1}`
	for _, first := range invalid {
		for _, second := range append(invalid, set("a", `1`)) {
			before := doc(data)
			u := &driver.Update{Ops: ops(first, second)}
			if u.Validate() == nil {
				t.Errorf("valid: %#v", u)
			}
			_, _, _ = driver.Eval(t.Context(), before, u, now) // it must not panic
			if before.Text() != doc(data).Text() {
				t.Fatalf("%#v changed the document to %s", u.Ops, before.Text())
			}
		}
	}
	if _, _, err := driver.Eval(t.Context(), doc(data), &driver.Update{If: make([]driver.Condition, 1)}, now); !errors.Is(err, driver.ErrCondition) {
		t.Errorf("the zero condition: error is %v, want ErrCondition", err)
	}
}
