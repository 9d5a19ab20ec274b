package driver_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func elements(p driver.Path, conditions []driver.Condition, do ...driver.Op) driver.Op {
	return driver.Elements{Path: p, Where: conditions, Do: do}
}

func sequence(p driver.Path, do ...driver.Op) driver.Op { return driver.Sequence{Path: p, Do: do} }

func conds(list ...driver.Condition) []driver.Condition { return list }

// https://www.mongodb.com/docs/manual/reference/operator/update/positional-filtered/
// https://www.mongodb.com/docs/manual/reference/operator/update/positional-all/
var elementsCases = []evalCase{
	{"the element itself", `{"a":[95,102,90,150]}`, ops(elements("a", conds(where("", driver.Gte, `100`)), set("", `100`))), `{"a":[95,100,90,100]}`, nil},
	{
		"a field of the element", `{"a":[{"g":80,"m":75},{"g":85,"m":90},{"g":90,"m":85}]}`,
		ops(elements("a", conds(where("g", driver.Gte, `85`)), set("m", `100`))), `{"a":[{"g":80,"m":75},{"g":85,"m":100},{"g":90,"m":100}]}`, nil,
	},
	{
		"two conditions", `{"a":[{"g":80,"s":6},{"g":85,"s":3},{"g":90,"s":5}]}`,
		ops(elements("a", conds(where("g", driver.Gte, `80`), where("s", driver.Gte, `5`)), inc("s", `-1`))), `{"a":[{"g":80,"s":5},{"g":85,"s":3},{"g":90,"s":4}]}`, nil,
	},
	{
		"not equal, also where the field is missing", `{"a":[{"k":"x","n":1},{"k":"y","n":1},{"n":1}]}`,
		ops(elements("a", conds(where("k", driver.Ne, `"x"`)), inc("n", `1`))), `{"a":[{"k":"x","n":1},{"k":"y","n":2},{"n":2}]}`, nil,
	},
	{
		"arrays inside arrays", `{"a":[{"t":"quiz","q":[10,8,5]},{"t":"quiz","q":[8,9,6]},{"t":"exam","q":[8]}]}`,
		ops(elements("a", conds(where("t", driver.Eq, `"quiz"`)), elements("q", conds(where("", driver.Gte, `8`)), inc("", `2`)))),
		`{"a":[{"q":[12,10,5],"t":"quiz"},{"q":[10,11,6],"t":"quiz"},{"q":[8],"t":"exam"}]}`, nil,
	},
	{"every element", `{"a":[1,2.5]}`, ops(elements("a", nil, mul("", `2`))), `{"a":[2,5.0]}`, nil},
	{"several operations", `{"a":[{"n":1,"l":[1]}]}`, ops(elements("a", nil, inc("n", `1`), push("l", `[2]`), unset("x"), set("b.c", `1`))), `{"a":[{"b":{"c":1},"l":[1,2],"n":2}]}`, nil},
	{"no element meets the condition", `{"a":[1]}`, ops(elements("a", conds(where("", driver.Eq, `2`)), push("", `1`))), `{"a":[1]}`, nil},
	{"no search inside an element", `{"a":[[1],{"b":[1]}]}`, ops(elements("a", conds(where("b", driver.Eq, `1`)), unset(""))), `{"a":[[1],{"b":[1]}]}`, nil},
	{"null is not missing", `{"a":[{},{"b":null}]}`, ops(elements("a", conds(where("b", driver.Eq, `null`)), unset(""))), `{"a":[{},null]}`, nil},
	{"an empty array", `{"a":[]}`, ops(elements("a", nil, inc("", `1`))), `{"a":[]}`, nil},
	{"deep down", `{"a":{"b":[{"c":[1]}]}}`, ops(elements("a.b", conds(where("c.0", driver.Eq, `1`)), set("c.2", `3`))), `{"a":{"b":[{"c":[1,null,3]}]}}`, nil},
	{"with others", `{"a":[1],"b":1}`, ops(elements("a", nil, inc("", `1`)), inc("b", `1`)), `{"a":[2],"b":2}`, nil},
	{"missing", `{}`, ops(elements("a", nil, inc("", `1`))), "", driver.ErrPath},
	{"missing inside", `{"a":[{}]}`, ops(elements("a", nil, elements("b", nil, unset("")))), "", driver.ErrPath},
	{"no array", `{"a":{"0":1}}`, ops(elements("a", nil, inc("", `1`))), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(elements("a.b", nil, inc("", `1`))), "", driver.ErrPath},
	{"one element is of the wrong kind", `{"a":[1,"x"]}`, ops(elements("a", nil, inc("", `1`))), "", driver.ErrType},
	{"a path through an element that is a scalar", `{"a":[1]}`, ops(elements("a", nil, inc("b", `1`))), "", driver.ErrPath},
	{"overflow", `{"a":[9223372036854775807]}`, ops(elements("a", nil, inc("", `1`))), "", driver.ErrOverflow},
	{"too much padding", `{"a":[[]]}`, ops(elements("a", nil, set("5000", `1`))), "", driver.ErrTooLarge},
}

