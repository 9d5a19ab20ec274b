package driver_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var pathTests = []struct {
	name string
	path driver.Path
	err  error
}{
	{"one name", "a", nil},
	{"names and numbers", "a.0.b-c_d.ü.界", nil},
	{"dollar inside a name", "a.b$", nil},
	{"white space", " . ", nil},
	{"name of 1024 bytes", driver.Path("a." + strings.Repeat("n", 1024)), nil},
	{"64 segments", deepPath(64), nil},
	{"empty", "", driver.ErrPath},
	{"leading dot", ".a", driver.ErrPath},
	{"trailing dot", "a.", driver.ErrPath},
	{"double dot", "a..b", driver.ErrPath},
	{"only a dot", ".", driver.ErrPath},
	{"dollar", "$", driver.ErrPath},
	{"operator", "$set", driver.ErrPath},
	{"operator below", "a.$[]", driver.ErrPath},
	{"NUL", "a\x00b", driver.ErrPath},
	{"not UTF-8", "a.\xff", driver.ErrPath},
	{"half a character", "a.\xe7\x95", driver.ErrPath},
	{"encoded surrogate", "\xed\xa0\x80", driver.ErrPath},
	{"name of 1025 bytes", driver.Path(strings.Repeat("n", 1025) + ".a"), driver.ErrTooLarge},
	{"65 segments", deepPath(65), driver.ErrTooLarge},
	{"a megabyte of dots", driver.Path(strings.Repeat(".", 1<<20)), driver.ErrTooLarge},
}

// Every operator and every condition checks all its paths.
func TestValidatePaths(t *testing.T) {
	one := val(`1`)
	for _, test := range pathTests {
		p := test.path
		updates := map[string]driver.Update{
			"rename to": {Ops: ops(rename("other", p))},
			"if":        {If: []driver.Condition{where(p, driver.Exists, `true`)}},
		}
		if p != "" { // there an empty path means the element itself
			updates["sort by"] = driver.Update{Ops: ops(sorted(p, false, push("list", `[]`)))}
			if p.Len() == 1 {
				updates["where"] = driver.Update{Ops: ops(pull("list", where(p, driver.Eq, `1`)))}
			}
		}
		for _, op := range ops(driver.Set{Path: p, Value: one}, driver.SetIfAbsent{Path: p, Value: one}, unset(p), take(p),
			rename(p, "other"), inc(p, `1`), mul(p, `1`), least(p, `1`), most(p, `1`), driver.CurrentDate{Path: p},
			push(p, `[1]`), pop(p, false), pull(p, where("", driver.Eq, `1`)), pullAll(p, `[1]`), add(p, `[1]`),
			bit(p, driver.BitOr, 1)) {
			updates[op.Name()] = driver.Update{Ops: ops(op)}
		}
		if len(updates) < 18 {
			t.Fatalf("%d kinds of update", len(updates))
		}
		for kind, u := range updates {
			switch err := u.Validate(); {
			case test.err == nil && err != nil:
				t.Errorf("%s, %s: %v", kind, test.name, err)
			case test.err != nil:
				wantOpError(t, err, test.err)
			}
		}
	}
}

func field(name string, v driver.Value) driver.Value {
	d, err := driver.NewDoc(driver.Field{Name: name, Value: v})
	if err != nil {
		panic(err)
	}
	return driver.ObjectValue(d)
}

