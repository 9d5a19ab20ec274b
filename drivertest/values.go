package drivertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var valueCases = []testCase{
	{"kinds", "all kinds of value must survive a store unchanged, to the last bit", everyValue},
	{"names", "a field may bear any name, and no name reaches what is not data", everyName},
	{"limits", "what the limits allow must fit: the deepest nesting, the longest name, the largest batch", atLimits},
}

// someValues are those that stores are known to change.
func someValues() []driver.Value {
	list := values(
		`null`, `true`, `false`,
		`0`, `1`, `-1`, `255`, `256`, `2147483647`, `2147483648`, `-2147483648`, `-2147483649`, `4294967296`,
		`9007199254740991`, `9007199254740992`, `9007199254740993`, `-9007199254740993`, `99999999999999`, `100000000000000`,
		`9223372036854775806`, `9223372036854775807`, `-9223372036854775807`, `-9223372036854775808`,
		`0.0`, `1.0`, `-1.0`, `0.1`, `-0.5`, `1.5`, `3.141592653589793`, `0.30000000000000004`, `100000000000000.1`, `1e21`, `1e22`,
		`9007199254740992.0`, `9223372036854775808.0`, `1e300`, `1.7976931348623157e308`, `-1.7976931348623157e308`,
		`5e-324`, `2.2250738585072014e-308`, `1e-7`,
		`""`, `" "`, `"text"`, `"it's \"quoted\" \\ and \/ 'so'"`, `"null"`, `"true"`, `"1"`, `"1.0"`, `"[]"`, `"{}"`, `"$inc"`, `"$a.b"`,
		`"$$NOW"`, `"{\"$date\":\"2024-02-29T12:00:00.000Z\"}"`, `"2024-02-29T12:00:00.000Z"`, `"'; DROP TABLE sessions; --"`, `"%s%d%%"`,
		`"\u0000"`, `"a\u0000b"`, `"\u0001\u0008\t\n\u000b\f\r\u001f\u007f"`, `"é"`, `"e\u0301"`, `"ß→漢字"`, `"😀👩‍👩‍👧"`, `"\ud83d\ude00"`,
		`"\ufeff"`, `"\ufffd"`, `"\uffff"`, `"\u2028\u2029"`, `"trailing  "`, `"line\nline"`,
		`{"$binary":""}`, `{"$binary":"AA=="}`, `{"$binary":"AAEC/v8AAA=="}`, `{"$binary":"dGV4dA=="}`,
		`{"$date":"1970-01-01T00:00:00.000Z"}`, `{"$date":"1969-12-31T23:59:59.999Z"}`, `{"$date":"2024-02-29T12:34:56.789Z"}`,
		`{"$date":"0001-01-01T00:00:00.000Z"}`, `{"$date":"9999-12-31T23:59:59.999Z"}`, `{"$date":"0000-01-01T00:00:00.000Z"}`,
		`{"$json":"null"}`, `{"$json":"1"}`, `{"$json":"1.0"}`, `{"$json":"0.12345678901234567890123"}`, `{"$json":"12345678901234567890"}`, `{"$json":"-1e400"}`,
		`{"$json":"\"text\""}`, `{"$json":" [1, 2.50,\n\t{\"b\":1,\"a\":2,\"a\":3}] "}`, `{"$json":"{\"https://app/roles\":[\"a\"],\"\":{\"$inc\":{\"a.b\":1}}}"}`,
		`{"$json":"\"\\u0000 \\ud800 é 😀 \u2028\""}`, `{"$json":"{\"$json\":\"1\"}"}`, `{"a":{"$json":"[]"},"b":[{"$json":"{}"}]}`,
		`[]`, `{}`, `[[]]`, `[{}]`, `{"a":[]}`, `{"a":{}}`, `[null]`, `{"a":null}`, `[[],{},null,[null,{"a":null}]]`, `[1,1.0,"1",true]`,
		`{"a":{"b":{"c":[{"d":[1,{"e":9007199254740993}]}]}}}`, `{"0":1,"1":2}`, `{"b":1,"a":2,"B":3}`,
	)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return append(list, driver.BytesValue(all), driver.StringValue(strings.Repeat("long ", 5000)), driver.BytesValue(make([]byte, 5000)))
}

