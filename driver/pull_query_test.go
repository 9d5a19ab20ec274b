package driver_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// https://www.mongodb.com/docs/manual/tutorial/query-array-of-documents/
// https://www.mongodb.com/docs/manual/tutorial/query-for-null-fields/
// https://www.mongodb.com/docs/manual/reference/operator/query/elemMatch/
var pullQueryCases = []evalCase{
	{"not equal", `{"a":[1,2,"x",null]}`, ops(pull("a", where("", driver.Ne, `1`))), `{"a":[1]}`, nil},
	{"not equal to any element", `{"a":[[1],[2],3]}`, ops(pull("a", where("", driver.Ne, `1`))), `{"a":[[1]]}`, nil},
	{"a field that is not equal, or missing, of an object", `{"a":[{"b":1},{"b":2},{},5,{"b":[1]}]}`, ops(pull("a", where("b", driver.Ne, `1`))), `{"a":[{"b":1},5,{"b":[1]}]}`, nil},
	{"not null", `{"a":[{"b":null},{},{"b":0}]}`, ops(pull("a", where("b", driver.Ne, `null`))), `{"a":[{"b":null},{}]}`, nil},
	{"one of several", `{"a":[1,2.0,3,"1",[2]]}`, ops(pull("a", where("", driver.In, `[1,2]`))), `{"a":[3,"1"]}`, nil},
	{"none of several", `{"a":[1,2.0,3,"1",[2]]}`, ops(pull("a", where("", driver.Nin, `[1,2]`))), `{"a":[1,2.0,[2]]}`, nil},
	{"one of none", `{"a":[1,null]}`, ops(pull("a", where("", driver.In, `[]`))), `{"a":[1,null]}`, nil},
	{"null among several is missing too", `{"a":[{"b":1},{},{"b":null},{"b":2}]}`, ops(pull("a", where("b", driver.In, `[1,null]`))), `{"a":[{"b":2}]}`, nil},
	{"or", `{"a":[{"b":1},{"c":2},{"b":2,"c":1},3]}`, ops(pull("a", driver.Condition{Is: driver.Or, Each: conds(where("b", driver.Eq, `1`), where("c", driver.Eq, `2`))})), `{"a":[{"b":2,"c":1},3]}`, nil},
	{"nor", `{"a":[{"b":1},{"c":2},{"b":2,"c":1},3]}`, ops(pull("a", driver.Condition{Is: driver.Nor, Each: conds(where("b", driver.Eq, `1`), where("c", driver.Eq, `2`))})), `{"a":[{"b":1},{"c":2},3]}`, nil},
	{"a path", `{"a":[{"b":{"c":1}},{"b":{"c":2}},{"b":1}]}`, ops(pull("a", where("b.c", driver.Eq, `1`))), `{"a":[{"b":{"c":2}},{"b":1}]}`, nil},
	{"a path through an array", `{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]},{"b":[1]}]}`, ops(pull("a", where("b.c", driver.Eq, `2`))), `{"a":[{"b":[{"c":3}]},{"b":[1]}]}`, nil},
	{"a path to an element", `{"a":[{"b":[1,2]},{"b":[2,1]},{"b":{"0":2}},{"b":[{"0":2}]}]}`, ops(pull("a", where("b.0", driver.Eq, `2`))), `{"a":[{"b":[1,2]}]}`, nil},
	{"null at a path", `{"a":[{"b":1},{"b":{}},{"b":{"c":null}},{},{"b":[]},{"b":[1]},{"b":[{"c":1}]},{"b":[{"c":1},{}]}]}`, ops(pull("a", where("b.c", driver.Eq, `null`))), `{"a":[{"b":[]},{"b":[1]},{"b":[{"c":1}]}]}`, nil},
	{"exists at a path", `{"a":[{"b":{"c":null}},{"b":[{},{"c":1}]},{"b":[]},{}]}`, ops(pull("a", where("b.c", driver.Exists, `true`))), `{"a":[{"b":[]},{}]}`, nil},
	{
		"one element meets all", `{"a":[{"r":[{"p":1,"s":8},{"p":2,"s":9}]},{"r":[{"p":1,"s":9}]}]}`,
		ops(pull("a", driver.Condition{Path: "r", Is: driver.ElemMatch, Each: conds(where("p", driver.Eq, `1`), where("s", driver.Eq, `9`))})), `{"a":[{"r":[{"p":1,"s":8},{"p":2,"s":9}]}]}`, nil,
	},
	{
		"one element lies between", `{"a":[{"r":[82,85,88]},{"r":[75,88,89]}]}`,
		ops(pull("a", driver.Condition{Path: "r", Is: driver.ElemMatch, Each: conds(where("", driver.Gte, `80`), where("", driver.Lt, `85`))})), `{"a":[{"r":[75,88,89]}]}`, nil,
	},
	{"elemMatch of what is no array", `{"a":[{"r":5},{"r":[[5]]}]}`, ops(pull("a", driver.Condition{Path: "r", Is: driver.ElemMatch, Each: conds(where("", driver.Eq, `5`))})), `{"a":[{"r":5},{"r":[[5]]}]}`, nil},
	{"elemMatch of an array inside", `{"a":[[1,9],[5]]}`, ops(pull("a", driver.Condition{Is: driver.ElemMatch, Each: conds(where("", driver.Gt, `4`), where("", driver.Lt, `6`))})), `{"a":[[1,9]]}`, nil},
	{"elemMatch with indexes for names", `{"a":[{"r":[[5]]},{"r":[{"0":5}]},{"r":[5]}]}`, ops(pull("a", driver.Condition{Path: "r", Is: driver.ElemMatch, Each: conds(where("0", driver.Eq, `5`))})), `{"a":[{"r":[5]}]}`, nil},
}

