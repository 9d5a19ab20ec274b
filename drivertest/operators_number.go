package drivertest

import (
	"math"

	"github.com/atomicsession/atomicsession/driver"
)

var incRows = []row{
	on(`{}`, inc("a", `1`)),
	on(`{}`, inc("a", `1.5`)),
	on(`{}`, inc("a", `0`)),
	on(`{}`, inc("a", `0.0`)),
	on(`{}`, inc("a.b.c", `-3`)),
	on(`{"a":1}`, inc("a", `1`)),
	on(`{"a":1}`, inc("a", `1.0`)),
	on(`{"a":1.0}`, inc("a", `1`)),
	on(`{"a":1.5}`, inc("a", `-1.5`)),
	on(`{"a":-1}`, inc("a", `1`)),
	on(`{"a":-1.0}`, inc("a", `1`)),
	on(`{"a":0.1}`, inc("a", `0.2`)),
	on(`{"a":9007199254740992}`, inc("a", `1`)),
	on(`{"a":9007199254740993}`, inc("a", `0`)),
	on(`{"a":9007199254740993}`, inc("a", `1.0`)),
	on(`{"a":9007199254740992.0}`, inc("a", `1`)),
	on(`{"a":99999999999999}`, inc("a", `1`)),
	on(`{"a":999999999999999}`, inc("a", `1`)),
	on(`{"a":2147483647}`, inc("a", `1`)),
	on(`{"a":-2147483648}`, inc("a", `-1`)),
	on(`{"a":4294967295}`, inc("a", `1`)),
	on(`{"a":9223372036854775806}`, inc("a", `1`)),
	on(`{"a":9223372036854775807}`, inc("a", `0`)),
	on(`{"a":9223372036854775807}`, inc("a", `1`)),
	on(`{"a":9223372036854775807}`, inc("a", `-1`)),
	on(`{"a":9223372036854775807}`, inc("a", `9223372036854775807`)),
	on(`{"a":9223372036854775807}`, inc("a", `-9223372036854775808`)),
	on(`{"a":9223372036854775807}`, inc("a", `1.0`)),
	on(`{"a":-9223372036854775807}`, inc("a", `-1`)),
	on(`{"a":-9223372036854775808}`, inc("a", `-1`)),
	on(`{"a":-9223372036854775808}`, inc("a", `-9223372036854775808`)),
	on(`{"a":-9223372036854775808}`, inc("a", `9223372036854775807`)),
	on(`{"a":1.7976931348623157e308}`, inc("a", `1.7976931348623157e308`)),
	on(`{"a":1.7976931348623157e308}`, inc("a", `-1.7976931348623157e308`)),
	on(`{"a":5e-324}`, inc("a", `5e-324`)),
	on(`{"a":1e308}`, inc("a", `9223372036854775807`)),
	on(`{"a":"1"}`, inc("a", `1`)),
	on(`{"a":null}`, inc("a", `1`)),
	on(`{"a":true}`, inc("a", `1`)),
	on(`{"a":[1]}`, inc("a", `1`)),
	on(`{"a":{}}`, inc("a", `1`)),
	on(`{"a":{"$date":"2024-02-29T12:00:00.000Z"}}`, inc("a", `1`)),
	on(`{"a":{"$binary":"AQ=="}}`, inc("a", `1`)),
	on(`{"a":5}`, inc("a.b", `1`)),
	on(`{"a":[1,2]}`, inc("a.1", `1`)),
	on(`{"a":[1,2]}`, inc("a.3", `1`)),
	on(`{"a":[null]}`, inc("a.0", `1`)),
	on(`{"a":[1]}`, inc("a.b", `1`)),
	on(`{"a":[{"n":1}]}`, inc("a.0.n", `1`)),
}

var mulRows = []row{
	on(`{}`, mul("a", `3`)),
	on(`{}`, mul("a", `3.5`)),
	on(`{}`, mul("a.b", `-3.5`)),
	on(`{"a":3}`, mul("a", `4`)),
	on(`{"a":3}`, mul("a", `0.5`)),
	on(`{"a":3}`, mul("a", `1.0`)),
	on(`{"a":1.5}`, mul("a", `2`)),
	on(`{"a":-3}`, mul("a", `0`)),
	on(`{"a":-3}`, mul("a", `0.0`)), // there is no negative zero
	on(`{"a":-3.5}`, mul("a", `0`)),
	on(`{"a":9007199254740993}`, mul("a", `1`)),
	on(`{"a":9007199254740993}`, mul("a", `3`)),
	on(`{"a":3037000500}`, mul("a", `3037000500`)),
	on(`{"a":3037000499}`, mul("a", `3037000499`)),
	on(`{"a":4611686018427387904}`, mul("a", `2`)),
	on(`{"a":4611686018427387904}`, mul("a", `-2`)),
	on(`{"a":4611686018427387904}`, mul("a", `4`)),
	on(`{"a":9223372036854775807}`, mul("a", `-1`)),
	on(`{"a":-9223372036854775808}`, mul("a", `-1`)),
	on(`{"a":-1}`, mul("a", `-9223372036854775808`)),
	on(`{"a":-9223372036854775808}`, mul("a", `1`)),
	on(`{"a":0}`, mul("a", `-9223372036854775808`)),
	on(`{"a":1e200}`, mul("a", `1e200`)),
	on(`{"a":1e-200}`, mul("a", `1e-200`)),
	on(`{"a":-1e-200}`, mul("a", `1e-200`)),
	on(`{"a":0.1}`, mul("a", `3`)),
	on(`{"a":"3"}`, mul("a", `2`)),
	on(`{"a":null}`, mul("a", `2`)),
	on(`{"a":[2]}`, mul("a.0", `2`)),
	on(`{"a":[2]}`, mul("a.2", `2`)),
	on(`{"a":[2]}`, mul("a", `2`)),
	on(`{"a":2}`, mul("a.b", `2`)),
}

