package driver_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func push(p driver.Path, each string) driver.Push { return driver.Push{Path: p, Each: list(each)} }

// at, keep and sorted return a push with a modifier.

func at(position int, o driver.Push) driver.Push {
	o.Position = &position
	return o
}

func keep(n int, o driver.Push) driver.Push {
	o.Slice = &n
	return o
}

func sorted(by driver.Path, desc bool, o driver.Push) driver.Push {
	o.Sort = []driver.Sort{{By: by, Desc: desc}}
	return o
}

func add(p driver.Path, each string) driver.Op { return driver.AddToSet{Path: p, Each: list(each)} }

func pop(p driver.Path, first bool) driver.Op { return driver.Pop{Path: p, First: first} }

// https://www.mongodb.com/docs/manual/reference/operator/update/push/
// https://www.mongodb.com/docs/manual/reference/operator/update/position/
var pushCases = []evalCase{
	{"missing", `{}`, ops(push("a", `[1]`)), `{"a":[1]}`, nil},
	{"missing with nothing", `{}`, ops(push("a", `[]`)), `{"a":[]}`, nil},
	{"missing parents", `{}`, ops(push("a.b", `[1]`)), `{"a":{"b":[1]}}`, nil},
	{"one", `{"a":[1]}`, ops(push("a", `["x"]`)), `{"a":[1,"x"]}`, nil},
	{"each", `{"a":[1]}`, ops(push("a", `[2,3]`)), `{"a":[1,2,3]}`, nil},
	{"an array as one element", `{"a":[1]}`, ops(push("a", `[[2,3]]`)), `{"a":[1,[2,3]]}`, nil},
	{"duplicates stay", `{"a":[1]}`, ops(push("a", `[1]`)), `{"a":[1,1]}`, nil},
	{"into an element", `{"a":[[1],[2]]}`, ops(push("a.1", `[3]`)), `{"a":[[1],[2,3]]}`, nil},
	{"into a new element", `{"a":[]}`, ops(push("a.1", `[3]`)), `{"a":[null,[3]]}`, nil},
	{"position front", `{"a":[1,2]}`, ops(at(0, push("a", `[8,9]`))), `{"a":[8,9,1,2]}`, nil},
	{"position middle", `{"a":[1,2]}`, ops(at(1, push("a", `[8,9]`))), `{"a":[1,8,9,2]}`, nil},
	{"position at the end", `{"a":[1,2]}`, ops(at(2, push("a", `[8]`))), `{"a":[1,2,8]}`, nil},
	{"position past the end", `{"a":[1,2]}`, ops(at(math.MaxInt, push("a", `[8]`))), `{"a":[1,2,8]}`, nil},
	{"position -1 is before the last", `{"a":[1,2,3]}`, ops(at(-1, push("a", `[8,9]`))), `{"a":[1,2,8,9,3]}`, nil},
	{"position -2", `{"a":[1,2,3]}`, ops(at(-2, push("a", `[8]`))), `{"a":[1,8,2,3]}`, nil},
	{"position before the front", `{"a":[1,2]}`, ops(at(math.MinInt, push("a", `[8]`))), `{"a":[8,1,2]}`, nil},
	{"position in a missing array", `{}`, ops(at(5, push("a", `[8]`))), `{"a":[8]}`, nil},
	{"slice first", `{"a":[1,2]}`, ops(keep(2, push("a", `[3]`))), `{"a":[1,2]}`, nil},
	{"slice last", `{"a":[1,2]}`, ops(keep(-2, push("a", `[3]`))), `{"a":[2,3]}`, nil},
	{"slice none", `{"a":[1,2]}`, ops(keep(0, push("a", `[3]`))), `{"a":[]}`, nil},
	{"slice more than there are", `{"a":[1]}`, ops(keep(9, push("a", `[2]`))), `{"a":[1,2]}`, nil},
	{"slice highest", `{"a":[1]}`, ops(keep(math.MaxInt, push("a", `[2]`))), `{"a":[1,2]}`, nil},
	{"slice lowest", `{"a":[1]}`, ops(keep(math.MinInt, push("a", `[2]`))), `{"a":[1,2]}`, nil},
	{"slice alone", `{"a":[1,2,3]}`, ops(keep(-1, push("a", `[]`))), `{"a":[3]}`, nil},
	{"slice a missing array", `{}`, ops(keep(-1, push("a", `[1,2]`))), `{"a":[2]}`, nil},
	{"position then slice", `{"a":[1,2]}`, ops(keep(2, at(0, push("a", `[9]`)))), `{"a":[9,1]}`, nil},
	{"null", `{"a":null}`, ops(push("a", `[1]`)), "", driver.ErrType},
	{"object", `{"a":{}}`, ops(push("a", `[1]`)), "", driver.ErrType},
	{"string, even with nothing", `{"a":"x"}`, ops(push("a", `[]`)), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(push("a.b", `[1]`)), "", driver.ErrPath},
	{"array by name", `{"a":[]}`, ops(push("a.b", `[1]`)), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/sort/
// https://www.mongodb.com/docs/manual/reference/operator/update/slice/
var pushSortCases = []evalCase{
	{"ascending", `{"a":[3,1]}`, ops(sorted("", false, push("a", `[2]`))), `{"a":[1,2,3]}`, nil},
	{"descending", `{"a":[3,1]}`, ops(sorted("", true, push("a", `[2]`))), `{"a":[3,2,1]}`, nil},
	{"alone", `{"a":[3,1]}`, ops(sorted("", false, push("a", `[]`))), `{"a":[1,3]}`, nil},
	{
		"kinds in BSON order", `{"a":[true,{"$date":"2026-01-02T03:04:05.678Z"},[1],{"b":1},"x",1.5,null,{"$binary":"AA=="}]}`,
		ops(sorted("", false, push("a", `[1]`))),
		`{"a":[null,1,1.5,"x",{"b":1},[1],{"$binary":"AA=="},true,{"$date":"2026-01-02T03:04:05.678Z"}]}`, nil,
	},
	{"equal ones as they were", `{"a":[2,1.0,1]}`, ops(sorted("", false, push("a", `[1.0]`))), `{"a":[1.0,1,1.0,2]}`, nil},
	{"equal ones as they were, descending", `{"a":[1.0,1,2]}`, ops(sorted("", true, push("a", `[]`))), `{"a":[2,1.0,1]}`, nil},
	{"by a field", `{"a":[{"b":3},{"b":1}]}`, ops(sorted("b", false, push("a", `[{"b":2}]`))), `{"a":[{"b":1},{"b":2},{"b":3}]}`, nil},
	{"by a path", `{"a":[{"b":{"c":2}},{"b":{"c":1}}]}`, ops(sorted("b.c", false, push("a", `[]`))), `{"a":[{"b":{"c":1}},{"b":{"c":2}}]}`, nil},
	{"by an index", `{"a":[{"b":[2]},{"b":[1]}]}`, ops(sorted("b.0", false, push("a", `[]`))), `{"a":[{"b":[1]},{"b":[2]}]}`, nil},
	{
		"missing counts as null", `{"a":[{"b":1},{"c":1},{"b":null},5]}`, ops(sorted("b", false, push("a", `[]`))),
		`{"a":[{"c":1},{"b":null},5,{"b":1}]}`, nil,
	},
	{"by an index in elements that are arrays", `{"a":[[2],[1]]}`, ops(sorted("0", false, push("a", `[]`))), `{"a":[[2],[1]]}`, nil},
	{"then slice", `{"a":[3,1]}`, ops(keep(2, sorted("", false, push("a", `[2]`)))), `{"a":[1,2]}`, nil},
	{"then slice last", `{"a":[3,1]}`, ops(keep(-2, sorted("", false, push("a", `[2]`)))), `{"a":[2,3]}`, nil},
	{"after position", `{"a":[3,1]}`, ops(at(0, sorted("", false, push("a", `[2]`)))), `{"a":[1,2,3]}`, nil},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/pop/
var popCases = []evalCase{
	{"last", `{"a":[1,2,3]}`, ops(pop("a", false)), `{"a":[1,2]}`, nil},
	{"first", `{"a":[1,2,3]}`, ops(pop("a", true)), `{"a":[2,3]}`, nil},
	{"the only one", `{"a":[1]}`, ops(pop("a", true)), `{"a":[]}`, nil},
	{"empty", `{"a":[]}`, ops(pop("a", false)), `{"a":[]}`, nil},
	{"missing", `{}`, ops(pop("a", false)), `{}`, nil},
	{"missing below an object", `{"a":{}}`, ops(pop("a.b.c", true)), `{"a":{}}`, nil},
	{"missing element", `{"a":[]}`, ops(pop("a.0", false)), `{"a":[]}`, nil},
	{"element", `{"a":[[1,2]]}`, ops(pop("a.0", false)), `{"a":[[1]]}`, nil},
	{"null", `{"a":null}`, ops(pop("a", false)), "", driver.ErrType},
	{"string", `{"a":"x"}`, ops(pop("a", false)), "", driver.ErrType},
	{"through a scalar", `{"a":"x"}`, ops(pop("a.b", false)), "", driver.ErrPath},
	{"through null", `{"a":null}`, ops(pop("a.b", false)), "", driver.ErrPath},
	{"array by name", `{"a":[1]}`, ops(pop("a.b", false)), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/addToSet/
var addToSetCases = []evalCase{
	{"missing", `{}`, ops(add("a", `[1]`)), `{"a":[1]}`, nil},
	{"missing with nothing", `{}`, ops(add("a", `[]`)), `{"a":[]}`, nil},
	{"new", `{"a":[1]}`, ops(add("a", `[2]`)), `{"a":[1,2]}`, nil},
	{"old", `{"a":[1,2]}`, ops(add("a", `[2]`)), `{"a":[1,2]}`, nil},
	{"equal number of another kind", `{"a":[1]}`, ops(add("a", `[1.0,2.0,2]`)), `{"a":[1,2.0]}`, nil},
	{"numbers differ above 2^53", `{"a":[9007199254740992.0]}`, ops(add("a", `[9007199254740993]`)), `{"a":[9007199254740992.0,9007199254740993]}`, nil},
	{"old duplicates stay", `{"a":[1,1]}`, ops(add("a", `[2,2]`)), `{"a":[1,1,2]}`, nil},
	{"order is kept", `{"a":[9]}`, ops(add("a", `[3,1,9,2,3]`)), `{"a":[9,3,1,2]}`, nil},
	{"object with fields in any order", `{"a":[{"b":1,"c":2}]}`, ops(add("a", `[{"c":2,"b":1}]`)), `{"a":[{"b":1,"c":2}]}`, nil},
	{"array in one order", `{"a":[[1,2]]}`, ops(add("a", `[[2,1]]`)), `{"a":[[1,2],[2,1]]}`, nil},
	{"null", `{"a":[null]}`, ops(add("a", `[null,0]`)), `{"a":[null,0]}`, nil},
	{"to null", `{"a":null}`, ops(add("a", `[1]`)), "", driver.ErrType},
	{"to a string", `{"a":"x"}`, ops(add("a", `[]`)), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(add("a.b", `[1]`)), "", driver.ErrPath},
}

func TestPush(t *testing.T)     { testEval(t, pushCases) }
func TestPushSort(t *testing.T) { testEval(t, pushSortCases) }
func TestPop(t *testing.T)      { testEval(t, popCases) }
func TestAddToSet(t *testing.T) { testEval(t, addToSetCases) }

// What operations pad together counts against the size before it is made: a short update must not cost much to refuse.
func TestPaddingOfManyOperations(t *testing.T) {
	u := &driver.Update{Limits: driver.Limits{Size: 100_000}}
	for i := range 10 {
		u.Ops = append(u.Ops, driver.Set{Path: driver.Path(fmt.Sprintf("a.%d", 4000*(i+1))), Value: driver.IntValue(1)})
	}
	if _, _, err := driver.Eval(t.Context(), doc(`{"a":[]}`), u, now); !errors.Is(err, driver.ErrTooLarge) {
		t.Errorf("40 000 nulls in 100 000 bytes: %v", err)
	}
	u.Ops = u.Ops[:4]
	if _, _, err := driver.Eval(t.Context(), doc(`{"a":[]}`), u, now); err != nil {
		t.Errorf("16 000 nulls in 100 000 bytes: %v", err)
	}
}
