package mongostore

import (
	"math"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// The operators of the server do what [driver.Eval] does, but for a few corners. The functions of this file return the
// expressions that keep an update away from them: where one is false the filter matches nothing, and the update is worked
// out by Eval itself (see resolve.go).

// maxIndexes is how many indexes a path may have for an expression to follow it: some servers take twice the time for each.
const maxIndexes = 8

// What expressions are written for. The server takes commands of 16 MiB, and of 200 arrays and objects inside one another; an
// expression about a value is several times as large and as deep as the value.
const (
	maxOperands = 1 << 20
	maxNesting  = 16
	// maxCompared is how many values or conditions the server compares each element of an array with, one by one.
	maxCompared = 64
	// maxThrough is how many paths of one update lead through arrays: the server copies an array for each.
	maxThrough = 64
)

// expressible reports whether guards and conditions can be written for u.
func expressible(u *driver.Update) bool {
	size, through := 0, 0
	follows := func(p driver.Path) bool {
		n := countIndexes(p)
		through += min(n, 1)
		return n <= maxIndexes && through <= maxThrough
	}
	fits := func(v driver.Value) bool {
		size += len(appendValue(nil, v))
		return size <= maxOperands && (v.Depth() <= maxNesting || !wide(v))
	}
	for _, c := range u.If {
		if orders(c) || !follows(c.Path) || !fits(c.Value) {
			return false
		}
	}
	for _, op := range u.Ops {
		given := operands(op)
		if _, isPush := op.(driver.Push); len(given) > maxCompared && !isPush {
			return false
		}
		for _, v := range given {
			if !fits(v) {
				return false
			}
		}
		for _, p := range driver.Targets(op) {
			if !follows(p) {
				return false
			}
		}
		if push, ok := op.(driver.Push); ok && push.Sort != nil && countIndexes(push.Sort.By) > maxIndexes {
			return false
		}
	}
	return true
}

// condition is what a condition of an update demands of the document.
func condition(c driver.Condition) expr {
	v := at(c.Path)
	switch c.Is {
	case driver.Exists:
		if c.Value.Bool() {
			return not(missing(v))
		}
		return missing(v)
	case driver.Eq:
		if !wide(c.Value) {
			return call("$eq", bson.A{v, literal(c.Value)})
		}
		return let("x", v, equals("$$x", c.Value))
	}
	// In an expression values of any two types compare; a condition holds between values of one kind only.
	return let("x", v, all(
		typeIn("$$x", typeNames(c.Value.Kind())...),
		call("$"+c.Is.String(), bson.A{"$$x", literal(c.Value)})))
}

// orders reports whether c compares with an object, or something that holds one, by order: the server would go by the order
// in which fields were added.
func orders(c driver.Condition) bool {
	return c.Is > driver.Eq && hasObject(c.Value, 1)
}

// terms are those guards of op that are terms of the filter: they cost the server less than an expression. Since they look
// into arrays they may refuse too much.
func terms(op driver.Op) bson.D {
	switch op.(type) {
	case driver.Inc, driver.Mul: // some servers count true as 1
		notBool := bson.D{{Key: "$not", Value: bson.D{{Key: "$type", Value: "bool"}}}}
		return bson.D{{Key: fieldData + "." + string(op.Target()), Value: notBool}}
	}
	return nil
}

// guards returns what op needs of the document to mean what Eval says.
func guards(op driver.Op, l driver.Limits) []expr {
	list := pathGuards(op, l)
	field := at(op.Target())
	switch o := op.(type) {
	case driver.Set:
		if holdsNumbers(o.Value) {
			list = append(list, call("$ne", bson.A{field, literal(o.Value)}))
		}
	case driver.SetIfAbsent:
		list = append(list, not(missing(field)))
	case driver.Rename:
		list = append(list, not(missing(field))) // some servers make room for it at o.To all the same
		if o.To.Len() > o.Path.Len() {
			list = append(list, shallow(field, l.Depth-o.To.Len()+1))
		}
	case driver.Inc:
		list = append(list, finite(field, "$add", o.By)...)
	case driver.Mul:
		list = append(list, finite(field, "$multiply", o.By)...)
	case driver.Min:
		list = append(list, incomparable(field, o.Value)...)
	case driver.Max:
		list = append(list, incomparable(field, o.Value)...)
	case driver.Push:
		if o.Sort != nil {
			list = append(list, not(anyElement(field, typeIn(walk("$$e", o.Sort.By), "object", "array"))))
		}
	case driver.Pop:
		list = append(list, reachable(o.Path)...)
	case driver.AddToSet:
		list = append(list, sameBytes(field, o.Each)...)
	case driver.PullAll:
		list = append(list, reachable(o.Path)...)
		list = append(list, sameOrder(field, o.Values)...)
	case driver.Pull:
		list = append(list, reachable(o.Path)...)
		list = append(list, pullGuards(field, o.Where)...)
	}
	return list
}

// pathGuards refuse what the server takes for an index and Eval does not, and too much padding.
func pathGuards(op driver.Op, l driver.Limits) []expr {
	var list []expr
	for _, p := range driver.Targets(op) {
		for parent, rest := splitTop(p); rest != ""; {
			segment, after := rest.Cut()
			index, ok := driver.Index(segment)
			switch {
			case !ok && allDigits(segment):
				list = append(list, not(isArray(at(parent))))
			case ok && index > l.Padding:
				enough := call("$gte", bson.A{call("$size", "$$a"), index - l.Padding})
				list = append(list, let("a", at(parent), cond(isArray("$$a"), enough, true)))
			}
			parent, rest = parent+"."+driver.Path(segment), after
		}
	}
	return list
}

// reachable says that p leads to something, or to a missing field of an object. Some servers create what is missing on the
// way, for operators that should do nothing then.
func reachable(p driver.Path) []expr {
	i := strings.LastIndexByte(string(p), '.')
	if i < 0 {
		return nil
	}
	return []expr{either(typeIn(at(p[:i]), "object"), not(missing(at(p))))}
}

// shallow says that v is nested at most depth levels deep, by its size: each level takes eight bytes.
func shallow(v expr, depth int) expr {
	size := call("$bsonSize", bson.D{{Key: "v", Value: "$$x"}})
	return let("x", v, either(
		not(typeIn("$$x", "object", "array")),
		call("$lte", bson.A{size, 8 * max(0, depth)})))
}

// finite says that the result of the operator with the number by does not leave the range of a float64: the server would
// store an infinity. It fails by itself where an integer overflows.
func finite(field expr, operator string, by driver.Value) []expr {
	types := []string{"double"}
	operand := float64(by.Int())
	if by.Kind() == driver.Float {
		types = typeNames(driver.Float)
		operand = by.Float()
	}
	if math.Abs(operand) < 1e290 && operator == "$add" || math.Abs(operand) <= 1 {
		return nil // cannot happen: adding so little to the greatest number does not change it
	}
	result := call(operator, bson.A{call("$toDouble", "$$x"), operand})
	inRange := call("$lte", bson.A{call("$abs", result), math.MaxFloat64})
	return []expr{let("x", field, cond(typeIn("$$x", types...), inRange, true))}
}

// incomparable says that the order of v and the field's value does not depend on the order of fields in an object.
func incomparable(field expr, v driver.Value) []expr {
	if !hasObject(v, 1) {
		return nil
	}
	return []expr{not(typeIn(field, typeNames(v.Kind())...))}
}

// pullGuards say that no element meets, or fails, the conditions for the order of fields in an object. They also keep
// arrays in the array from servers that take conditions on fields to hold for their elements, or several conditions
// for one element.
func pullGuards(array expr, where []driver.Condition) []expr {
	var list []expr
	if where[0].Path != "" || len(where) > 1 {
		list = append(list, not(anyElement(array, isArray("$$e"))))
	}
	for _, c := range where {
		v := "$$e"
		if c.Path != "" {
			v += "." + string(c.Path)
		}
		switch {
		case orders(c):
			list = append(list, not(anyElement(array, typeIn(v, "object", "array"))))
		case c.Path != "" && len(where) > 1:
			list = append(list, not(anyElement(array, isArray(v))))
		case c.Is == driver.Eq && wide(c.Value):
			differs := all(call("$ne", bson.A{v, literal(c.Value)}), either(isArray(v), equals(v, c.Value)))
			list = append(list, not(anyElement(array, differs)))
		}
	}
	return list
}
