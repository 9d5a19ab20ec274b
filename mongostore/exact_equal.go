package mongostore

import (
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// Two values may be equal and yet differ in their bytes: by the order of the fields of an object, which no server looks
// past, and by the kinds of numbers, where some servers compare bytes.

// maxKinds is for how many numbers of a value an expression looks at the kind.
const maxKinds = 64

// sameOrder tests that no element of the array is equal to one of the values but for the order of fields.
func (c *command) sameOrder(array expr, values []driver.Value) {
	for _, v := range values {
		if wide(v) {
			c.none(array, all(call("$ne", bson.A{"$$e", literal(v)}), equals("$$e", v)))
		}
	}
}

// sameBytes tests that no element of the array is equal to one of the values but for the order of fields, or the kind of a
// number.
func (c *command) sameBytes(array expr, values []driver.Value) {
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
		c.none(array, differs)
	}
}

// hashed reports whether some servers look for v among the elements of an array by its bytes: numbers that not every float64
// near them is told from, and what has numbers in it.
func hashed(v driver.Value) bool {
	return math.Abs(float64(v.Int())+v.Float()) >= 1<<53 || holdsNumbers(v) // what v is not is 0
}

// holdsNumbers reports whether v is an array or object with a number in it.
func holdsNumbers(v driver.Value) bool { return !v.IsNumber() && countNumbers(v) > 0 }

// countNumbers returns how many numbers v is or has in it.
func countNumbers(v driver.Value) (n int) {
	if v.IsNumber() {
		return 1
	}
	for _, part := range parts(v) {
		n += countNumbers(part)
	}
	return n
}

// wide reports whether v has an object of two fields or more in it: one whose fields have an order.
func wide(v driver.Value) bool { return hasObject(v, 2) }

// hasObject reports whether there is an object of at least n fields in v.
func hasObject(v driver.Value, n int) bool {
	if v.Kind() == driver.Object && v.Doc().Len() >= n {
		return true
	}
	return slices.ContainsFunc(parts(v), func(part driver.Value) bool { return hasObject(part, n) })
}

// parts are the fields of v, or its elements.
func parts(v driver.Value) []driver.Value {
	list := v.Elems()
	for _, field := range v.Doc().All() {
		list = append(list, field)
	}
	return list
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

// distinct returns values, which are at most maxCompared, without those that are equal to an earlier one.
func distinct(values []driver.Value) []driver.Value {
	kept := make([]driver.Value, 0, len(values))
	for _, v := range values {
		if !slices.ContainsFunc(kept, func(k driver.Value) bool { return driver.Equal(k, v) }) {
			kept = append(kept, v)
		}
	}
	return kept
}
