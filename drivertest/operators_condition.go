package drivertest

import "github.com/atomicsession/atomicsession/driver"

var comparisons = []driver.Comparison{driver.Eq, driver.Gt, driver.Gte, driver.Lt, driver.Lte}

// conditionRows asks every comparison of pairs of values next to one another in [driver.Compare]'s order, of equal
// values of two kinds, and of what a path may meet.
func conditionRows() []row {
	when := func(doc string, c driver.Condition) row {
		return row{doc, driver.Update{If: []driver.Condition{c}, Ops: []driver.Op{inc("hits", `1`)}}}
	}
	var rows []row
	for i, a := range ordered[1:] {
		b := ordered[i]
		is := comparisons[i%len(comparisons)]
		rows = append(rows,
			when(`{"a":`+a+`}`, cond("a", is, b)), when(`{"a":`+b+`}`, cond("a", is, a)), when(`{"a":`+a+`}`, cond("a", is, a)))
	}
	for _, is := range comparisons {
		rows = append(rows,
			when(`{"a":1}`, cond("a", is, `1.0`)),
			when(`{"a":"abc"}`, cond("a", is, `5`)),
			when(`{"a":9007199254740993}`, cond("a", is, `9007199254740992.0`)),
			when(`{"a":null}`, cond("a", is, `null`)),
			when(`{}`, cond("a", is, `null`)), // a missing field is not null
			when(`{"a":[1]}`, cond("a", is, `1`)),
			when(`{"a":[1]}`, cond("a", is, `[1]`)),
			when(`{"a":{"b":1,"c":2}}`, cond("a", is, `{"c":2.0,"b":1.0}`)),
			when(`{"a":{"b":{"c":3}}}`, cond("a.b.c", is, `3`)),
			when(`{"a":[4,5]}`, cond("a.1", is, `5`)),
			when(`{"a":[{"b":5}]}`, cond("a.b", is, `5`)), // no search through arrays
			when(`{"a":5}`, cond("a.b", is, `5`)),
			when(`{"a":{"$binary":"AQ=="}}`, cond("a", is, `{"$binary":"Ag=="}`)),
			// text, whatever it may mean to a server
			when(`{"a":"$data.b","b":"x"}`, cond("a", is, `"$data.b"`)),
			when(`{"a":"x","b":"x"}`, cond("a", is, `"$data.b"`)),
			when(`{"a":"x","b":"y"}`, cond("a", is, `"$data.b"`)),
			when(`{"a":"#","b":""}`, cond("a", is, `"$data.b"`)),
			when(`{"a":{"x":5,"y":[2]},"b":5}`, cond("a", is, `{"x":"$data.b","y":[2]}`)),
		)
	}
	for _, want := range []string{`true`, `false`} {
		exists := func(p driver.Path) driver.Condition { return cond(p, driver.Exists, want) }
		rows = append(rows,
			when(`{"a":1}`, exists("a")), when(`{"a":null}`, exists("a")), when(`{}`, exists("a")),
			when(`{"a":{}}`, exists("a.b")), when(`{"a":[1]}`, exists("a.0")), when(`{"a":[1]}`, exists("a.1")),
			when(`{"a":5}`, exists("a.b")), when(`{"a":[null]}`, exists("a.0")), when(`{"a":[{"b":1}]}`, exists("a.b")),
			when(`{"a":{"01":1}}`, exists("a.01")), when(`{"a":[1,2]}`, exists("a.01")),
		)
	}
	return append(rows,
		row{`{"a":1,"b":2}`, driver.Update{
			If:  []driver.Condition{cond("a", driver.Eq, `1`), cond("b", driver.Eq, `2`)},
			Ops: []driver.Op{set("a", `3`)},
		}},
		row{`{"a":1,"b":2}`, driver.Update{
			If:  []driver.Condition{cond("a", driver.Eq, `1`), cond("b", driver.Eq, `1`)},
			Ops: []driver.Op{set("a", `3`)},
		}},
		row{`{"a":1}`, driver.Update{
			If:  []driver.Condition{cond("a", driver.Gt, `0`), cond("a", driver.Lt, `2`)},
			Ops: []driver.Op{unset("a")},
		}},
		row{`{"a":1}`, driver.Update{
			If:  []driver.Condition{cond("a", driver.Gt, `0`), cond("a", driver.Lt, `1`)},
			Ops: []driver.Op{unset("a")},
		}},
		row{`{"a":"x"}`, driver.Update{If: []driver.Condition{cond("a", driver.Eq, `"y"`)}, Ops: []driver.Op{inc("a", `1`)}}},
		row{`{"a":1}`, driver.Update{If: []driver.Condition{cond("a", driver.Eq, `1`)}}}, // an update without operations
		row{`{"a":1}`, driver.Update{If: []driver.Condition{cond("a", driver.Eq, `2`)}}},
	)
}

