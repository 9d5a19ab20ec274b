package mongostore

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// Two values may be equal and yet differ in their bytes: by the order of the fields of an object, which no server looks
// past, and by the kinds of numbers, where some servers compare bytes.

// maxKinds is for how many numbers of a value an expression looks at the kind.
const maxKinds = 64

// sameOrder says that no element of the array is equal to one of the values but for the order of fields.
func sameOrder(array expr, values []driver.Value) []expr {
	var list []expr
	for _, v := range values {
		if wide(v) {
			differs := all(call("$ne", bson.A{"$$e", literal(v)}), equals("$$e", v))
			list = append(list, not(anyElement(array, differs)))
		}
	}
	return list
}

// sameBytes says that no element of the array is equal to one of the values but for the order of fields, or the kind of a
// number.
func sameBytes(array expr, values []driver.Value) []expr {
	var list []expr
	for _, v := range values {
		if !wide(v) && !hashed(v) {
			continue
		}
		differs := equals("$$e", v)
		if countNumbers(v) <= maxKinds && v.Depth() <= maxNesting {
			tests := otherKinds("$$e", v)
			if wide(v) {
				tests = append(tests, call("$ne", bson.A{"$$e", literal(v)}))
			}
			differs = cond(differs, either(tests...), false)
		}
		list = append(list, not(anyElement(array, differs)))
	}
	return list
}

// hashed reports whether some servers look for v among the elements of an array by its bytes: numbers that not every float64
// near them is told from, and what has numbers in it.
func hashed(v driver.Value) bool {
	switch v.Kind() {
	case driver.Int:
		return v.Int() >= 1<<53 || v.Int() <= -1<<53
	case driver.Float:
		return v.Float() >= 1<<53 || v.Float() <= -1<<53
	}
	return holdsNumbers(v)
}

// countNumbers returns how many numbers v is or has in it.
func countNumbers(v driver.Value) int {
	if v.IsNumber() {
		return 1
	}
	n := 0
	for _, field := range v.Doc().All() {
		n += countNumbers(field)
	}
	for _, e := range v.Elems() {
		n += countNumbers(e)
	}
	return n
}

// otherKinds are tests of which one holds if a number in e, a path in an expression that leads to a value equal to v, is not
// of the kind that it has in v.
func otherKinds(e string, v driver.Value) []expr {
	if v.IsNumber() {
		return []expr{call("$ne", bson.A{call("$type", e), bsonNames[v.Kind()]})}
	}
	var tests []expr
	for name, field := range v.Doc().All() {
		tests = append(tests, otherKinds(e+"."+name, field)...)
	}
	for i, elem := range v.Elems() {
		if inside := otherKinds("$$x", elem); len(inside) > 0 {
			tests = append(tests, let("x", call("$arrayElemAt", bson.A{e, i}), either(inside...)))
		}
	}
	return tests
}

var bsonNames = map[driver.Kind]string{driver.Int: "long", driver.Float: "double"}

// distinct returns values without those that are equal to an earlier one.
func distinct(values []driver.Value) []driver.Value {
	if len(values) < 2 {
		return values
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return driver.Compare(values[i], values[j]) })
	order = slices.CompactFunc(order, func(i, j int) bool { return driver.Equal(values[i], values[j]) })
	slices.Sort(order)
	kept := make([]driver.Value, len(order))
	for i, j := range order {
		kept[i] = values[j]
	}
	return kept
}
