package mongostore_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func where(p driver.Path, is driver.Comparison, text string) driver.Condition {
	return driver.Condition{Path: p, Is: is, Value: value(text)}
}

func holding(p driver.Path, is driver.Comparison, each ...driver.Condition) driver.Condition {
	return driver.Condition{Path: p, Is: is, Each: each}
}

func elements(p driver.Path, where driver.Condition, do ...driver.Op) driver.Op {
	return driver.Elements{Path: p, Where: []driver.Condition{where}, Do: do}
}

func increments(p driver.Path) driver.Op { return driver.Inc{Path: p, By: value(`1`)} }

// What shops do is one command each time: a thousand calls are a thousand commands, and none of them is lost.
func TestThousandCommands(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	tea := where("sku", driver.Eq, `"tea"`)
	for _, tt := range []struct {
		name string
		u    *driver.Update
		qty  driver.Path
	}{
		{"an element", update(elements("lines", tea, increments("qty"))), "lines.1.qty"},
		{"an entry", update(increments("cart.tea.qty")), "cart.tea.qty"},
		{"if an element", &driver.Update{
			If:  []driver.Condition{holding("lines", driver.ElemMatch, tea, where("qty", driver.Gte, `0`))},
			Ops: []driver.Op{increments("n")},
		}, "n"},
		{"if one of", &driver.Update{If: []driver.Condition{where("state", driver.In, `["new","open"]`)}, Ops: []driver.Op{increments("n")}}, "n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := create(t, s, `{"lines":[{"sku":"milk","qty":1},{"sku":"tea","qty":0}],"cart":{"tea":{"qty":0}},"n":0,"state":"open"}`)
			m.take()
			tt.u.MaxAge = time.Hour
			var got driver.Result
			for range 1000 {
				var err error
				if got, err = s.Update(t.Context(), now, k, tt.u); err != nil {
					t.Fatal(err)
				}
			}
			names := m.take()
			if others := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "findAndModify" }); len(names) != 1000 || len(others) > 0 {
				t.Errorf("1000 updates send %d commands, among them %v", len(names), others)
			}
			if n := got.Fields.Lookup(tt.qty); n.Int() != 1000 {
				t.Errorf("1000 updates make it %s", got.Fields.Text())
			}
		})
	}
}