// combinedRows asks the comparisons that negate, choose, search and combine.
func combinedRows() []row {
	when := func(doc string, conditions ...driver.Condition) row {
		return row{doc, driver.Update{If: conditions, Ops: []driver.Op{inc("hits", `1`)}}}
	}
	var rows []row
	const list = `[1,"a",null,[2],{"x":3,"y":[4]}]`
	for _, v := range []string{``, `1`, `1.0`, `2`, `"a"`, `"b"`, `null`, `[2.0]`, `[1]`, `[]`, `{"y":[4],"x":3.0}`, `{"x":3}`, `true`, `{"$json":"1"}`, `{"$date":"2024-02-29T12:00:00.000Z"}`} {
		document := `{}`
		if v != "" {
			document = `{"a":` + v + `}`
		}
		for _, p := range []driver.Path{"a", "a.x", "a.0"} {
			rows = append(rows, when(document, cond(p, driver.In, list)), when(document, cond(p, driver.Nin, list)),
				when(document, cond(p, driver.In, `[]`)), when(document, cond(p, driver.Nin, `[]`)),
				when(document, holding("", driver.Nor, cond(p, driver.Eq, `1`))),
				when(document, holding("", driver.Or, cond(p, driver.Exists, `false`), cond(p, driver.Lt, `2`))),
				when(document, holding("", driver.And, cond(p, driver.Gte, `1`), cond(p, driver.Lt, `2`))))
			for _, w := range []string{`1`, `"a"`, `null`, `[2]`, `{"x":3,"y":[4]}`, `{"$json":"1"}`} {
				rows = append(rows, when(document, cond(p, driver.Ne, w)))
			}
		}
	}
	const mixed = `[1,5.0,"x",null,[7],{"x":1,"y":2},{"x":2,"y":{"z":3}},{"x":[4]}]`
	for _, document := range []string{`{}`, `{"a":5}`, `{"a":null}`, `{"a":{}}`, `{"a":{"0":5}}`, `{"a":[]}`, `{"a":[[5]]}`, `{"a":` + mixed + `}`, `{"a":[` + mixed + `]}`} {
		for _, p := range []driver.Path{"a", "a.0", "a.x"} {
			for _, c := range []driver.Condition{
				cond("", driver.Eq, `5`), cond("", driver.Gt, `1`), cond("", driver.Eq, `null`), cond("", driver.Ne, `1`), cond("", driver.In, `[[7.0],9]`),
				cond("x", driver.Eq, `1.0`), cond("x", driver.Eq, `4`), cond("x", driver.Exists, `false`), cond("y.z", driver.Lte, `3`), cond("0", driver.Eq, `7`),
				holding("", driver.Or, cond("x", driver.Gt, `5`), cond("", driver.Eq, `[7]`)), holding("", driver.ElemMatch, cond("", driver.Eq, `7`)),
				holding("x", driver.ElemMatch, cond("", driver.Gte, `4`)), holding("", driver.Nor, cond("", driver.Exists, `true`)),
			} {
				rows = append(rows, when(document, holding(p, driver.ElemMatch, c)), when(document, holding("", driver.Nor, holding(p, driver.ElemMatch, c))))
			}
			rows = append(rows, when(document, holding(p, driver.ElemMatch, cond("x", driver.Eq, `1`), cond("y", driver.Eq, `2`))),
				when(document, holding(p, driver.ElemMatch, cond("x", driver.Eq, `1`), cond("y.z", driver.Eq, `3`))))
		}
	}
	const state = `{"n":9,"step":"otp","a":{"b":"$n"}}`
	yes, no := cond("n", driver.Lt, `10`), cond("n", driver.Lt, `9`)
	for _, is := range []driver.Comparison{driver.And, driver.Or, driver.Nor} {
		rows = append(rows, when(state, holding("", is, yes)), when(state, holding("", is, no)), when(state, holding("", is, yes, no)), when(state, holding("", is, no, no)),
			when(state, holding("", is, no, holding("", driver.Nor, no), holding("", driver.And, yes, holding("", driver.Or, no, yes)))), when(state, yes, holding("", is, yes, no)),
			when(state, holding("", is, cond("step", driver.In, `["otp","done"]`), cond("a.b", driver.Eq, `"$n"`), cond("gone", driver.Ne, `1`))),
			when(`{}`, holding("", is, cond("n", driver.Exists, `false`), cond("n", driver.Lt, `10`))))
	}
	return append(rows,
		row{state, driver.Update{If: conds(holding("", driver.Or, no, yes))}},
		row{state, driver.Update{If: conds(holding("", driver.Nor, no, yes)), Ops: []driver.Op{inc("step", `1`)}}},
		row{state, driver.Update{If: conds(holding("", driver.Or, no, yes)), Ops: []driver.Op{inc("step", `1`)}}},
		row{`{}`, driver.Update{If: conds(holding("", driver.Or, cond("n", driver.Exists, `false`), cond("n", driver.Lt, `10`))), Ops: []driver.Op{inc("n", `1`)}}},
	)
}