var valueTests = []struct {
	name  string
	value driver.Value
	err   error
}{
	{"null", driver.NullValue, nil},
	{"string with NUL", driver.StringValue("\x00"), nil},
	{"bytes that are not UTF-8", driver.BytesValue([]byte{0xff}), nil},
	{"largest float", driver.FloatValue(math.MaxFloat64), nil},
	{"last millisecond", driver.TimeValue(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)), nil},
	{"first millisecond", driver.TimeValue(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), nil},
	{"nesting of 64", val(nested(64)), nil},
	{"missing", driver.Value{}, driver.ErrValue},
	{"NaN", driver.FloatValue(math.NaN()), driver.ErrValue},
	{"infinity", driver.FloatValue(math.Inf(1)), driver.ErrValue},
	{"negative infinity", driver.FloatValue(math.Inf(-1)), driver.ErrValue},
	{"string that is not UTF-8", driver.StringValue("a\xffb"), driver.ErrValue},
	{"year 10000", driver.TimeValue(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), driver.ErrValue},
	{"year -1", driver.TimeValue(time.Date(-1, 12, 31, 0, 0, 0, 0, time.UTC)), driver.ErrValue},
	{"empty name", field("", val(`1`)), driver.ErrValue},
	{"dotted name", field("a.b", val(`1`)), driver.ErrValue},
	{"operator as name", field("$set", val(`1`)), driver.ErrValue},
	{"NUL in name", field("a\x00", val(`1`)), driver.ErrValue},
	{"name that is not UTF-8", field("\xff", val(`1`)), driver.ErrValue},
	{"name of 1025 bytes", field(strings.Repeat("n", 1025), val(`1`)), driver.ErrTooLarge},
	{"nesting of 65", val(nested(65)), driver.ErrTooLarge},
	{"NaN in an array", driver.ArrayValue(driver.FloatValue(math.NaN())), driver.ErrValue},
	{"missing in an array", driver.ArrayValue(driver.Value{}), driver.ErrValue},
	{"missing in an object", field("a", driver.Value{}), driver.ErrValue},
	{"bad name deep inside", driver.ArrayValue(field("a", driver.ArrayValue(field("$b", val(`1`))))), driver.ErrValue},
}

// Every operand is checked, wherever a value can stand.
func TestValidateValues(t *testing.T) {
	for _, test := range valueTests {
		v := test.value
		for _, u := range []driver.Update{
			{Ops: ops(driver.Set{Path: "a", Value: v})},
			{Ops: ops(driver.SetIfAbsent{Path: "a", Value: v})},
			{Ops: ops(driver.Min{Path: "a", Value: v})},
			{Ops: ops(driver.Max{Path: "a", Value: v})},
			{If: []driver.Condition{{Path: "a", Is: driver.Eq, Value: v}}},
			{Ops: ops(driver.Pull{Path: "a", Where: []driver.Condition{{Is: driver.Lt, Value: v}}})},
			{Ops: ops(driver.Pull{Path: "a", Where: []driver.Condition{{Path: "b", Is: driver.Lt, Value: v}}})},
		} {
			if err := u.Validate(); !errors.Is(err, test.err) {
				t.Errorf("%s, %+v: error is %v, want %v", test.name, u, err, test.err)
			}
		}
		want := test.err
		if v.Depth() == 64 {
			want = driver.ErrTooLarge // one level more than by itself
		}
		for _, op := range ops(driver.Push{Path: "a", Each: []driver.Value{val(`1`), v}},
			driver.AddToSet{Path: "a", Each: []driver.Value{v}}, driver.PullAll{Path: "a", Values: []driver.Value{v}}) {
			if err := (&driver.Update{Ops: ops(op)}).Validate(); !errors.Is(err, want) {
				t.Errorf("%s in %s: error is %v, want %v", test.name, op.Name(), err, want)
			}
		}
	}
}

