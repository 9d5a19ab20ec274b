package drivertest

import "github.com/atomicsession/atomicsession/driver"

func elements(p driver.Path, where []driver.Condition, do ...driver.Op) driver.Op {
	return driver.Elements{Path: p, Where: where, Do: do}
}

func sequence(p driver.Path, do ...driver.Op) driver.Op { return driver.Sequence{Path: p, Do: do} }

func conds(list ...driver.Condition) []driver.Condition { return list }

func holding(p driver.Path, is driver.Comparison, each ...driver.Condition) driver.Condition {
	return driver.Condition{Path: p, Is: is, Each: each}
}

// onElements are operations on an element that suit some elements and not others.
var onElements = []driver.Op{
	set("", `7`), set("n", `"x"`), set("n.m", `1.0`), set("2", `null`), setIfAbsent("n", `[1]`), setIfAbsent("", `1`), unset(""), unset("n"), unset("n.m"),
	inc("", `1`), inc("n", `1`), inc("n", `0.5`), inc("n", `9223372036854775807`), inc("n", `1e308`), mul("n", `2`), mul("n", `-1.5`), mul("", `3`), lower("n", `1`),
	lower("", `2.0`), raise("n", `"m"`), raise("n", `{"a":1}`), raise("", `[1]`), currentDate("n"), currentDate(""), bit("n", driver.BitAnd, 5), bit("n", driver.BitOr, 8),
	bit("n", driver.BitXor, -1), push("n", `1`), push("", `2`, `3`), at(0, push("n", `1`)), keep(-2, push("", `4`)), by("", true, push("n", `5`)), pop("n"), pop(""), popFirst("n"),
	pull("n", cond("", driver.Eq, `1`)), pull("", cond("", driver.Gt, `1`)), pullAll("n", `1`, `2.0`), pullAll("", `1`), addToSet("n", `1.0`, `6`), addToSet("", `1`, `1.0`),
}