var pullRows = pullTable()

func pullTable() []row {
	const mixed = `{"a":[null,1,1.0,2,"1","b",true,[],[1],[1,2],[[1]],{},{"x":1},{"x":null},{"x":[1,5]},{"x":{"y":1}},` +
		`{"$binary":"AQ=="},{"$date":"2024-02-29T12:00:00.000Z"}]}`
	var rows []row
	for _, is := range comparisons {
		for _, operand := range []string{`1`, `1.5`, `"1"`, `null`, `[1]`, `{"x":1}`, `true`, `{"$binary":"AQ=="}`, `{"$date":"2024-02-29T12:00:00.000Z"}`} {
			rows = append(rows, on(mixed, pull("a", cond("", is, operand))), on(mixed, pull("a", cond("x", is, operand))))
		}
	}
	const nested = `{"a":[5,{},{"x":1},{"x":null},{"x":[]},{"x":{}},{"x":{"y":1}},{"x":{"y":null}},{"x":{"y":[1,2]}},{"x":[{"y":1}]},{"x":[{"y":2},{}]},{"x":[{"y":[1]},5]},` +
		`{"x":[1,2]},{"x":[[1,2]]},{"x":[[{"y":1}]]},{"x":{"0":1}},{"x":[{"0":1}]},{"x":{"y":[{"z":1}]}},[{"x":1}]]}`
	for _, p := range []driver.Path{"x.y", "x.0", "x.0.y", "x.y.z", "x"} {
		for _, c := range []driver.Condition{
			cond(p, driver.Eq, `1`), cond(p, driver.Eq, `null`), cond(p, driver.Gte, `null`), cond(p, driver.Ne, `1`), cond(p, driver.Ne, `null`), cond(p, driver.Gt, `1`),
			cond(p, driver.In, `[1,[1]]`), cond(p, driver.In, `[null]`), cond(p, driver.In, `[]`), cond(p, driver.Nin, `[1.0,2]`), cond(p, driver.Nin, `[null]`), cond(p, driver.Nin, `[]`),
			cond(p, driver.Exists, `true`), cond(p, driver.Exists, `false`), cond(p, driver.Eq, `[1,2]`), cond(p, driver.Eq, `[]`),
			holding(p, driver.ElemMatch, cond("", driver.Eq, `1`)), holding(p, driver.ElemMatch, cond("y", driver.Eq, `1`)), holding(p, driver.ElemMatch, cond("y", driver.Exists, `false`)),
			holding(p, driver.ElemMatch, cond("0", driver.Eq, `1`)), holding(p, driver.ElemMatch, cond("", driver.Gt, `0`), cond("", driver.Lt, `2`)),
		} {
			rows = append(rows, on(nested, pull("a", c)), on(nested, pull("a", holding("", driver.Nor, c))), on(nested, pull("a", holding("", driver.Or, c, cond("x", driver.Eq, `1`)))),
				on(nested, pull("a", c, cond("x", driver.Exists, `true`))))
		}
	}
	for _, c := range []driver.Condition{
		cond("", driver.Ne, `1`), cond("", driver.In, `[1.0,"b",{"x":1}]`), cond("", driver.Nin, `[1.0,"b",null]`), holding("", driver.ElemMatch, cond("", driver.Eq, `2`)),
		holding("", driver.Or, cond("", driver.Eq, `"b"`), cond("", driver.Gt, `1`)), holding("", driver.Nor, cond("", driver.Gte, `1`), cond("", driver.Eq, `null`)),
		holding("", driver.And, cond("", driver.Gte, `1`), cond("", driver.Lt, `2`)), holding("", driver.ElemMatch, cond("", driver.Gt, `1`), cond("", driver.Lt, `2`)),
	} {
		rows = append(rows, on(mixed, pull("a", c)), on(mixed, pull("a", c, cond("", driver.Ne, `true`))))
	}
	return append(rows,
		on(mixed, pull("a", cond("x", driver.Exists, `true`))),
		on(mixed, pull("a", cond("x", driver.Exists, `false`))),
		on(mixed, pull("a", cond("0", driver.Eq, `1`))),
		on(`{"a":[1,2,3,4]}`, pull("a", cond("", driver.Gt, `1`), cond("", driver.Lt, `4`))),
		on(`{"a":[[1,9],[5],5]}`, pull("a", cond("", driver.Gt, `4`), cond("", driver.Lt, `6`))),
		on(`{"a":[{"x":1,"y":2},{"x":1,"y":3},{"x":1}]}`, pull("a", cond("x", driver.Eq, `1`), cond("y", driver.Gte, `3`))),
		on(`{"a":[{"x":1,"y":2},{"x":1}]}`, pull("a", cond("x", driver.Eq, `1`), cond("y", driver.Exists, `false`))),
		on(`{"a":[1,2]}`, pull("a", cond("", driver.Eq, `3`))),
		on(`{"a":[]}`, pull("a", cond("", driver.Eq, `3`))),
		on(`{"a":[1]}`, pull("a", cond("", driver.Eq, `1`))),
		on(`{}`, pull("a", cond("", driver.Eq, `1`))),
		on(`{"a":{}}`, pull("a.b", cond("", driver.Eq, `1`))),
		on(`{"a":5}`, pull("a", cond("", driver.Eq, `5`))),
		on(`{"a":null}`, pull("a", cond("", driver.Eq, `null`))),
		on(`{"a":5}`, pull("a.b", cond("", driver.Eq, `5`))),
		on(`{"a":[[1,2,1]]}`, pull("a.0", cond("", driver.Eq, `1`))),
		on(`{"a":[1]}`, pull("a.b", cond("", driver.Eq, `1`))),
		on(`{"a":[1]}`, pull("a.7", cond("", driver.Eq, `1`))),
	)
}