// everyValue sends each value every way there is: created, set, nested, as a condition and back as taken.
func everyValue(e *env) {
	list := someValues()
	var created driver.Doc
	for i, v := range list {
		created = created.With(fmt.Sprint("v", i), v)
	}
	e.create(created).check(e.now)
	for _, v := range list {
		s := e.create(driver.Doc{}.With("old", v))
		s.update(e.now, &driver.Update{Ops: []driver.Op{
			driver.Set{Path: "set", Value: v},
			driver.Set{Path: "nested.deep", Value: v},
			driver.Push{Path: "list", Each: []driver.Value{v, driver.ArrayValue(v)}},
			driver.SetIfAbsent{Path: "absent", Value: v},
		}})
		s.update(e.now, &driver.Update{
			If:  []driver.Condition{{Path: "old", Is: driver.Eq, Value: v}, {Path: "list.0", Is: driver.Gte, Value: v}},
			Ops: []driver.Op{take("old"), take("nested.deep"), driver.AddToSet{Path: "list", Each: []driver.Value{v}}, rename("set", "b.c")},
		})
	}
}

var someFieldNames = []string{
	"a", "A", " ", "a b", " a", "a ", "0", "1", "01", "-1", "1e3", "9999999999", "_id", "_", "id", "expires", "user", "created", "lastUsed",
	"verifier", "data", "data$", "meta", "version", "__proto__", "constructor", "toString", "length", "null", "true", "\"", "'", "''", "\\", "\\\"", "`",
	"a\"b", "a'b", "a\\b", "a:b", "a/b", "a~0b", "a~1b", "~", "#", "?", "*", "[", "[0]", "]", "{", "}", "{a}", "(", ",", ";", "--", "%", "%s", "@", "&",
	"a$", "a$b", "|", "^", "\n", "\t", "\r\n", "\x01", "\x1f", "\x7f", "é", "e\u0301", "ключ", "漢字", "😀", "\ufeff", "\u2028", "\ufffd", "\uffff", "-", "+",
	"select", "NULL", "undefined", "NaN",
}

func everyName(e *env) {
	var all driver.Doc
	for i, name := range someFieldNames {
		all = all.With(name, driver.IntValue(int64(i)))
	}
	e.create(all.With("nested", driver.ObjectValue(all))).check(e.now)
	for _, name := range someFieldNames {
		p := driver.Path(name)
		s := e.create(driver.Doc{}.With("other", driver.NullValue))
		s.update(e.now, &driver.Update{Ops: []driver.Op{inc(p, `1`), set("deep."+p+"."+p, `{}`), push("deep.x"+p, `1`)}})
		s.update(e.now, &driver.Update{
			If:  []driver.Condition{cond(p, driver.Eq, `1`), cond("deep."+p+"."+p, driver.Eq, `{}`), cond("x."+p, driver.Exists, `false`)},
			Ops: []driver.Op{take(p), unset("deep." + p + "." + p), rename("deep.x"+p, "moved."+p), addToSet("set", `{"n":1}`)},
		})
		s.update(e.after(time.Minute), &driver.Update{Ops: []driver.Op{
			by(p, false, push("moved."+p, `2`)),
			driver.Pull{Path: "set", Where: []driver.Condition{cond(p, driver.Exists, `false`)}},
			rename("deep", p),
		}})
	}
}

func atLimits(e *env) {
	var deepest driver.Path = "d" + driver.Path(strings.Repeat(".d", 63))
	long := driver.Path(strings.Repeat("n", 1021) + "é")
	s := e.create(driver.Doc{})
	s.update(e.now, &driver.Update{Ops: []driver.Op{set(deepest, `1`), set(long, `1`), set("x."+long, `2`)}})
	s.update(e.now, &driver.Update{If: []driver.Condition{cond(deepest, driver.Eq, `1`)}, Ops: []driver.Op{inc(deepest, `1`), take(long)}})
	s.update(e.now, &driver.Update{Ops: []driver.Op{take("d")}})

	deepest = "d" + driver.Path(strings.Repeat(".d", 95))
	s = e.create(driver.Doc{})
	s.update(e.now, &driver.Update{Ops: []driver.Op{set(deepest, `1`)}, Limits: driver.Limits{Depth: 96}})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc(deepest, `1`), driver.Push{Path: "x", Each: []driver.Value{driver.ArrayValue()}}}, Limits: driver.Limits{Depth: 96}})

	s = e.create(driver.Doc{})
	u := &driver.Update{}
	for i := range driver.MaxOps {
		u.Ops = append(u.Ops, inc(driver.Path(fmt.Sprint("f", i)), `1`))
	}
	s.update(e.now, u)
	u.Ops[driver.MaxOps-1] = push(u.Ops[driver.MaxOps-1].Target(), `1`) // the last one fails all
	s.update(e.now, u)
}