// elementsRows have every operation meet elements of every kind, under every condition.
func elementsRows() []row {
	const objects = `{"n":1,"k":"a"},{"n":2.5,"k":"b"},{"k":"a"},{"n":9223372036854775807,"k":null}`
	lists := []string{
		`[]`, `[` + objects + `]`, `[1,2,3.0]`, `[[1,2],[],[3,1.0]]`, `[{"n":[1,2,1.0]},{"n":[]},{}]`, `[{"n":{"m":1}},{"n":{}}]`,
		`[` + objects + `,5]`, `[null,true,"x",1]`, `[{"n":true}]`, `[{"n":1},{"n":"x"}]`, `[{"n":[{"n":1}]}]`, `[[{"n":1}]]`, `[{"2":1}]`,
	}
	var rows []row
	for i, list := range lists {
		for _, op := range onElements {
			rows = append(rows, on(`{"a":`+list+`,"z":1}`, elements("a", nil, op)))
			if i == 1 {
				rows = append(rows, on(`{"a":`+list+`}`, elements("a", conds(cond("k", driver.Eq, `"a"`)), op)))
			}
		}
	}
	const mixed = `{"a":[null,1,1.0,2,"1",true,[],[1],[{"x":1}],{},{"x":1},{"x":1.0},{"x":2,"n":3},{"x":null},{"x":[1,5]},{"x":[]},{"x":{"y":1}},{"x":{"y":1.0,"z":2}},` +
		`{"x":[{"y":1}]},{"$binary":"AQ=="},{"x":{"$date":"2024-02-29T12:00:00.000Z"}},{"x":{"$json":"1"}}]}`
	mark := set("", `"met"`)
	for _, p := range []driver.Path{"", "x", "x.y", "0", "x.0", "0.x"} {
		for is := driver.Eq; is <= driver.Ne; is++ {
			for _, operand := range []string{`1`, `1.5`, `"1"`, `null`, `[1]`, `[]`, `{"y":1}`, `true`, `{"$binary":"AQ=="}`, `{"$date":"2024-02-29T12:00:00.000Z"}`, `{"$json":"1"}`} {
				rows = append(rows, on(mixed, elements("a", conds(cond(p, is, operand)), mark)))
			}
		}
		rows = append(rows,
			on(mixed, elements("a", conds(cond(p, driver.Exists, `true`)), mark)),
			on(mixed, elements("a", conds(cond(p, driver.Exists, `false`)), mark)),
			on(mixed, elements("a", conds(cond(p, driver.In, `[1,"1",null,[1],{"y":1.0}]`)), mark)),
			on(mixed, elements("a", conds(cond(p, driver.Nin, `[1,"1",null,[1],{"y":1.0}]`)), mark)),
			on(mixed, elements("a", conds(cond(p, driver.In, `[]`)), mark)),
			on(mixed, elements("a", conds(cond(p, driver.Nin, `[]`)), mark)),
			on(mixed, elements("a", conds(holding(p, driver.ElemMatch, cond("", driver.Gte, `1`))), mark)),
			on(mixed, elements("a", conds(holding(p, driver.ElemMatch, cond("y", driver.Eq, `1`))), mark)),
			on(mixed, elements("a", conds(holding("", driver.Or, cond(p, driver.Eq, `1`), cond("x", driver.Eq, `2`))), mark)),
			on(mixed, elements("a", conds(holding("", driver.And, cond(p, driver.Gte, `1`), cond("x", driver.Lt, `2`))), mark)),
			on(mixed, elements("a", conds(holding("", driver.Nor, cond(p, driver.Eq, `1`), cond("x", driver.Eq, `2`))), mark)),
			on(mixed, elements("a", conds(cond(p, driver.Gte, `1`), cond("x", driver.Exists, `true`)), mark)),
		)
	}
	const cart = `{"cart":[{"sku":"tea","qty":1},{"sku":"cake","qty":2,"note":"x"},{"sku":"tea","qty":3.5}],"o":{"a":1},"n":5,"s":"x","m":{"l":[[{"q":1},{"q":2}],[{"q":2}],5]}}`
	tea := conds(cond("sku", driver.Eq, `"tea"`))
	return append(rows,
		on(cart, elements("cart", tea, inc("qty", `1`))),
		on(cart, elements("cart", tea, inc("qty", `1`), set("note", `"y"`), unset("sku"))),
		on(cart, elements("cart", tea, inc("qty", `1`)), inc("n", `1`), take("s")),
		on(cart, elements("cart", tea, inc("qty", `1`)), inc("s", `1`)),
		on(cart, elements("cart", conds(cond("sku", driver.Eq, `"milk"`)), inc("note", `1`))), // nobody meets the condition, so nothing is wrong
		on(cart, elements("cart", tea, inc("sku", `1`))),
		on(cart, elements("cart", tea, set("sku.x", `1`))),
		on(cart, elements("cart", conds(cond("note", driver.Exists, `false`)), set("note", `""`), mul("qty", `0`))),
		on(cart, elements("cart", conds(cond("sku", driver.Eq, `"tea"`), cond("qty", driver.Gt, `1`)), unset(""))),
		on(cart, elements("n", nil, inc("", `1`))), on(cart, elements("o", nil, unset(""))), on(cart, elements("x", nil, unset(""))),
		on(cart, elements("x.y", nil, unset(""))), on(cart, elements("n.y", nil, unset(""))), on(cart, elements("m.l", nil, push("", `1`))),
		on(cart, elements("m.l.0", conds(cond("q", driver.Lt, `2`)), inc("q", `1`))), on(cart, elements("m.l.x", nil, unset(""))), on(cart, elements("m.l.7", nil, unset(""))),
		on(cart, elements("m.l", conds(holding("", driver.ElemMatch, cond("q", driver.Eq, `2`))), elements("", conds(cond("q", driver.Eq, `2`)), inc("q", `1`)))),
		on(cart, elements("m.l", nil, elements("", nil, inc("q", `1`)))), // 5 is no array
		on(cart, elements("cart", tea, elements("sku", nil, unset("")))),
		on(cart, elements("cart", tea, sequence("qty", inc("qty", `1`), mul("qty", `2`)))),
		on(`{"a":[{"n":1}]}`, elements("a", nil, set("l.5", `1`))), on(`{"a":[{"l":[]}]}`, elements("a", nil, set("l.5", `1`))),
		on(`{"a":[[]]}`, elements("a", nil, set("5000", `1`))), on(`{"a":[{"l":[]}]}`, elements("a", nil, set("l.01", `1`))),
		on(`{"a":[{"0":{"1":5}}]}`, elements("a", conds(cond("0.1", driver.Eq, `5.0`)), inc("0.1", `1`))),
		on(`{"a":["$n","$$ROOT",{"n":"$n"}]}`, elements("a", conds(cond("", driver.Eq, `"$n"`)), set("", `"$$ROOT"`))),
		on(`{"a":[{"n":"$n"}],"n":1}`, elements("a", conds(cond("n", driver.In, `["$n"]`)), set("n", `{"b":"$n"}`))),
	)
}