var batchRows = []row{
	on(`{}`),
	on(`{"a":1}`),
	on(`{"a":1,"b":"x","c":[1]}`, inc("a", `1`), set("b", `"y"`), push("c", `2`), set("d.e", `null`), unset("x")),
	on(`{"a":1,"b":"x"}`, inc("a", `1`), inc("b", `1`)),
	on(`{"a":1,"b":"x"}`, inc("b", `1`), inc("a", `1`)),
	on(`{"a":1,"b":"x","c":3}`, set("a", `2`), take("c"), push("b", `1`), unset("a2")),
	on(`{"a":9223372036854775807,"b":[1]}`, pop("b"), inc("a", `1`)),
	on(`{"a":"x","b":9223372036854775807}`, inc("a", `1`), inc("b", `1`)),
	on(`{"a":{"b":1,"c":"x"}}`, inc("a.b", `1`), inc("a.c", `1`)),
	on(`{"a":{"b":1,"c":2}}`, inc("a.b", `1`), inc("a.c", `1`), set("a.d", `3`), unset("a.e")),
	on(`{"a":{"b":1}}`, unset("a.b"), set("a.c", `1`)),
	on(`{"a":[1,2,3]}`, set("a.0", `9`), inc("a.2", `1`), unset("a.1")),
	on(`{"a":[1]}`, set("a.2", `3`), set("a.1", `2`)),
	on(`{"a":[1]}`, set("a.1", `2`), set("a.2", `3`)),
	// Elements come by number, whatever order they stand in: no operation meets the nulls of another one's padding.
	on(`{"a":[1]}`, set("a.10", `1`), set("a.9", `2`), inc("a.2", `1`), take("a.5"), unset("a.7"), setIfAbsent("a.6", `3`)),
	on(`{"a":[1]}`, set("a.5", `1`), push("a.3", `1`), pop("a.2")),
	on(`{"a":[1]}`, set("a.5000", `1`), set("a.4000", `1`)),
	on(`{"a":[1]}`, set("a.10.b", `1`), raise("a.9.c", `2`), rename("x", "y")),
	on(`{}`, set("a.1", `1`), set("a.0", `2`)),
	on(`{"a":1,"b":2,"c":3}`, rename("a", "x"), rename("b", "y"), set("c", `4`)),
	on(`{"a":1,"b":[1]}`, rename("a", "x"), inc("b", `1`)),
	on(`{"a":1,"b":{}}`, rename("a", "b.a"), set("b.c", `1`)),
	on(`{"a":{"x":1},"b":5}`, take("a.x"), set("b.c", `1`)),
	on(`{"ab":1,"a":{"b":2}}`, set("ab", `3`), set("a.b", `4`)),
	on(`{"a":{"1":1,"10":2}}`, inc("a.1", `1`), inc("a.10", `1`)),
	on(`{"n":1}`, inc("n", `1`), raise("m", `5`), lower("l", `5`), mul("z", `2`), bit("f", driver.BitOr, 4), currentDate("t"),
		addToSet("s", `1`), setIfAbsent("n2", `1`), pop("p"), pullAll("q", `1`)),
	{`{"a":1,"b":"x"}`, driver.Update{
		If:  []driver.Condition{cond("a", driver.Eq, `2`)},
		Ops: []driver.Op{inc("b", `1`), set("c", `1`)},
	}},
	{`{"a":1,"b":[]}`, driver.Update{
		If:  []driver.Condition{cond("a", driver.Eq, `1`)},
		Ops: []driver.Op{inc("a", `1`), set("c", `1`), inc("b", `1`)},
	}},
}
