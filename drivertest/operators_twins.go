package drivertest

import (
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// numberTwins are numbers that are equal and not the same, or nearly equal.
var numberTwins = [][2]string{
	{`1`, `1.0`},
	{`0`, `0.0`},
	{`-9007199254740992`, `-9007199254740992.0`},
	{`4611686018427387904`, `4611686018427387904.0`},
	{`-9223372036854775808`, `-9223372036854775808.0`},
	{`9007199254740993`, `9007199254740992.0`},
	{`9223372036854775807`, `9223372036854775808.0`},
}

// twinRows have every operator and condition meet a value with a twin of it. Some servers compare bytes there, or float64s, or
// leave alone what they take for unchanged.
func twinRows() []row {
	var rows []row
	for _, pair := range numberTwins {
		for _, form := range []string{`#`, `[#]`, `{"n":#}`, `[[],{"n":#}]`} {
			a, b := strings.ReplaceAll(form, "#", pair[0]), strings.ReplaceAll(form, "#", pair[1])
			rows = append(append(rows, meet(a, b)...), meet(b, a)...)
		}
	}
	return rows
}

// reordered does the same with objects whose fields were added in another order, as far as the store keeps one.
func reordered(e *env) {
	var rows []row
	for _, a := range []string{`{"x":1,"y":[1,2]}`, `[{"n":1,"o":"z"}]`} {
		for _, b := range []string{a, strings.ReplaceAll(a, "1", "1.0"), strings.ReplaceAll(a, "1", "2")} {
			rows = append(rows, meet(a, b)...)
		}
	}
	for _, r := range rows {
		s := e.create(doc(r.doc))
		back := firstFields("", driver.ObjectValue(s.want.Data))
		var out []driver.Op
		for _, op := range back {
			out = append(out, driver.Unset{Path: op.Target()})
		}
		s.update(e.now, &driver.Update{Ops: out})
		s.update(e.now, &driver.Update{Ops: back})
		s.update(e.after(time.Minute), &r.u)
	}
}

// firstFields returns operations that set to its value the first field of every object of several inside v, which p leads to.
func firstFields(p driver.Path, v driver.Value) []driver.Op {
	if p != "" && v.Doc().Len() > 1 {
		f := v.Doc().At(0)
		return []driver.Op{driver.Set{Path: join(p, f.Name), Value: f.Value}}
	}
	var ops []driver.Op
	for name, f := range v.Doc().All() {
		ops = append(ops, firstFields(join(p, name), f)...)
	}
	for i, f := range v.Elems() {
		ops = append(ops, firstFields(join(p, strconv.Itoa(i)), f)...)
	}
	return ops
}

func join(p driver.Path, name string) driver.Path {
	if p == "" {
		return driver.Path(name)
	}
	return p + driver.Path("."+name)
}

// meet has b come to where a is.
func meet(a, b string) []row {
	field, list := `{"a":`+a+`}`, `{"a":["x",`+a+`,"y"]}`
	when := func(doc string, c driver.Condition) row {
		return row{doc, driver.Update{If: []driver.Condition{c}, Ops: []driver.Op{setIfAbsent("hit", b)}}}
	}
	rows := []row{
		on(field, set("a", b)),
		on(field, set("a", b), push("l", `1`)),
		on(field, setIfAbsent("a", b)),
		on(`{"a":`+a+`,"b":`+b+`}`, rename("b", "a")),
		on(field, lower("a", b)),
		on(field, raise("a", b)),
		on(list, addToSet("a", b)),
		on(list, addToSet("a", b, a, `"z"`)),
		on(`{}`, addToSet("a", a, b)),
		on(list, pullAll("a", b, `"x"`)),
		on(`{"a":[`+a+`]}`, at(0, keep(1, push("a", b)))),
		on(`{"a":[`+a+`]}`, keep(-1, push("a", b))),
		on(`{"a":[`+a+`,`+b+`]}`, by("", false, push("a", a))),
		on(`{"a":[`+a+`,`+b+`]}`, by("", true, push("a", b))),
		on(`{"a":[{"k":`+a+`,"i":1},{"k":`+b+`,"i":0}]}`, by("k", true, push("a"))),
	}
	for _, is := range comparisons {
		rows = append(rows, when(field, cond("a", is, b)), on(list, pull("a", cond("", is, b))),
			on(`{"a":[{"k":`+a+`},{"k":"x"},`+b+`]}`, pull("a", cond("k", is, b))))
	}
	return rows
}
