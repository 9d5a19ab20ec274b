package drivertest

import "github.com/atomicsession/atomicsession/driver"

// jsonRows hold every operator to what a value of kind JSON is: opaque, whatever its text says, and equal to nothing but the same
// text.
var jsonRows = append([]row{
	on(`{"a":{"$json":"1"}}`, inc("a", `1`)),
	on(`{"a":{"$json":"1"}}`, mul("a", `2`)),
	on(`{"a":{"$json":"1"}}`, bit("a", driver.BitOr, 2)),
	on(`{"a":{"$json":"[1]"}}`, push("a", `2`)),
	on(`{"a":{"$json":"[1]"}}`, by("", false, push("a", `2`))),
	on(`{"a":{"$json":"[1]"}}`, addToSet("a", `2`)),
	on(`{"a":{"$json":"[1]"}}`, pop("a")),
	on(`{"a":{"$json":"[1]"}}`, pull("a", cond("", driver.Eq, `1`))),
	on(`{"a":{"$json":"[1]"}}`, pullAll("a", `1`)),

	// No path leads into it.
	on(`{"a":{"$json":"{\"b\":1}"}}`, set("a.b", `2`)),
	on(`{"a":{"$json":"{\"b\":1}"}}`, setIfAbsent("a.b", `2`)),
	on(`{"a":{"$json":"{\"b\":1}"}}`, inc("a.b", `1`)),
	on(`{"a":{"$json":"{\"b\":[1]}"}}`, push("a.b", `2`)),
	on(`{"a":{"$json":"{\"b\":[1]}"}}`, pop("a.b")),
	on(`{"a":{"$json":"[1]"}}`, set("a.0", `2`)),
	on(`{"a":{"$json":"[1]"}}`, unset("a.0")),
	on(`{"a":{"$json":"{\"b\":1}"}}`, unset("a.b")),
	on(`{"a":{"$json":"{\"b\":1}"}}`, take("a.b")),
	on(`{"a":{"$json":"{\"b\":1}"}}`, rename("a.b", "c")),
	on(`{"a":{"$json":"{\"b\":1}"},"c":1}`, rename("c", "a.b")),
	{`{"a":{"$json":"{\"b\":1}"}}`, driver.Update{If: []driver.Condition{cond("a.b", driver.Exists, `false`)}, Ops: []driver.Op{inc("n", `1`)}}},
	{`{"a":{"$json":"{\"b\":1}"}}`, driver.Update{If: []driver.Condition{cond("a.b", driver.Eq, `1`)}, Ops: []driver.Op{inc("n", `1`)}}},
	{`{"a":{"$json":"[1]"}}`, driver.Update{If: []driver.Condition{cond("a.0", driver.Eq, `1`)}, Ops: []driver.Op{inc("n", `1`)}}},

	// What replaces it, moves it or takes it.
	on(`{"a":{"$json":"1"}}`, set("a", `{"$json":"1.0"}`)),
	on(`{"a":{"$json":"{\"a\":1}"}}`, set("a", `{"a":1}`)),
	on(`{"a":{"b":{"$json":"1"}}}`, set("a", `{"b":{"$json":"1.0"}}`)),
	on(`{"a":{"b":1}}`, set("a.b", `{"$json":" {\"$inc\":{\"a.b\":1},\"\":[\"$data.a\",\"$$ROOT\"]} "}`)),
	on(`{"a":{"$json":"null"}}`, setIfAbsent("a", `1`), setIfAbsent("b.c", `{"$json":"\"$$NOW\""}`)),
	on(`{"a":{"$json":"1"}}`, currentDate("a")),
	on(`{"a":{"$json":"[[[{}]]]"}}`, rename("a", "b.c")),
	{`{"a":{"$json":"[[[{}]]]"}}`, driver.Update{Ops: []driver.Op{rename("a", "b.c")}, Limits: driver.Limits{Depth: 2}}},
	on(`{"a":{"$json":"\"\\u0000\\n\""},"b":{"c":[{"$json":" 1\n"}]}}`, take("a"), take("b.c.0")),
	on(`{"a":{"$json":"1"}}`, unset("a")),

	on(`{"a":[1,"1",{"$json":"1"},{"$json":"1.0"}]}`, addToSet("a", `{"$json":"1"}`, `{"$json":"1.0"}`, `{"$json":"1 "}`, `1.0`)),
	on(`{"a":[1,"1",{"$json":"1"},{"$json":"1.0"},[{"$json":"1"}]]}`, pullAll("a", `{"$json":"1"}`)),
	on(`{"a":[1,"1",{"$json":"1"},{"$json":"1.0"}]}`, pullAll("a", `1`)),
	on(`{"a":[{"b":{"$json":"1"},"c":1},{"$json":"1"}]}`, pullAll("a", `{"c":1.0,"b":{"$json":"1"}}`)),
	on(`{"a":[1,"1",{"$json":"1"},{"$json":"1.0"},[{"$json":"1"}]]}`, pull("a", cond("", driver.Eq, `{"$json":"1"}`))),
	on(`{"a":[{"$json":"2"},{"$json":"10"},{"$json":"null"},3,"2",{"$date":"1970-01-01T00:00:00.000Z"}]}`, pull("a", cond("", driver.Gte, `{"$json":"2"}`))),
	on(`{"a":[{"$json":"2"},{"$json":"10"},{"$json":"null"},3,"2",{"$date":"1970-01-01T00:00:00.000Z"}]}`, pull("a", cond("", driver.Lt, `{"$json":"2"}`))),
	on(`{"a":[{"x":{"$json":"{\"x\":1}"}},{"x":{"x":1}},{"$json":"{\"x\":1}"},{"x":null},{}]}`, pull("a", cond("x", driver.Eq, `{"$json":"{\"x\":1}"}`))),
	on(`{"a":[{"$json":"{\"x\":1}"},{"x":1}]}`, pull("a", cond("x", driver.Exists, `true`))),
	on(`{"a":[{"$json":"null"},null]}`, pull("a", cond("", driver.Eq, `null`))),
	on(`{"a":[{"$json":"2"},{"$json":"\"a\""},{"$date":"1970-01-01T00:00:00.000Z"},{"$json":"[]"},true,{"$json":"10"},{"$json":"\n1"}]}`, by("", false, push("a"))),
	on(`{"a":[{"n":{"$json":"2"}},{"n":{"$json":"10"}},{"n":{"$date":"1970-01-01T00:00:00.000Z"}},{"$json":"{\"n\":1}"}]}`, by("n", true, push("a"))),
}, jsonConditions()...)

func jsonConditions() (rows []row) {
	for _, is := range comparisons {
		for _, c := range []driver.Condition{
			cond("a", is, `{"$json":"10"}`), cond("a", is, `{"$json":"2"}`), cond("a", is, `{"$json":"10.0"}`), cond("a", is, `10`), cond("a", is, `"10"`),
			cond("b", is, `{"$json":"{\"c\":1}"}`), cond("b", is, `{"c":1}`), cond("b.c", is, `1`), cond("d", is, `[{"$json":"1"}]`), cond("d", is, `[{"$json":"1.0"}]`),
		} {
			rows = append(rows, row{
				`{"a":{"$json":"10"},"b":{"$json":"{\"c\":1}"},"d":[{"$json":"1"}]}`,
				driver.Update{If: []driver.Condition{c}, Ops: []driver.Op{inc("hits", `1`)}},
			})
		}
	}
	for _, want := range []string{`true`, `false`} {
		for _, p := range []driver.Path{"a", "a.b", "a.0"} {
			rows = append(rows, row{`{"a":{"$json":"{\"b\":1}"}}`, driver.Update{If: []driver.Condition{cond(p, driver.Exists, want)}}})
		}
	}
	return rows
}