func TestPullQuery(t *testing.T) { testEval(t, pullQueryCases) }

// reached returns all values that a path leads to from an element, in the way of a query: everything at once, where Eval looks for one.
func reached(v driver.Value, segments []string, first bool) (all []driver.Value) {
	if len(segments) == 0 {
		return []driver.Value{v}
	}
	step := func(v driver.Value) []driver.Value { return reached(v, segments[1:], false) }
	elems := v.Elems()
	if v.Kind() != driver.Array {
		return step(v.Doc().Get(segments[0]))
	}
	i, isIndex := driver.Index(segments[0])
	if isIndex && i < len(elems) {
		all = append(all, step(elems[i])...)
	} else if first {
		return step(driver.Value{})
	}
	for _, e := range elems {
		if e.Kind() == driver.Object && !first {
			all = append(all, step(e.Doc().Get(segments[0]))...)
		}
	}
	return all
}

// queried says whether an element meets a condition of a Pull, or of ElemMatch there.
func queried(e driver.Value, c driver.Condition, inElemMatch bool) bool {
	some := func(f func(driver.Condition) bool) bool { return slices.ContainsFunc(c.Each, f) }
	again := func(is driver.Comparison, v driver.Value) bool {
		return queried(e, driver.Condition{Path: c.Path, Is: is, Value: v}, inElemMatch)
	}
	switch c.Is {
	case driver.And:
		return !some(func(c driver.Condition) bool { return !queried(e, c, inElemMatch) })
	case driver.Or:
		return some(func(c driver.Condition) bool { return queried(e, c, inElemMatch) })
	case driver.Nor:
		return !some(func(c driver.Condition) bool { return queried(e, c, inElemMatch) })
	case driver.Ne:
		return !again(driver.Eq, c.Value)
	case driver.In:
		return slices.ContainsFunc(c.Value.Elems(), func(v driver.Value) bool { return again(driver.Eq, v) })
	case driver.Nin:
		return !again(driver.In, c.Value)
	}
	var values []driver.Value
	if c.Path == "" {
		values = []driver.Value{e}
	} else {
		values = reached(e, strings.Split(string(c.Path), "."), true)
	}
	switch {
	case c.Is == driver.Exists:
		return slices.ContainsFunc(values, driver.Value.Exists) == c.Value.Bool()
	case c.Is == driver.ElemMatch:
		return slices.ContainsFunc(values, func(v driver.Value) bool {
			return slices.ContainsFunc(v.Elems(), func(e driver.Value) bool {
				fits := e.Kind() == driver.Object || e.Kind() == driver.Array || fieldless(c.Each[0])
				return fits && !slices.ContainsFunc(c.Each, func(c driver.Condition) bool { return !queried(e, c, true) })
			})
		})
	case c.Path == "" && inElemMatch:
		return isWhat(e, c)
	}
	return slices.ContainsFunc(values, func(v driver.Value) bool { return matchesOne(v, c) })
}