// TestInside has operations and conditions that hold others take the road that docs/mongodb.md says.
func TestInside(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	const lines = `{"l":[{"s":"a","q":1,"n":{"x":[1]}},{"s":"b","q":2.5},{"s":"a","t":[1,2]}],"o":{"p":1},"w":[{"y":1,"z":2}]}`
	a := where("s", driver.Eq, `"a"`)
	on := func(do ...driver.Op) driver.Op { return elements("l", a, do...) }
	pull := func(c driver.Condition) driver.Op { return driver.Pull{Path: "l", Where: []driver.Condition{c}} }
	sequence := func(p driver.Path, do ...driver.Op) driver.Op { return driver.Sequence{Path: p, Do: do} }
	set := func(p driver.Path, text string) driver.Op { return driver.Set{Path: p, Value: value(text)} }
	push := func(p driver.Path, texts ...string) driver.Push { return driver.Push{Path: p, Each: values(texts...)} }
	sorted := push("t", `2`)
	sorted.Sort = []driver.Sort{{}}
	twice := push("w", `{"y":0,"a":2}`)
	twice.Sort = []driver.Sort{{By: "y"}, {By: "y", Desc: true}, {By: "a"}}
	conditions := func(list ...driver.Condition) *driver.Update {
		return &driver.Update{If: list, Ops: []driver.Op{increments("c")}}
	}
	for _, tt := range []struct {
		doc      string
		u        *driver.Update
		commands int
	}{
		{lines, update(on(increments("q"))), 1},
		{lines, update(on(set("q", `{"n":1.0}`))), 1},
		{lines, update(on(driver.SetIfAbsent{Path: "q", Value: value(`1`)})), 1},
		{lines, update(on(driver.Unset{Path: "q"})), 1},
		{lines, update(on(driver.Unset{Path: "n.x"})), 3}, // one has no n
		{lines, update(on(increments("n.y"))), 1},
		{lines, update(on(increments("n.x.0"))), 3},
		{lines, update(on(driver.Mul{Path: "q", By: value(`1.5`)})), 1},
		{lines, update(on(driver.Inc{Path: "q", By: value(`9223372036854775807`)})), 2},
		{lines, update(on(driver.Min{Path: "q", Value: value(`0`)}, driver.Max{Path: "r", Value: value(`"x"`)})), 1},
		{lines, update(on(driver.Min{Path: "n", Value: value(`{"a":1}`)})), 3},
		{lines, update(on(driver.CurrentDate{Path: "at"})), 1},
		{lines, update(on(push("t", `1`, `{"a":1}`))), 1},
		{lines, update(on(sorted)), 2},
		{lines, update(on(driver.Pop{Path: "t"})), 1},
		{lines, update(on(driver.Pull{Path: "t", Where: []driver.Condition{where("", driver.Gt, `1`)}})), 1},
		{lines, update(on(driver.PullAll{Path: "t", Values: values(`1.0`)})), 1},
		{lines, update(on(driver.AddToSet{Path: "t", Each: values(`2.0`, `3`)})), 1},
		{lines, update(on(driver.Bit{Path: "q", Do: driver.BitOr, With: 4})), 2},
		{lines, update(on(sequence("q", increments("q"), driver.Mul{Path: "q", By: value(`2`)}))), 1},
		{lines, update(on(set("", `7`)), push("o.l", `1`)), 1},
		{lines, update(on(driver.Unset{})), 1},
		{lines, update(elements("l", where("q", driver.Gt, `100`), increments("q"))), 1},
		{lines, update(elements("l", holding("", driver.Or, a, where("q", driver.Nin, `[1,2.5]`)), increments("q"))), 1},
		{lines, update(elements("l", where("n", driver.Lt, `{"x":1}`), increments("q"))), 2},
		{lines, update(on(increments("q")), driver.Rename{Path: "o", To: "r"}), 2},
		{lines, update(driver.Elements{Path: "l", Do: []driver.Op{set("q", `1`)}}), 1},
		{lines, update(driver.Elements{Path: "z", Do: []driver.Op{set("q", `1`)}}), 2},
		{lines, update(driver.Elements{Path: "o", Do: []driver.Op{set("q", `1`)}}), 2},
		{lines, update(driver.SetIfAbsent{Path: "v", Value: value(`1`)}, push("w", `1`), driver.Mul{Path: "o.p", By: value(`0.5`)}), 1},
		{lines, update(twice), 1},
		{`{"l":[1,2]}`, update(elements("l", where("", driver.Gt, `1`), increments(""))), 1},
		{`{"l":[1e308]}`, update(elements("l", where("", driver.Gt, `1`), driver.Inc{By: value(`1e308`)})), 2},
		{`{"l":[1e308]}`, update(elements("l", where("", driver.Gt, `1`), driver.Mul{By: value(`2`)})), 2},
		{`{"l":[-0.0]}`, update(elements("l", where("", driver.Lt, `1`), driver.Inc{By: value(`-0.0`)})), 2},
		{`{"l":[-0.0]}`, update(elements("l", where("", driver.Lt, `1`), driver.Inc{By: value(`0`)})), 3},
		{`{"l":[-0.0]}`, update(elements("l", where("", driver.Lt, `1`), driver.Mul{By: value(`-2`)})), 1},
		{`{"l":[1,{}]}`, update(driver.Elements{Path: "l", Do: []driver.Op{increments("q")}}), 2},
		{`{"l":[[{"q":1}]]}`, update(driver.Elements{Path: "l", Do: []driver.Op{driver.Elements{Do: []driver.Op{increments("q")}}}}), 1},
		{`{"l":[[{"q":1}]]}`, update(driver.Elements{Path: "l.0", Do: []driver.Op{increments("q")}}), 2},

		{lines, update(pull(where("q", driver.In, `[1.0,7]`))), 1},
		{lines, update(pull(where("q", driver.Ne, `1`))), 1},
		{lines, update(pull(where("q", driver.In, `[null]`))), 1},
		{lines, update(pull(holding("", driver.Nor, a, where("q", driver.Lt, `1`)))), 1},
		{lines, update(pull(holding("t", driver.ElemMatch, where("", driver.Gt, `1`)))), 1},
		{lines, update(pull(where("n.y", driver.Exists, `false`))), 1},
		{lines, update(pull(where("n.x.0", driver.Exists, `true`))), 3},
		{lines, update(pull(where("t", driver.Ne, `1`))), 3},
		{lines, update(driver.Pull{Path: "o.l", Where: []driver.Condition{where("", driver.Ne, `1`)}}), 1},
		{lines, update(driver.Pull{Path: "r.l", Where: []driver.Condition{where("", driver.Ne, `1`)}}), 3},

		{lines, update(sequence("o", driver.Take{Path: "o"}, set("o", `1`))), 1},
		{lines, update(sequence("l.0.q", driver.Take{Path: "l.0.q"}, set("l.0.q", `1`))), 1},
		{lines, update(sequence("o.p", driver.Bit{Path: "o.p", Do: driver.BitOr, With: 6}, driver.Bit{Path: "o.p", Do: driver.BitAnd, With: 5},
			driver.Bit{Path: "o.p", Do: driver.BitXor, With: 12}, driver.Bit{Path: "o.p", Do: driver.BitAnd, With: -2})), 1},
		{lines, update(sequence("l", pull(a), push("l", `{"s":"c"}`))), 1},
		{lines, update(sequence("l", on(set("q", `0`)), pull(where("q", driver.Eq, `0`)))), 1},
		{lines, update(sequence("l", push("l", `1`), driver.Take{Path: "l"})), 2},
		{lines, update(sequence("o.p", increments("o.p"), push("o.p", `1`))), 2},
		{`{}`, update(sequence("o.p", driver.Pop{Path: "o.p"})), 3}, // it makes the parent
		{`{"o":5}`, update(sequence("o.p", driver.Unset{Path: "o.p"})), 1},

		{lines, conditions(where("o.p", driver.Ne, `2`), where("l.0.s", driver.Nin, `["b",["a"]]`), where("z", driver.Nin, `[null]`)), 1},
		{lines, conditions(holding("", driver.Or, where("o.p", driver.Gt, `1`), holding("", driver.And, where("o", driver.Exists, `true`)))), 1},
		{lines, conditions(holding("l", driver.ElemMatch, a, holding("t", driver.ElemMatch, where("", driver.In, `[2.0]`)))), 1},
		{lines, conditions(where("w.0", driver.In, `[1,{"z":2,"y":1}]`)), 1},
		{lines, conditions(holding("", driver.Nor, where("o.p", driver.Eq, `1`))), 2},
		{lines, conditions(where("z", driver.In, `[null]`)), 2},
		{lines, conditions(holding("w", driver.ElemMatch, where("", driver.Gte, `{"y":1}`))), 2},
		{lines, conditions(holding("l", driver.ElemMatch, where("q", driver.Nin, "[0"+strings.Repeat(",0", 64)+"]"))), 2},
	} {
		road(t, s, &m, tt.doc, tt.u, tt.commands)
	}
}

