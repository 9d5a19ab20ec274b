// Package heavy has updates that ask for as much work as the default limits allow, on documents as large as they allow, and measures
// what they do to others.
package heavy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// Update is one of them, with the document it is for. It does not fail.
type Update struct {
	Name string
	Doc  driver.Doc
	*driver.Update
}

// Updates returns all of them. They compare many with many, or are long.
func Updates() []Update { return Fraction(1) }

// Fraction is Updates with the documents n times as small.
func Fraction(n int) []Update {
	var bounds, values, kinds, absent, null, onText []driver.Condition
	text := strings.Repeat(`x\`, 250_000/n)
	for i := range driver.MaxOps - 1 {
		number, name := driver.IntValue(int64(i+1)), driver.Path(fmt.Sprint("f", i))
		bounds = append(bounds, driver.Condition{Is: driver.Lte, Value: number})
		values = append(values, driver.Condition{Is: driver.Eq, Value: driver.IntValue(int64(i % 2))})
		kinds = append(kinds, driver.Condition{Is: driver.Lte, Value: []driver.Value{number, driver.StringValue("x")}[i%2]})
		absent = append(absent, driver.Condition{Path: name, Is: driver.Exists, Value: driver.BoolValue(false)})
		null = append(null, driver.Condition{Path: "f", Is: driver.Eq, Value: driver.NullValue})
		onText = append(onText, driver.Condition{Path: "a", Is: driver.Lt, Value: driver.StringValue(text[:1000] + fmt.Sprint("z", i))})
	}
	numbers, objects := repeated("1", 500_000/n), repeated("{}", 300_000/n)
	last := append(slices.Clone(repeated("5", 490_000/n).Get("a").Elems()), driver.IntValue(0), driver.IntValue(1))
	inOne := driver.Doc{}.With("a", driver.ArrayValue(driver.ArrayValue(last...)))
	long := driver.Path(strings.Repeat(strings.Repeat("p", 1000)+".", 62) + "p")
	one := func(op driver.Op) *driver.Update { return &driver.Update{Ops: []driver.Op{op}} }
	pull := func(where []driver.Condition) *driver.Update { return one(driver.Pull{Path: "a", Where: where}) }
	return []Update{
		{"pull by bounds", numbers, pull(bounds)},
		{"pull by values", repeated("[1,2]", 160_000/n), pull(values)},
		{"pull by values from one element", inOne, pull(values)},
		{"pull by values of two kinds", repeated(`[-1,"x"]`, 100_000/n), pull(kinds)},
		{"pull by missing fields", objects, pull(absent)},
		{"pull by one field", objects, pull(null)},
		{"pullAll", numbers, one(driver.PullAll{Path: "a", Values: many(100_000 / n)})},
		{"addToSet", repeated("1", 300_000/n), one(driver.AddToSet{Path: "a", Each: many(50_000 / n)})},
		{"push and sort", repeated("1", 300_000/n), one(driver.Push{Path: "a", Each: many(50_000 / n), Sort: []driver.Sort{{Desc: true}}})},
		{"push and sort by a path", repeated(`{"b":{"c":1}}`, 70_000/n), one(driver.Push{Path: "a", Sort: []driver.Sort{{By: "b.c"}}})},
		{"push and sort by a long path", numbers, one(driver.Push{Path: "a", Sort: []driver.Sort{{By: long}}})},
		{"push at a long path", driver.Doc{}.With("a", driver.NullValue), one(driver.Push{Path: long, Each: many(50_000 / n)})},
		{"push to the front", repeated("1", 300_000/n), one(driver.Push{Path: "a", Each: many(50_000 / n), Position: new(0)})},
		{"pop", numbers, one(driver.Pop{Path: "a", First: true})},
		{"conditions on a text", driver.Doc{}.With("a", driver.StringValue(text)), &driver.Update{If: onText}},
		{"conditions inside a field", repeated("1", 300_000/n), &driver.Update{If: inside(300 / n)}},
		{"equal to a large array", repeated("1.0", 240_000/n), &driver.Update{If: []driver.Condition{
			{Path: "a", Is: driver.Eq, Value: repeated("1", 240_000/n).Get("a")},
		}}},
		{"elements by many values", objects, one(driver.Elements{Path: "a", Where: []driver.Condition{
			{Path: "f", Is: driver.Nin, Value: driver.ArrayValue(many(100_000 / n)...)},
		}, Do: []driver.Op{driver.Unset{Path: "f"}}})},
		{"many operations on elements", objects, one(driver.Elements{Path: "a", Do: unsets(driver.MaxInside)})},
		{"pull by many values", objects, pull([]driver.Condition{{Path: "f", Is: driver.In, Value: driver.ArrayValue(many(100_000 / n)...)}})},
		{"pull by alternatives", objects, pull([]driver.Condition{{Is: driver.Nor, Each: absent[:driver.MaxInside-1]}})},
		{"an element among many", numbers, &driver.Update{If: []driver.Condition{{Is: driver.Nor, Each: []driver.Condition{
			{Path: "a", Is: driver.ElemMatch, Each: []driver.Condition{{Is: driver.In, Value: driver.ArrayValue(many(100_000 / n)...)}}},
		}}}}},
		{"one after the other", repeated("1", 300_000/n), one(driver.Sequence{Path: "a", Do: inOrder(driver.MaxInside)})},
		{"changes inside a field", repeated("1", 300_000/n), &driver.Update{Ops: changesInside(300 / n)}},
	}
}

// repeated returns a document with an array of n times the same.
func repeated(text string, n int) driver.Doc {
	v, err := driver.ParseValue("[" + strings.Repeat(text+",", n-1) + text + "]")
	if err != nil {
		panic(err)
	}
	return driver.Doc{}.With("a", v)
}

// many returns n different values.
func many(n int) []driver.Value {
	list := make([]driver.Value, n)
	for i := range list {
		list[i] = driver.IntValue(int64(i + 10))
	}
	return list
}

// unsets are n operations that find nothing.
func unsets(n int) (list []driver.Op) {
	for i := range n {
		list = append(list, driver.Unset{Path: driver.Path(fmt.Sprint("f", i))})
	}
	return list
}

// inOrder are n operations on a, each of which copies it.
func inOrder(n int) (list []driver.Op) {
	for i := range n {
		list = append(list, driver.Push{Path: "a", Each: many(1), Position: new(0), Slice: new(300_000 - i)})
	}
	return list
}

func inside(step int) (list []driver.Condition) {
	for i := range driver.MaxOps {
		list = append(list, driver.Condition{Path: driver.Path(fmt.Sprint("a.", step*i)), Is: driver.Eq, Value: driver.IntValue(1)})
	}
	return list
}

func changesInside(step int) (list []driver.Op) {
	for i := range driver.MaxOps {
		list = append(list, driver.Inc{Path: driver.Path(fmt.Sprint("a.", step*i)), By: driver.IntValue(1)})
	}
	return list
}