var sequenceCases = []evalCase{
	{"in order", `{"a":1}`, ops(sequence("a", inc("a", `1`), mul("a", `3`))), `{"a":6}`, nil},
	{"the other order", `{"a":1}`, ops(sequence("a", mul("a", `3`), inc("a", `1`))), `{"a":4}`, nil},
	{"pull and push", `{"a":[1,2]}`, ops(sequence("a", pull("a", where("", driver.Eq, `1`)), push("a", `[1]`))), `{"a":[2,1]}`, nil},
	{"bits", `{"a":5}`, ops(sequence("a", bit("a", driver.BitAnd, 6), bit("a", driver.BitOr, 9), bit("a", driver.BitXor, 1))), `{"a":12}`, nil},
	{"inside the field", `{"a":{"b":1}}`, ops(sequence("a", set("a.c", `1`), inc("a.c", `1`), unset("a.b"))), `{"a":{"c":2}}`, nil},
	{"from nothing", `{}`, ops(sequence("a.b", push("a.b", `[1]`), push("a.b", `[2]`), pop("a.b", false))), `{"a":{"b":[1]}}`, nil},
	{"to nothing", `{"a":1}`, ops(sequence("a", inc("a", `1`), unset("a"))), `{}`, nil},
	{"and back", `{"a":1}`, ops(sequence("a", unset("a"), inc("a", `7`))), `{"a":7}`, nil},
	{"an element", `{"a":[1,2]}`, ops(sequence("a.0", unset("a.0"), set("a.0", `[3]`), push("a.0", `[4]`))), `{"a":[[3,4],2]}`, nil},
	{"lower, and remove what is used up", `{"a":[{"q":1},{"q":2}]}`, ops(sequence("a", elements("a", nil, inc("q", `-1`)), pull("a", where("q", driver.Lte, `0`)))), `{"a":[{"q":1}]}`, nil},
	{"inside elements", `{"a":[{"q":1},{"q":2}]}`, ops(elements("a", nil, sequence("q", inc("q", `1`), mul("q", `2`)))), `{"a":[{"q":4},{"q":6}]}`, nil},
	{"the last fails", `{"a":1}`, ops(sequence("a", inc("a", `1`), push("a", `[1]`))), "", driver.ErrType},
}

func TestElements(t *testing.T) { testEval(t, elementsCases) }
func TestSequence(t *testing.T) { testEval(t, sequenceCases) }