// Several Bit in a row are one command whatever they do to a bit, and fail on what is no int.
func TestManyBits(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	for a := driver.BitAnd; a <= driver.BitXor; a++ {
		for b := driver.BitAnd; b <= driver.BitXor; b++ {
			for c := driver.BitAnd; c <= driver.BitXor; c++ {
				op := driver.Sequence{Path: "n", Do: []driver.Op{
					driver.Bit{Path: "n", Do: a, With: 0x0f0f}, driver.Bit{Path: "n", Do: b, With: 0x3333}, driver.Bit{Path: "n", Do: c, With: ^0x5555},
				}}
				road(t, s, &m, `{"n":255}`, update(op), 1)
				road(t, s, &m, `{}`, update(op), 1)
				road(t, s, &m, `{"n":1.0}`, update(op), 2)
			}
		}
	}
}

// What operations inside others write counts towards the limit on the size, with all that has to be created on the way.
func TestInsideTooLarge(t *testing.T) {
	s := newStore(t, collection(t))
	long := value(`"` + strings.Repeat("x", 400) + `"`)
	far := driver.Path(strings.Repeat("p", 300) + "." + strings.Repeat("q", 300))
	const before = `{"l":[{},{},{}]}`
	for _, op := range []driver.Op{
		driver.Elements{Path: "l", Do: []driver.Op{driver.Set{Path: "t", Value: long}}},
		driver.Sequence{Path: "m", Do: []driver.Op{driver.Push{Path: "m", Each: []driver.Value{long}}, driver.Push{Path: "m", Each: []driver.Value{long, long}}}},
		driver.Sequence{Path: far, Do: []driver.Op{driver.Push{Path: far, Each: []driver.Value{long}}, driver.Push{Path: far, Slice: new(0)}}},
	} {
		k, u := create(t, s, before), update(op)
		u.Limits.Size = 600
		if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, driver.ErrTooLarge) || load(t, s, k) != before {
			t.Errorf("%s past the limit: %v, and it is %s", op.Name(), err, load(t, s, k))
		}
		u.Limits.Size = 2000
		if _, err := s.Update(t.Context(), now, k, u); err != nil || load(t, s, k) == before {
			t.Errorf("%s within the limit: %v, and it is %s", op.Name(), err, load(t, s, k))
		}
	}
}