var sequenceRows = []row{
	on(`{"a":1}`, sequence("a", inc("a", `1`), mul("a", `10`), inc("a", `0.5`))),
	on(`{"a":1}`, sequence("a", take("a"), set("a", `2.0`))), // swap
	on(`{}`, sequence("a", take("a"), set("a", `2`))),
	on(`{"a":{"b":[1]}}`, sequence("a.b", take("a.b"), set("a.b", `{"c":1}`))),
	on(`{"a":[1,2]}`, sequence("a.0", take("a.0"), set("a.0", `3`)), take("b"), inc("c", `1`)),
	on(`{"a":[1,2],"b":5,"c":6}`, take("c"), sequence("a", take("a.1"), take("a.0"), push("a", `9`)), take("b")),
	on(`{"a":1}`, sequence("a", take("a"), take("a"))),
	on(`{"a":5}`, sequence("a", bit("a", driver.BitAnd, 6), bit("a", driver.BitOr, 9), bit("a", driver.BitXor, -1))),
	on(`{}`, sequence("a", bit("a", driver.BitOr, 3), bit("a", driver.BitAnd, 2))),
	on(`{"a":1.5}`, sequence("a", bit("a", driver.BitOr, 3), bit("a", driver.BitAnd, 2))),
	on(`{"a":[1,2,3]}`, sequence("a", pull("a", cond("", driver.Lt, `2`)), push("a", `1`, `4`), pop("a"))),
	on(`{"a":[1,2,1.0]}`, sequence("a", pullAll("a", `1`), addToSet("a", `2.0`, `1`), popFirst("a"))),
	on(`{}`, sequence("a", pop("a"), pull("a", cond("", driver.Eq, `1`)), unset("a"))),
	on(`{}`, sequence("a", push("a", `1`), unset("a"), set("a", `null`))),
	on(`{"a":1,"z":2}`, sequence("a", unset("a"), setIfAbsent("a", `{"b":1}`), inc("a.b", `1`))),
	on(`{"a":{"b":1}}`, sequence("a", set("a.c", `1`), inc("a.b", `1`), lower("a.c", `0`), raise("a.b", `7.5`), currentDate("a.d"))),
	on(`{"a":1}`, sequence("a", inc("a", `1`), push("a", `1`))), // what fails in the middle undoes what came before
	on(`{"a":"x","b":1}`, inc("b", `1`), sequence("a", set("a", `1`), inc("a", `9223372036854775807`))),
	on(`{"a":1,"b":1}`, sequence("a", set("a", `2`), set("a.b", `1`)), inc("b", `1`)),
	on(`{"a":[{"q":1},{"q":2}]}`, sequence("a", elements("a", nil, inc("q", `-1`)), pull("a", cond("q", driver.Lte, `0`)))),
	on(`{"a":[{"q":1},{"q":2}]}`, sequence("a", pull("a", cond("q", driver.Eq, `1`)), at(0, push("a", `{"q":5}`)), set("a.1.q", `7`))),
	on(`{"a":{"l":[3,1]}}`, sequence("a", by("", false, push("a.l", `2`)), set("a.n", `1`), unset("a.l.0"))),
	on(`{"a":1,"b":2}`, sequence("a", inc("a", `1`), inc("a", `1`)), sequence("b", mul("b", `3`), inc("b", `1`))),
	on(`{"a":1.0}`, sequence("a", set("a", `1`), lower("a", `1.0`), raise("a", `1.0`))),
	on(`{"a":[1]}`, sequence("a", set("a.10", `1`), set("a.3", `2`))), // in their own order, not by number
	on(`{"a":"\u0000"}`, sequence("a", take("a"), set("a", `"\u0000x"`))),
	on(`{"a":{"$json":"1"}}`, sequence("a", take("a"), setIfAbsent("a", `{"$json":"2.50"}`))),
}
