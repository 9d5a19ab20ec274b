package mongostore

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// expr is an aggregation expression.
type expr any

func call(operator string, arg expr) bson.D { return bson.D{{Key: operator, Value: arg}} }

func literal(v driver.Value) expr { return call("$literal", rawValue(v)) }

func not(e expr) expr { return call("$not", bson.A{e}) }

func all(list ...expr) expr {
	if len(list) == 1 {
		return list[0]
	}
	return call("$and", bson.A(asAny(list)))
}

func either(list ...expr) expr { return call("$or", bson.A(asAny(list))) }

func cond(test, yes, no expr) expr { return call("$cond", bson.A{test, yes, no}) }

func let(name string, v, in expr) expr {
	return call("$let", bson.D{{Key: "vars", Value: bson.D{{Key: name, Value: v}}}, {Key: "in", Value: in}})
}

func typeIn(e expr, types ...string) expr {
	if len(types) == 1 {
		return call("$eq", bson.A{call("$type", e), types[0]})
	}
	return call("$in", bson.A{call("$type", e), types})
}

func isArray(e expr) expr { return typeIn(e, "array") }

func missing(e expr) expr { return typeIn(e, "missing") }

// anyElement says that test holds for an element of the array e, which test calls $$e. It is false if e is no array.
func anyElement(e, test expr) expr {
	mapped := call("$map", bson.D{{Key: "input", Value: e}, {Key: "as", Value: "e"}, {Key: "in", Value: test}})
	return cond(isArray(e), call("$anyElementTrue", bson.A{mapped}), false)
}

func asAny(list []expr) []any {
	values := make([]any, len(list))
	for i, e := range list {
		values[i] = e
	}
	return values
}

// at returns the value that p leads to in the document of the session, as [driver.Doc.Lookup] does: an index names an
// element, and nothing else leads into an array.
func at(p driver.Path) expr {
	top, rest := p.Cut()
	return walk("$"+fieldData+"."+top, rest)
}

// walk returns the value that rest leads to from path, which is one of an expression.
func walk(path string, rest driver.Path) expr {
	v := expr(path)
	for rest != "" {
		segment, after := rest.Cut()
		if i, ok := driver.Index(segment); ok {
			elem := let("v", v, cond(isArray("$$v"), call("$arrayElemAt", bson.A{"$$v", i}), "$$v."+segment))
			if after == "" {
				return elem
			}
			return let("v", elem, walk("$$v", after))
		}
		// a path that meets an array anywhere gathers an array from its elements
		v = cond(isArray(path), "$$REMOVE", path+"."+segment)
		path += "." + segment
		rest = after
	}
	return v
}

// countIndexes returns how many segments of p can be indexes.
func countIndexes(p driver.Path) int {
	n := 0
	for p != "" {
		var segment string
		if segment, p = p.Cut(); allDigits(segment) {
			n++
		}
	}
	return n
}

func allDigits(segment string) bool {
	for _, c := range segment {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// typeNames are the names of all BSON types that compare with a kind.
func typeNames(k driver.Kind) []string {
	switch k {
	case driver.Int, driver.Float:
		return []string{"long", "double", "int", "decimal"}
	case driver.Bytes:
		return []string{"binData"}
	case driver.Time:
		return []string{"date"}
	case driver.JSON:
		return []string{"javascript"}
	}
	return []string{k.String()}
}

// equals says that e, a path in an expression, holds a value equal to v. The server minds the order of fields, which is
// not sorted where fields were added one by one.
func equals(e string, v driver.Value) expr {
	if !wide(v) {
		return call("$eq", bson.A{e, literal(v)})
	}
	if v.Kind() == driver.Object {
		tests := []expr{call("$eq", bson.A{call("$size", call("$objectToArray", e)), v.Doc().Len()})}
		for name, field := range v.Doc().All() {
			tests = append(tests, equals(e+"."+name, field))
		}
		return cond(typeIn(e, "object"), all(tests...), false)
	}
	tests := []expr{call("$eq", bson.A{call("$size", e), len(v.Elems())})}
	for i, elem := range v.Elems() {
		tests = append(tests, let("x", call("$arrayElemAt", bson.A{e, i}), equals("$$x", elem)))
	}
	return cond(isArray(e), all(tests...), false)
}

// wide reports whether v has an object of two fields or more in it: one whose fields have an order.
func wide(v driver.Value) bool { return hasObject(v, 2) }

// hasObject reports whether there is an object of at least n fields in v.
func hasObject(v driver.Value, n int) bool {
	if v.Kind() == driver.Object && v.Doc().Len() >= n {
		return true
	}
	for _, field := range v.Doc().All() {
		if hasObject(field, n) {
			return true
		}
	}
	for _, e := range v.Elems() {
		if hasObject(e, n) {
			return true
		}
	}
	return false
}
