package driver_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func set(p driver.Path, text string) driver.Op { return driver.Set{Path: p, Value: val(text)} }

func rename(p, to driver.Path) driver.Op { return driver.Rename{Path: p, To: to} }

func absent(p driver.Path, text string) driver.Op {
	return driver.SetIfAbsent{Path: p, Value: val(text)}
}

func unset(p driver.Path) driver.Op { return driver.Unset{Path: p} }

func take(p driver.Path) driver.Op { return driver.Take{Path: p} }

// https://www.mongodb.com/docs/manual/reference/operator/update/set/
// https://www.mongodb.com/docs/manual/core/document/#dot-notation
var setCases = []evalCase{
	{"new field", `{}`, ops(set("a", `1`)), `{"a":1}`, nil},
	{"old field", `{"a":1,"b":2}`, ops(set("a", `"x"`)), `{"a":"x","b":2}`, nil},
	{"null", `{"a":1}`, ops(set("a", `null`)), `{"a":null}`, nil},
	{"int over equal float", `{"a":1.0}`, ops(set("a", `1`)), `{"a":1}`, nil},
	{"float over equal int", `{"a":1}`, ops(set("a", `1.0`)), `{"a":1.0}`, nil},
	{"object replaced whole", `{"a":{"b":1}}`, ops(set("a", `{"c":2}`)), `{"a":{"c":2}}`, nil},
	{"nested", `{"a":{"b":1,"c":2}}`, ops(set("a.b", `3`)), `{"a":{"b":3,"c":2}}`, nil},
	{"missing parents", `{}`, ops(set("a.b.c", `1`)), `{"a":{"b":{"c":1}}}`, nil},
	{"number is a name where nothing is", `{}`, ops(set("a.0", `1`)), `{"a":{"0":1}}`, nil},
	{"number is a name in an object", `{"a":{}}`, ops(set("a.0.1", `1`)), `{"a":{"0":{"1":1}}}`, nil},
	{"element", `{"a":[1,2,3]}`, ops(set("a.1", `9`)), `{"a":[1,9,3]}`, nil},
	{"element next to the last", `{"a":[1]}`, ops(set("a.1", `2`)), `{"a":[1,2]}`, nil},
	{"element beyond the end", `{"a":[1]}`, ops(set("a.3", `2`)), `{"a":[1,null,null,2]}`, nil},
	{"in a new element", `{"a":[]}`, ops(set("a.1.b", `2`)), `{"a":[null,{"b":2}]}`, nil},
	{"in an element", `{"a":[{"b":1}]}`, ops(set("a.0.b", `2`)), `{"a":[{"b":2}]}`, nil},
	{"array in array", `{"a":[[1],[2]]}`, ops(set("a.1.0", `3`)), `{"a":[[1],[3]]}`, nil},
	{"through int", `{"a":1}`, ops(set("a.b", `1`)), "", driver.ErrPath},
	{"through string", `{"a":"x"}`, ops(set("a.0", `1`)), "", driver.ErrPath},
	{"through null", `{"a":null}`, ops(set("a.b", `1`)), "", driver.ErrPath},
	{"through time", `{"a":{"$date":"2026-01-02T03:04:05Z"}}`, ops(set("a.b", `1`)), "", driver.ErrPath},
	{"through bytes", `{"a":{"$binary":"AAAA"}}`, ops(set("a.0", `1`)), "", driver.ErrPath},
	{"through a null element", `{"a":[null]}`, ops(set("a.0.b", `1`)), "", driver.ErrPath},
	{"array by name", `{"a":[1]}`, ops(set("a.b", `1`)), "", driver.ErrPath},
	{"array by negative index", `{"a":[1]}`, ops(set("a.-1", `1`)), "", driver.ErrPath},
	{"array by index with a leading zero", `{"a":[1,2]}`, ops(set("a.01", `1`)), "", driver.ErrPath},
	{"array by index of ten digits", `{"a":[1]}`, ops(set("a.1000000000", `1`)), "", driver.ErrPath},
	{"array far beyond the end", `{"a":[1]}`, ops(set("a.999999999", `1`)), "", driver.ErrTooLarge},
	{"data that looks like an operator", `{}`, ops(set("a", `"$b"`)), `{"a":"$b"}`, nil},
}

