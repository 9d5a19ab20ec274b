package driver_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func inc(p driver.Path, text string) driver.Op { return driver.Inc{Path: p, By: val(text)} }
func mul(p driver.Path, text string) driver.Op { return driver.Mul{Path: p, By: val(text)} }
func least(p driver.Path, text string) driver.Op {
	return driver.Min{Path: p, Value: val(text)}
}

func most(p driver.Path, text string) driver.Op {
	return driver.Max{Path: p, Value: val(text)}
}

func bit(p driver.Path, do driver.BitOp, with int64) driver.Op {
	return driver.Bit{Path: p, Do: do, With: with}
}

// https://www.mongodb.com/docs/manual/reference/operator/update/inc/
var incCases = []evalCase{
	{"missing", `{}`, ops(inc("a", `2`)), `{"a":2}`, nil},
	{"missing with a float", `{}`, ops(inc("a", `2.5`)), `{"a":2.5}`, nil},
	{"missing parents", `{}`, ops(inc("a.b", `-1`)), `{"a":{"b":-1}}`, nil},
	{"int and int", `{"a":1}`, ops(inc("a", `-2`)), `{"a":-1}`, nil},
	{"int and float", `{"a":1}`, ops(inc("a", `0.5`)), `{"a":1.5}`, nil},
	{"int and whole float", `{"a":1}`, ops(inc("a", `1.0`)), `{"a":2.0}`, nil},
	{"float and int", `{"a":1.5}`, ops(inc("a", `1`)), `{"a":2.5}`, nil},
	{"by zero", `{"a":1}`, ops(inc("a", `0`)), `{"a":1}`, nil},
	{"by 0.0 makes a float", `{"a":1}`, ops(inc("a", `0.0`)), `{"a":1.0}`, nil},
	{"ints are exact above 2^53", `{"a":9007199254740992}`, ops(inc("a", `1`)), `{"a":9007199254740993}`, nil},
	{"a float rounds the int above 2^53", `{"a":9007199254740993}`, ops(inc("a", `0.0`)), `{"a":9007199254740992.0}`, nil},
	{"to the highest int", `{"a":9223372036854775806}`, ops(inc("a", `1`)), `{"a":9223372036854775807}`, nil},
	{"beyond the highest int", `{"a":9223372036854775807}`, ops(inc("a", `1`)), "", driver.ErrOverflow},
	{"to the lowest int", `{"a":-9223372036854775807}`, ops(inc("a", `-1`)), `{"a":-9223372036854775808}`, nil},
	{"beyond the lowest int", `{"a":-9223372036854775808}`, ops(inc("a", `-1`)), "", driver.ErrOverflow},
	{"twice the lowest int", `{"a":-9223372036854775808}`, ops(inc("a", `-9223372036854775808`)), "", driver.ErrOverflow},
	{"extremes cancel", `{"a":-9223372036854775808}`, ops(inc("a", `9223372036854775807`)), `{"a":-1}`, nil},
	{"a float does not overflow at 2^63", `{"a":9223372036854775807}`, ops(inc("a", `1.0`)), `{"a":9.223372036854776e+18}`, nil},
	{"to infinity", `{"a":1.7976931348623157e308}`, ops(inc("a", `1.7976931348623157e308`)), "", driver.ErrOverflow},
	{"to no negative zero", `{"a":0.0}`, ops(inc("a", `-0.0`)), `{"a":0.0}`, nil},
	{"element", `{"a":[1,2]}`, ops(inc("a.1", `1`)), `{"a":[1,3]}`, nil},
	{"element beyond the end", `{"a":[]}`, ops(inc("a.1", `1`)), `{"a":[null,1]}`, nil},
	{"null", `{"a":null}`, ops(inc("a", `1`)), "", driver.ErrType},
	{"string", `{"a":"1"}`, ops(inc("a", `1`)), "", driver.ErrType},
	{"bool", `{"a":true}`, ops(inc("a", `1`)), "", driver.ErrType},
	{"array", `{"a":[1]}`, ops(inc("a", `1`)), "", driver.ErrType},
	{"time", `{"a":{"$date":"2026-01-02T03:04:05Z"}}`, ops(inc("a", `1`)), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(inc("a.b", `1`)), "", driver.ErrPath},
	{"array by name", `{"a":[1]}`, ops(inc("a.b", `1`)), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/mul/
var mulCases = []evalCase{
	{"missing", `{}`, ops(mul("a", `5`)), `{"a":0}`, nil},
	{"missing has the kind of the factor", `{}`, ops(mul("a", `2.5`)), `{"a":0.0}`, nil},
	{"missing with a negative float", `{}`, ops(mul("a", `-2.5`)), `{"a":0.0}`, nil},
	{"int and int", `{"a":-3}`, ops(mul("a", `5`)), `{"a":-15}`, nil},
	{"int and float", `{"a":3}`, ops(mul("a", `0.5`)), `{"a":1.5}`, nil},
	{"float and int", `{"a":1.5}`, ops(mul("a", `2`)), `{"a":3.0}`, nil},
	{"to no negative zero", `{"a":0.0}`, ops(mul("a", `-1`)), `{"a":0.0}`, nil},
	{"ints are exact above 2^53", `{"a":3002399751580331}`, ops(mul("a", `3`)), `{"a":9007199254740993}`, nil},
	{"to the lowest int", `{"a":4611686018427387904}`, ops(mul("a", `-2`)), `{"a":-9223372036854775808}`, nil},
	{"beyond the highest int", `{"a":4611686018427387904}`, ops(mul("a", `2`)), "", driver.ErrOverflow},
	{"lowest int by -1", `{"a":-9223372036854775808}`, ops(mul("a", `-1`)), "", driver.ErrOverflow},
	{"-1 by lowest int", `{"a":-1}`, ops(mul("a", `-9223372036854775808`)), "", driver.ErrOverflow},
	{"lowest int by 1", `{"a":-9223372036854775808}`, ops(mul("a", `1`)), `{"a":-9223372036854775808}`, nil},
	{"highest int by 0", `{"a":9223372036854775807}`, ops(mul("a", `0`)), `{"a":0}`, nil},
	{"to infinity", `{"a":1e300}`, ops(mul("a", `-1e300`)), "", driver.ErrOverflow},
	{"underflow is zero", `{"a":1e-300}`, ops(mul("a", `1e-300`)), `{"a":0.0}`, nil},
	{"string", `{"a":"x"}`, ops(mul("a", `1`)), "", driver.ErrType},
	{"null", `{"a":null}`, ops(mul("a", `1`)), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(mul("a.b", `1`)), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/min/
// https://www.mongodb.com/docs/manual/reference/operator/update/max/
// Values of different kinds compare in BSON order.
var minMaxCases = []evalCase{
	{"min of missing", `{}`, ops(least("a.b", `5`)), `{"a":{"b":5}}`, nil},
	{"min less", `{"a":5}`, ops(least("a", `4`)), `{"a":4}`, nil},
	{"min greater", `{"a":5}`, ops(least("a", `6`)), `{"a":5}`, nil},
	{"min equal keeps the kind", `{"a":5}`, ops(least("a", `5.0`)), `{"a":5}`, nil},
	{"min is exact above 2^53", `{"a":9007199254740993}`, ops(least("a", `9007199254740992.0`)), `{"a":9007199254740992.0}`, nil},
	{"min null under number", `{"a":5}`, ops(least("a", `null`)), `{"a":null}`, nil},
	{"min of null stays", `{"a":null}`, ops(least("a", `5`)), `{"a":null}`, nil},
	{"min number under string", `{"a":"5"}`, ops(least("a", `6`)), `{"a":6}`, nil},
	{"min array over object", `{"a":{}}`, ops(least("a", `[]`)), `{"a":{}}`, nil},
	{"min element", `{"a":[3,4]}`, ops(least("a.1", `1`)), `{"a":[3,1]}`, nil},
	{"min through a scalar", `{"a":1}`, ops(least("a.b", `1`)), "", driver.ErrPath},
	{"max of missing", `{}`, ops(most("a", `5`)), `{"a":5}`, nil},
	{"max greater", `{"a":5}`, ops(most("a", `5.5`)), `{"a":5.5}`, nil},
	{"max less", `{"a":5}`, ops(most("a", `4`)), `{"a":5}`, nil},
	{"max equal keeps the kind", `{"a":5.0}`, ops(most("a", `5`)), `{"a":5.0}`, nil},
	{"max is exact above 2^53", `{"a":9007199254740992.0}`, ops(most("a", `9007199254740993`)), `{"a":9007199254740993}`, nil},
	{"max string over number", `{"a":5}`, ops(most("a", `""`)), `{"a":""}`, nil},
	{"max of null", `{"a":null}`, ops(most("a", `-1`)), `{"a":-1}`, nil},
	{"max time over bool", `{"a":true}`, ops(most("a", `{"$date":"1970-01-01T00:00:00Z"}`)), `{"a":{"$date":"1970-01-01T00:00:00.000Z"}}`, nil},
	{"max later time", `{"a":{"$date":"2026-01-01T00:00:00Z"}}`, ops(most("a", `{"$date":"2025-01-01T00:00:00Z"}`)), `{"a":{"$date":"2026-01-01T00:00:00.000Z"}}`, nil},
	{"max array by name", `{"a":[]}`, ops(most("a.b", `1`)), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/bit/
var bitCases = []evalCase{
	{"and", `{"a":13}`, ops(bit("a", driver.BitAnd, 10)), `{"a":8}`, nil},
	{"or", `{"a":3}`, ops(bit("a", driver.BitOr, 5)), `{"a":7}`, nil},
	{"xor", `{"a":1}`, ops(bit("a", driver.BitXor, 5)), `{"a":4}`, nil},
	{"all 64 bits", `{"a":0}`, ops(bit("a", driver.BitXor, -1)), `{"a":-1}`, nil},
	{"sign bit", `{"a":9223372036854775807}`, ops(bit("a", driver.BitOr, -9223372036854775808)), `{"a":-1}`, nil},
	{"missing and", `{}`, ops(bit("a", driver.BitAnd, 7)), `{"a":0}`, nil},
	{"missing or", `{}`, ops(bit("a.b", driver.BitOr, 7)), `{"a":{"b":7}}`, nil},
	{"missing xor", `{}`, ops(bit("a", driver.BitXor, 7)), `{"a":7}`, nil},
	{"element", `{"a":[1]}`, ops(bit("a.0", driver.BitOr, 2)), `{"a":[3]}`, nil},
	{"whole float", `{"a":1.0}`, ops(bit("a", driver.BitOr, 2)), "", driver.ErrType},
	{"null", `{"a":null}`, ops(bit("a", driver.BitOr, 2)), "", driver.ErrType},
	{"string", `{"a":"1"}`, ops(bit("a", driver.BitOr, 2)), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(bit("a.b", driver.BitOr, 2)), "", driver.ErrPath},
}

func TestInc(t *testing.T)    { testEval(t, incCases) }
func TestMul(t *testing.T)    { testEval(t, mulCases) }
func TestMinMax(t *testing.T) { testEval(t, minMaxCases) }
func TestBit(t *testing.T)    { testEval(t, bitCases) }