func TestValidateOperands(t *testing.T) {
	cond := func(is driver.Comparison, v driver.Value) driver.Condition {
		return driver.Condition{Path: "a", Is: is, Value: v}
	}
	tests := []struct {
		name string
		u    driver.Update
		err  error
	}{
		{"inc by a string", driver.Update{Ops: ops(inc("a", `"1"`))}, driver.ErrType},
		{"inc by nothing", driver.Update{Ops: ops(driver.Inc{Path: "a"})}, driver.ErrType},
		{"inc by NaN", driver.Update{Ops: ops(driver.Inc{Path: "a", By: driver.FloatValue(math.NaN())})}, driver.ErrValue},
		{"mul by infinity", driver.Update{Ops: ops(driver.Mul{Path: "a", By: driver.FloatValue(math.Inf(1))})}, driver.ErrValue},
		{"mul by null", driver.Update{Ops: ops(mul("a", `null`))}, driver.ErrType},
		{"bit without operation", driver.Update{Ops: ops(driver.Bit{Path: "a"})}, driver.ErrValue},
		{"bit with an unknown operation", driver.Update{Ops: ops(bit("a", driver.BitXor+1, 1))}, driver.ErrValue},
		{"pull without condition", driver.Update{Ops: ops(pull("a"))}, driver.ErrValue},
		{"pull of elements and fields", driver.Update{Ops: ops(pull("a", where("", driver.Eq, `1`), where("b", driver.Eq, `1`)))}, driver.ErrValue},
		{"pull if the element exists", driver.Update{Ops: ops(pull("a", where("", driver.Exists, `true`)))}, driver.ErrValue},
		{"pull by a malformed path", driver.Update{Ops: ops(pull("a", where("b..c", driver.Eq, `1`)))}, driver.ErrPath},
		{"no comparison", driver.Update{If: []driver.Condition{cond(0, val(`1`))}}, driver.ErrValue},
		{"unknown comparison", driver.Update{If: []driver.Condition{cond(driver.Nor+1, val(`1`))}}, driver.ErrValue},
		{"exists neither true nor false", driver.Update{If: []driver.Condition{cond(driver.Exists, val(`1`))}}, driver.ErrValue},
		{"rename to itself", driver.Update{Ops: ops(rename("a", "a"))}, driver.ErrConflict},
		{"rename to its child", driver.Update{Ops: ops(rename("a", "a.b"))}, driver.ErrConflict},
		{"rename to its parent", driver.Update{Ops: ops(rename("a.b", "a"))}, driver.ErrConflict},
		{"value too deep for its path", driver.Update{Ops: ops(set(deepPath(33), nested(33)))}, driver.ErrTooLarge},
		{"element too deep for its path", driver.Update{Ops: ops(push(deepPath(33), "["+nested(32)+"]"))}, driver.ErrTooLarge},
		{"limits of the caller's own", driver.Update{Ops: ops(set("a.b.c", `1`)), Limits: driver.Limits{Depth: 2}}, driver.ErrTooLarge},
		{"names of the caller's own limit", driver.Update{Ops: ops(set("abc", `1`)), Limits: driver.Limits{Name: 2}}, driver.ErrTooLarge},
		{"no depth beyond what can be read again", driver.Update{Ops: ops(set(deepPath(97), `1`)), Limits: driver.Limits{Depth: 1000}}, driver.ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantOpError(t, test.u.Validate(), test.err) })
	}
}

func TestValidateConflicts(t *testing.T) {
	tests := []struct {
		name     string
		ops      []driver.Op
		conflict bool
	}{
		{"one path twice", ops(set("a", `1`), inc("a", `1`)), true},
		{"parent after child", ops(set("a.b", `1`), unset("a")), true},
		{"child after parent", ops(unset("a"), set("a.b.c", `1`)), true},
		{"far apart", ops(set("a.b", `1`), set("c", `1`), set("b", `1`), set("a", `1`)), true},
		{"array and element", ops(push("a", `[1]`), set("a.0", `1`)), true},
		{"rename from", ops(set("a", `1`), rename("a", "b")), true},
		{"rename to", ops(rename("a", "b"), set("b.c", `1`)), true},
		{"rename to a parent", ops(set("b.c", `1`), rename("a", "b")), true},
		{"two renames", ops(rename("a", "b"), rename("b", "c")), true},
		{"siblings", ops(set("a.b", `1`), set("a.c", `1`)), false},
		{"common beginning of names", ops(set("a", `1`), set("ab", `1`), set("a-.b", `1`)), false},
		{"elements", ops(set("a.1", `1`), set("a.10", `1`), set("a.01", `1`)), false},
		{"renames apart", ops(rename("a.x", "b"), rename("a.y", "c")), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for range 2 {
				err := (&driver.Update{Ops: test.ops}).Validate()
				if test.conflict {
					wantOpError(t, err, driver.ErrConflict)
				} else if err != nil {
					t.Error(err)
				}
				slices.Reverse(test.ops)
			}
		})
	}
}
