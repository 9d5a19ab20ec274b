package mongostore

import (
	"iter"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// expr is an aggregation expression.
type expr = any

// call is an expression, or a term of a filter.
func call(operator string, arg expr) bson.D { return bson.D{{Key: operator, Value: arg}} }

func literal(v driver.Value) expr { return call("$literal", rawValue(v)) }

func not(e expr) expr { return call("$not", bson.A{e}) }

func all(list ...expr) expr {
	switch len(list) {
	case 0:
		return true
	case 1:
		return list[0]
	}
	return call("$and", bson.A(list))
}

func either(list ...expr) expr {
	switch len(list) {
	case 0:
		return false
	case 1:
		return list[0]
	}
	return call("$or", bson.A(list))
}

// some says that array is one, and test holds for an element of it, which test calls $$e.
func some(array, test expr) expr {
	mapped := call("$map", bson.D{{Key: "input", Value: array}, {Key: "as", Value: "e"}, {Key: "in", Value: test}})
	return cond(isArray(array), call("$anyElementTrue", bson.A{mapped}), false)
}

func cond(test, yes, no expr) expr { return call("$cond", bson.A{test, yes, no}) }

func let(name string, v, in expr) expr {
	return call("$let", bson.D{{Key: "vars", Value: call(name, v)}, {Key: "in", Value: in}})
}

func typeIn(e expr, types ...string) expr {
	if len(types) == 1 {
		return call("$eq", bson.A{call("$type", e), types[0]})
	}
	return call("$in", bson.A{call("$type", e), types})
}

func isArray(e expr) expr { return typeIn(e, "array") }

func missing(e expr) expr { return typeIn(e, "missing") }

// at returns the value that p leads to in the document of the session, as [driver.Doc.Lookup] does: an index names an
// element, and nothing else leads into an array.
func at(p driver.Path) expr { return from("$"+fieldData, p) }

// from returns the value that p leads to from base, a path in an expression: the document, or an element of an array.
func from(base string, p driver.Path) expr {
	if base != "$"+fieldData {
		return walk(base, p)
	}
	top, rest := p.Cut() // the document is an object
	return walk(base+"."+top, rest)
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

// parents yields the paths that p leads through, each with the segment that follows.
func parents(p driver.Path) iter.Seq2[driver.Path, string] {
	return func(yield func(driver.Path, string) bool) {
		for i := range len(p) {
			if p[i] != '.' {
				continue
			}
			if next, _ := p[i+1:].Cut(); !yield(p[:i], next) {
				return
			}
		}
	}
}

// countIndexes returns how many segments of p can be indexes.
func countIndexes(p driver.Path) (n int) {
	for segment := range strings.SplitSeq(string(p), ".") {
		if allDigits(segment) {
			n++
		}
	}
	return n
}

func allDigits(segment string) bool {
	return segment != "" && strings.Trim(segment, "0123456789") == ""
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