// SetIfAbsent is $setOnInsert for one field: null counts as a value.
var setIfAbsentCases = []evalCase{
	{"new field", `{}`, ops(absent("a", `1`)), `{"a":1}`, nil},
	{"old field", `{"a":1}`, ops(absent("a", `2`)), `{"a":1}`, nil},
	{"null is a value", `{"a":null}`, ops(absent("a", `2`)), `{"a":null}`, nil},
	{"missing parents", `{}`, ops(absent("a.b", `1`)), `{"a":{"b":1}}`, nil},
	{"element", `{"a":[1]}`, ops(absent("a.0", `2`)), `{"a":[1]}`, nil},
	{"element beyond the end", `{"a":[1]}`, ops(absent("a.2", `2`)), `{"a":[1,null,2]}`, nil},
	{"through a scalar", `{"a":1}`, ops(absent("a.b", `2`)), "", driver.ErrPath},
	{"array by name", `{"a":[]}`, ops(absent("a.b", `2`)), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/unset/
var unsetCases = []evalCase{
	{"field", `{"a":1,"b":2}`, ops(unset("a")), `{"b":2}`, nil},
	{"missing", `{"b":2}`, ops(unset("a")), `{"b":2}`, nil},
	{"missing parents are not made", `{}`, ops(unset("a.b")), `{}`, nil},
	{"nested leaves the empty parent", `{"a":{"b":1}}`, ops(unset("a.b")), `{"a":{}}`, nil},
	{"element becomes null", `{"a":[1,2,3]}`, ops(unset("a.1")), `{"a":[1,null,3]}`, nil},
	{"last element too", `{"a":[1,2]}`, ops(unset("a.1")), `{"a":[1,null]}`, nil},
	{"element beyond the end", `{"a":[1]}`, ops(unset("a.1")), `{"a":[1]}`, nil},
	{"in an element", `{"a":[{"b":1,"c":2}]}`, ops(unset("a.0.b")), `{"a":[{"c":2}]}`, nil},
	{"through a scalar", `{"a":1}`, ops(unset("a.b")), `{"a":1}`, nil},
	{"array by name", `{"a":[1]}`, ops(unset("a.b")), `{"a":[1]}`, nil},
}

var takeCases = []evalCase{
	{"field", `{"a":1,"b":2}`, ops(take("a")), `{"b":2}`, nil},
	{"missing", `{}`, ops(take("a.b")), `{}`, nil},
	{"element becomes null", `{"a":[1,2]}`, ops(take("a.0")), `{"a":[null,2]}`, nil},
	{"through a scalar", `{"a":1}`, ops(take("a.b")), `{"a":1}`, nil},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/rename/
var renameCases = []evalCase{
	{"field", `{"a":1,"c":2}`, ops(rename("a", "b")), `{"b":1,"c":2}`, nil},
	{"over another", `{"a":1,"b":2}`, ops(rename("a", "b")), `{"b":1}`, nil},
	{"missing leaves the target alone", `{"b":2}`, ops(rename("a", "b")), `{"b":2}`, nil},
	{"missing parents are made", `{"a":1}`, ops(rename("a", "b.c")), `{"b":{"c":1}}`, nil},
	{"to the top", `{"a":{"b":1}}`, ops(rename("a.b", "c")), `{"a":{},"c":1}`, nil},
	{"within an object", `{"a":{"b":1}}`, ops(rename("a.b", "a.c")), `{"a":{"c":1}}`, nil},
	{"an array whole", `{"a":[1]}`, ops(rename("a", "b")), `{"b":[1]}`, nil},
	{"over an array", `{"a":1,"b":[1]}`, ops(rename("a", "b")), `{"b":1}`, nil},
	{"an element", `{"a":[1]}`, ops(rename("a.0", "b")), "", driver.ErrPath},
	{"a field of an element", `{"a":[{"b":1}]}`, ops(rename("a.0.b", "c")), "", driver.ErrPath},
	{"a missing element", `{"a":[1]}`, ops(rename("a.1", "b")), `{"a":[1]}`, nil},
	{"to an element", `{"a":1,"b":[1]}`, ops(rename("a", "b.0")), "", driver.ErrPath},
	{"to a new element", `{"a":1,"b":[]}`, ops(rename("a", "b.0")), "", driver.ErrPath},
	{"into an element", `{"a":1,"b":[{}]}`, ops(rename("a", "b.0.c")), "", driver.ErrPath},
	{"from through a scalar", `{"a":1}`, ops(rename("a.b", "c")), "", driver.ErrPath},
	{"from an array by name", `{"a":[]}`, ops(rename("a.b", "c")), "", driver.ErrPath},
	{"to through a scalar", `{"a":1,"b":2}`, ops(rename("a", "b.c")), "", driver.ErrPath},
	{"to through null", `{"a":1,"b":null}`, ops(rename("a", "b.c")), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/currentDate/
var currentDateCases = []evalCase{
	{"new", `{}`, ops(driver.CurrentDate{Path: "a"}), `{"a":{"$date":"2026-01-02T03:04:05.678Z"}}`, nil},
	{"over another kind", `{"a":"x"}`, ops(driver.CurrentDate{Path: "a"}), `{"a":{"$date":"2026-01-02T03:04:05.678Z"}}`, nil},
	{"element", `{"a":[1]}`, ops(driver.CurrentDate{Path: "a.0"}), `{"a":[{"$date":"2026-01-02T03:04:05.678Z"}]}`, nil},
	{"through a scalar", `{"a":1}`, ops(driver.CurrentDate{Path: "a.b"}), "", driver.ErrPath},
}

func TestSet(t *testing.T)         { testEval(t, setCases) }
func TestSetIfAbsent(t *testing.T) { testEval(t, setIfAbsentCases) }
func TestUnset(t *testing.T)       { testEval(t, unsetCases) }
func TestTake(t *testing.T)        { testEval(t, takeCases) }
func TestRename(t *testing.T)      { testEval(t, renameCases) }
func TestCurrentDate(t *testing.T) { testEval(t, currentDateCases) }

func TestTaken(t *testing.T) {
	u := &driver.Update{Ops: ops(take("a.1"), take("b"), set("a.9", `0`), take("a.0"), take("c.d"), take("a.5"))}
	_, taken, err := driver.Eval(t.Context(), doc(`{"a":[1],"b":{"c":null}}`), u, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []driver.Value{{}, val(`{"c":null}`), val(`1`), {}, {}}
	if len(taken) != len(want) {
		t.Fatalf("%d values taken, want %d", len(taken), len(want))
	}
	for i, v := range taken {
		if !driver.Identical(v, want[i]) {
			t.Errorf("taken[%d] is %s %s, want %s %s", i, v.Kind(), v.Text(), want[i].Kind(), want[i].Text())
		}
	}
}