// ordered lists values of every kind in the order of [driver.Compare], with their closest neighbours.
var ordered = []string{
	`null`,
	`-1e300`, `-9223372036854775808`, `-9007199254740993`, `-9007199254740992.0`, `-1`, `-0.5`, `0`, `5e-324`, `1`, `1.5`,
	`9007199254740992.0`, `9007199254740993`, `9223372036854775807`, `9223372036854775808.0`, `1e300`,
	`""`, `"\u0000"`, `"1"`, `"10"`, `"9"`, `"A"`, `"a"`, `"aa"`, `"b"`, `"é"`, `"\uffff"`, `"😀"`,
	`{}`, `{"b":1}`, `{"a":2,"b":1}`, `{"a":"x"}`,
	`[]`, `[1]`, `[1,0]`, `[2]`, `["a"]`, `[[]]`,
	`{"$binary":""}`, `{"$binary":"/w=="}`, `{"$binary":"AAA="}`, `{"$binary":"AAE="}`,
	`false`, `true`,
	`{"$date":"1969-12-31T23:59:59.999Z"}`, `{"$date":"1970-01-01T00:00:00.000Z"}`, `{"$date":"2024-02-29T12:00:00.001Z"}`,
	`{"$json":"\n1"}`, `{"$json":" 1"}`, `{"$json":"\"\""}`, `{"$json":"\"\\\\\""}`, `{"$json":"\"\\n\""}`, `{"$json":"\"\\u0000\""}`, `{"$json":"\"a\""}`,
	`{"$json":"\"é\""}`, `{"$json":"\"\uffff\""}`, `{"$json":"\"😀\""}`, `{"$json":"1"}`, `{"$json":"1\n"}`, `{"$json":"1 "}`, `{"$json":"1.0"}`, `{"$json":"10"}`,
	`{"$json":"2"}`, `{"$json":"[]"}`, `{"$json":"null"}`, `{"$json":"{\"a.b\":1}"}`, `{"$json":"{}"}`,
}

// neighbours makes a row of op for every pair of values that follow one another, both ways, and some far apart.
func neighbours(op func(p driver.Path, text string) driver.Op) []row {
	var rows []row
	for i, a := range ordered {
		for _, step := range []int{1, 7} {
			b := ordered[(i+step)%len(ordered)]
			rows = append(rows, on(`{"a":`+a+`}`, op("a", b)), on(`{"a":`+b+`}`, op("a", a)))
		}
	}
	return append(rows,
		on(`{}`, op("a", `5`)),
		on(`{}`, op("a.b", `null`)),
		on(`{"a":1}`, op("a", `1.0`)), // equal in value: the field stays what it is
		on(`{"a":1.0}`, op("a", `1`)),
		on(`{"a":[1]}`, op("a", `[1.0]`)),
		on(`{"a":9007199254740992}`, op("a", `9007199254740992.0`)),
		on(`{"a":[3,4]}`, op("a.0", `2`)),
		on(`{"a":[3,4]}`, op("a.0", `5`)),
		on(`{"a":[3,4]}`, op("a.3", `5`)),
		on(`{"a":[3,4]}`, op("a.b", `5`)),
		on(`{"a":3}`, op("a.b", `5`)),
	)
}

var (
	minRows = neighbours(lower)
	maxRows = neighbours(raise)
)

var bitRows = []row{
	on(`{}`, bit("a", driver.BitAnd, 5)),
	on(`{}`, bit("a", driver.BitOr, 5)),
	on(`{}`, bit("a.b", driver.BitXor, -1)),
	on(`{"a":13}`, bit("a", driver.BitAnd, 10)),
	on(`{"a":13}`, bit("a", driver.BitOr, 10)),
	on(`{"a":13}`, bit("a", driver.BitXor, 10)),
	on(`{"a":-1}`, bit("a", driver.BitAnd, math.MinInt64)),
	on(`{"a":-1}`, bit("a", driver.BitXor, math.MaxInt64)),
	on(`{"a":9223372036854775807}`, bit("a", driver.BitXor, -1)),
	on(`{"a":4611686018427387905}`, bit("a", driver.BitAnd, 4611686018427387905)),
	on(`{"a":9007199254740993}`, bit("a", driver.BitOr, 1<<62)),
	on(`{"a":4294967296}`, bit("a", driver.BitOr, 1)),
	on(`{"a":2147483648}`, bit("a", driver.BitOr, -2147483648)),
	on(`{"a":1.0}`, bit("a", driver.BitOr, 1)),
	on(`{"a":"1"}`, bit("a", driver.BitOr, 1)),
	on(`{"a":null}`, bit("a", driver.BitAnd, 1)),
	on(`{"a":true}`, bit("a", driver.BitAnd, 1)),
	on(`{"a":[6]}`, bit("a.0", driver.BitAnd, 3)),
	on(`{"a":[6]}`, bit("a.2", driver.BitOr, 3)),
	on(`{"a":[6]}`, bit("a", driver.BitOr, 3)),
	on(`{"a":6}`, bit("a.b", driver.BitOr, 3)),
}