// fieldless reports whether a condition is on the element itself.
func fieldless(c driver.Condition) bool {
	for len(c.Each) > 0 && c.Is.Combines() {
		c = c.Each[0]
	}
	return c.Path == ""
}

// TestPullQueryByDefinition compares Pull with the definition above on random elements.
func TestPullQueryByDefinition(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	texts := []string{`1`, `1.0`, `2`, `null`, `"a"`, `[]`, `[1]`, `{}`, `{"b":1}`, `[2,null]`}
	var value func(depth int) driver.Value
	value = func(depth int) driver.Value {
		switch n := r.IntN(5); {
		case n == 0 && depth > 0:
			elems := make([]driver.Value, r.IntN(4))
			for i := range elems {
				elems[i] = value(depth - 1)
			}
			return driver.ArrayValue(elems...)
		case n < 3 && depth > 0:
			var d driver.Doc
			for _, name := range []string{"a", "b", "0", "1"} {
				if r.IntN(2) == 0 {
					d = d.With(name, value(depth-1))
				}
			}
			return driver.ObjectValue(d)
		}
		return val(texts[r.IntN(len(texts))])
	}
	paths := []driver.Path{"a", "b", "0", "a.b", "a.0", "a.a.b", "a.0.b", "b.1.0"}
	var condition func(field bool, depth int) driver.Condition
	condition = func(field bool, depth int) driver.Condition {
		c := driver.Condition{Is: driver.Eq + driver.Comparison(r.IntN(8)), Value: val(texts[r.IntN(len(texts))])}
		if field {
			c.Path = paths[r.IntN(len(paths))]
		}
		switch n := r.IntN(8); {
		case c.Is == driver.In || c.Is == driver.Nin:
			c.Value = driver.ArrayValue(val(texts[r.IntN(len(texts))]), val(texts[r.IntN(len(texts))]))
		case n == 0 && field:
			c.Is, c.Value = driver.Exists, driver.BoolValue(r.IntN(2) == 0)
		case n == 1 && depth > 0:
			inner := r.IntN(2) == 0
			c.Is, c.Value, c.Each = driver.ElemMatch, driver.Value{}, conds(condition(inner, depth-1), condition(inner, depth-1))
		case n == 2 && depth > 0:
			c = driver.Condition{Is: driver.And + driver.Comparison(r.IntN(3)), Each: conds(condition(field, depth-1), condition(field, depth-1))}
		}
		return c
	}
	removed, kept := 0, 0
	for range 20_000 {
		field := r.IntN(4) > 0
		c := condition(field, 2)
		elems := make([]driver.Value, 6)
		for i := range elems {
			elems[i] = value(3)
		}
		u := &driver.Update{Ops: ops(pull("l", c))}
		if err := u.Validate(); err != nil {
			t.Fatal(err)
		}
		after, _, err := driver.Eval(t.Context(), driver.Doc{}.With("l", driver.ArrayValue(elems...)), u, now)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(elems), func(e driver.Value) bool {
			return (e.Kind() == driver.Object || !field) && queried(e, c, false)
		})
		removed, kept = removed+len(elems)-len(want), kept+len(want)
		if got := after.Get("l"); !driver.Identical(got, driver.ArrayValue(want...)) {
			t.Fatalf("seed %d: %+v\nfrom   %s\nleaves %s\nwant   %s", seed, show(c), driver.ArrayValue(elems...).Text(), got.Text(), driver.ArrayValue(want...).Text())
		}
	}
	if removed < 10_000 || kept < 10_000 {
		t.Errorf("%d elements removed, %d kept: the test compares little", removed, kept)
	}
}

// show writes a condition so that a failure can be understood.
func show(c driver.Condition) (text string) {
	text = string(c.Path) + " " + c.Is.String() + " " + c.Value.Text()
	for _, c := range c.Each {
		text += " (" + show(c) + ")"
	}
	return text
}