// TestSequenceTakes: what a sequence takes comes where it stands among the others, and is what was there at its turn.
func TestSequenceTakes(t *testing.T) {
	u := &driver.Update{Ops: ops(
		driver.Take{Path: "z"},
		sequence("a", driver.Take{Path: "a"}, set("a", `[7]`), driver.Take{Path: "a.0"}),
		driver.Take{Path: "b"},
		sequence("c", driver.Take{Path: "c"}, set("c", `1`)),
	)}
	if err := u.Validate(); err != nil || !u.Takes() {
		t.Fatalf("takes %t: %v", u.Takes(), err)
	}
	after, taken, err := driver.Eval(t.Context(), doc(`{"a":1,"b":2,"z":3}`), u, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := driver.ArrayValue(taken[:4]...).Text(); got != `[3,1,7,2]` || len(taken) != 5 || taken[4].Exists() {
		t.Errorf("took %s, and %d in all", got, len(taken))
	}
	if got := after.Text(); got != `{"a":[null],"c":1}` {
		t.Errorf("left %s", got)
	}
}

// TestInsideErrors: an error names the operation that failed, and the whole path to where it did.
func TestInsideErrors(t *testing.T) {
	for _, c := range []struct {
		op   driver.Op
		want string
	}{
		{elements("a.l", nil, inc("n.m", `1`)), `inc "a.l.1.n.m"`},
		{elements("a.l", nil, elements("q", nil, inc("", `1`))), `elements "a.l.0.q"`},
		{elements("a.l", conds(where("n", driver.Exists, `true`)), pull("n.x", where("", driver.Eq, `1`))), `pull "a.l.1.n.x"`},
		{elements("a", nil, inc("", `1`)), `elements "a"`},
		{sequence("a.l", unset("a.l.0"), inc("a.l.1.n", `1`)), `inc "a.l.1.n"`},
		{sequence("a", elements("a.l", nil, sequence("n", inc("n", `1`)))), `a sequence`}, // refused before
		{elements("a.l", nil, sequence("n", driver.SetIfAbsent{Path: "n", Value: val(`1`)}, inc("n", `1`))), `inc "a.l.1.n"`},
	} {
		u := &driver.Update{Ops: ops(c.op)}
		err := u.Validate()
		if err == nil {
			_, _, err = driver.Eval(t.Context(), doc(`{"a":{"l":[{},{"n":"x"}]}}`), u, now)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, want %s in it", err, c.want)
		}
	}
}

func TestValidateInside(t *testing.T) {
	many := func(n int) (list []driver.Op) {
		for i := range n {
			list = append(list, unset(driver.Path(fmt.Sprint("f", i))))
		}
		return list
	}
	deep := func(n int) driver.Condition {
		c := where("x", driver.Eq, `1`)
		for range n {
			c = driver.Condition{Is: driver.Or, Each: conds(c)}
		}
		return c
	}
	holding := func(c driver.Condition, each ...driver.Condition) driver.Condition {
		c.Each = each
		return c
	}
	yes := where("x", driver.Eq, `1`)
	for _, c := range []struct {
		name string
		u    driver.Update
		err  error
	}{
		{"elements without an operation", driver.Update{Ops: ops(elements("a", nil))}, driver.ErrValue},
		{"as many as may be", driver.Update{Ops: ops(elements("a", nil, many(driver.MaxInside)...))}, nil},
		{"too many", driver.Update{Ops: ops(elements("a", nil, many(driver.MaxInside+1)...))}, driver.ErrTooLarge},
		{"too many with conditions", driver.Update{Ops: ops(elements("a", conds(yes), many(driver.MaxInside)...))}, driver.ErrTooLarge},
		{"too many further inside", driver.Update{Ops: ops(elements("a", nil, elements("b", nil, many(driver.MaxInside)...)))}, driver.ErrTooLarge},
		{"too many in a pull inside", driver.Update{Ops: ops(elements("a", nil, pull("b", conds(yes, yes)...), sequence("c", many(1)...)), sequence("d", many(driver.MaxInside+1)...))}, driver.ErrPath},
		{"conflict inside", driver.Update{Ops: ops(elements("a", nil, inc("b", `1`), unset("b.c")))}, driver.ErrConflict},
		{"conflict with the element itself", driver.Update{Ops: ops(elements("a", nil, inc("b", `1`), unset("")))}, driver.ErrConflict},
		{"conflict with an element", driver.Update{Ops: ops(elements("a", nil, inc("b", `1`)), unset("a.0"))}, driver.ErrConflict},
		{"conflict with a sequence", driver.Update{Ops: ops(sequence("a.b", unset("a.b")), unset("a"))}, driver.ErrConflict},
		{"take inside elements", driver.Update{Ops: ops(elements("a", nil, driver.Take{Path: "b"}))}, driver.ErrValue},
		{"take in a sequence inside elements", driver.Update{Ops: ops(elements("a", nil, sequence("b", driver.Take{Path: "b"})))}, driver.ErrValue},
		{"rename inside elements", driver.Update{Ops: ops(elements("a", nil, rename("b", "c")))}, driver.ErrValue},
		{"rename in a sequence", driver.Update{Ops: ops(sequence("a", rename("a.b", "a.c")))}, driver.ErrValue},
		{"a sequence inside another", driver.Update{Ops: ops(sequence("a", sequence("a.b", unset("a.b"))))}, driver.ErrValue},
		{"a sequence inside another, further inside", driver.Update{Ops: ops(sequence("a", elements("a.b", nil, sequence("c", unset("c")))))}, driver.ErrValue},
		{"a sequence that leaves its field", driver.Update{Ops: ops(sequence("a.b", unset("a")))}, driver.ErrPath},
		{"a sequence of another field", driver.Update{Ops: ops(sequence("a", unset("ab")))}, driver.ErrPath},
		{"an empty sequence", driver.Update{Ops: ops(sequence("a"))}, driver.ErrValue},
		{"nil inside", driver.Update{Ops: ops(sequence("a", nil))}, driver.ErrValue},
		{"an invalid value inside", driver.Update{Ops: ops(elements("a", nil, driver.Set{Path: "b"}))}, driver.ErrValue},
		{"an invalid number inside", driver.Update{Ops: ops(sequence("a", inc("a", `"x"`)))}, driver.ErrType},
		{"a malformed path inside", driver.Update{Ops: ops(elements("a", nil, unset("b..c")))}, driver.ErrPath},
		{"a malformed condition inside", driver.Update{Ops: ops(elements("a", conds(where("$b", driver.Eq, `1`)), unset("b")))}, driver.ErrPath},
		{"the path is too long with what is above", driver.Update{Ops: ops(elements("a.b", nil, unset("c"))), Limits: driver.Limits{Depth: 3}}, driver.ErrTooLarge},
		{"the path fits with what is above", driver.Update{Ops: ops(elements("a.b", nil, unset("c"))), Limits: driver.Limits{Depth: 4}}, nil},
		{"the path of a sequence counts once", driver.Update{Ops: ops(sequence("a.b", unset("a.b.c"))), Limits: driver.Limits{Depth: 3}}, nil},
		{"the value is too deep with what is above", driver.Update{Ops: ops(elements("a", nil, set("b", `[[1]]`))), Limits: driver.Limits{Depth: 3}}, driver.ErrTooLarge},
		{"the value fits with what is above", driver.Update{Ops: ops(elements("a", nil, set("b", `[1]`), set("c", `{}`))), Limits: driver.Limits{Depth: 3}}, nil},
		{"the element fits", driver.Update{Ops: ops(elements("a", nil, set("", `[[1]]`))), Limits: driver.Limits{Depth: 3}}, nil},

		{"or without a condition", driver.Update{If: conds(driver.Condition{Is: driver.Or})}, driver.ErrValue},
		{"or with a path", driver.Update{If: conds(driver.Condition{Path: "a", Is: driver.Or, Each: conds(yes)})}, driver.ErrPath},
		{"or with a value", driver.Update{If: conds(holding(where("", driver.Or, `1`), yes))}, driver.ErrValue},
		{"a comparison with conditions", driver.Update{If: conds(holding(where("a", driver.Eq, `1`), yes))}, driver.ErrValue},
		{"elemMatch without a path", driver.Update{If: conds(driver.Condition{Is: driver.ElemMatch, Each: conds(yes)})}, driver.ErrPath},
		{"elemMatch without a condition", driver.Update{If: conds(driver.Condition{Path: "a", Is: driver.ElemMatch})}, driver.ErrValue},
		{"in without a list", driver.Update{If: conds(where("a", driver.In, `1`))}, driver.ErrValue},
		{"in with what is no value", driver.Update{If: conds(driver.Condition{Path: "a", Is: driver.In, Value: driver.ArrayValue(driver.Value{})})}, driver.ErrValue},
		{"a path without a name inside or", driver.Update{If: conds(driver.Condition{Is: driver.Or, Each: conds(where("", driver.Eq, `1`))})}, driver.ErrPath},
		{"as deep as may be", driver.Update{If: conds(deep(7))}, nil},
		{"too deep", driver.Update{If: conds(deep(8))}, driver.ErrTooLarge},
		{"far too deep", driver.Update{If: conds(deep(100_000))}, driver.ErrTooLarge},
		{"more conditions than operations may be", driver.Update{If: conds(driver.Condition{Is: driver.And, Each: make([]driver.Condition, driver.MaxOps)})}, driver.ErrTooLarge},
		{"too many on elements", driver.Update{If: conds(
			holding(driver.Condition{Path: "a", Is: driver.ElemMatch}, repeat(yes, driver.MaxInside)...), holding(driver.Condition{Path: "b", Is: driver.ElemMatch}, yes),
		)}, driver.ErrTooLarge},

		{"pull by many fields", driver.Update{Ops: ops(pull("a", repeat(yes, 1000)...))}, nil},
		{"pull by many negations", driver.Update{Ops: ops(pull("a", repeat(where("x", driver.Ne, `1`), driver.MaxInside+1)...))}, driver.ErrTooLarge},
		{"pull by many paths", driver.Update{Ops: ops(pull("a", repeat(where("x.y", driver.Eq, `1`), driver.MaxInside+1)...))}, driver.ErrTooLarge},
		{"pull by a mixture", driver.Update{Ops: ops(pull("a", driver.Condition{Is: driver.Or, Each: conds(yes, where("", driver.Eq, `1`))}))}, driver.ErrValue},
		{"pull by a mixture further inside", driver.Update{Ops: ops(pull("a", holding(driver.Condition{Path: "l", Is: driver.ElemMatch}, yes, where("", driver.Eq, `1`))))}, driver.ErrValue},
		{"pull by different things of elements and of theirs", driver.Update{Ops: ops(pull("a", holding(driver.Condition{Path: "l", Is: driver.ElemMatch}, where("", driver.Eq, `1`))))}, nil},
		{"sort by several fields", driver.Update{Ops: ops(driver.Push{Path: "a", Sort: []driver.Sort{{By: "b"}, {By: "c.d", Desc: true}}})}, nil},
		{"sort by a field and the element", driver.Update{Ops: ops(driver.Push{Path: "a", Sort: []driver.Sort{{By: "b"}, {}}})}, driver.ErrPath},
		{"sort by too many fields", driver.Update{Ops: ops(driver.Push{Path: "a", Sort: make([]driver.Sort, driver.MaxInside+1)})}, driver.ErrTooLarge},
	} {
		err := c.u.Validate()
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
	}
}

func repeat(c driver.Condition, n int) (list []driver.Condition) {
	for range n {
		list = append(list, c)
	}
	return list
}
