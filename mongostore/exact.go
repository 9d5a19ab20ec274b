package mongostore

import (
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// The operators of the server do what [driver.Eval] does, but for a few corners. What this file tests keeps an update away from
// them: where a test fails the filter matches nothing, and the update is worked out by Eval itself (see fallback.go).

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

// expressible reports whether tests and conditions can be written for u.
func expressible(u *driver.Update) bool {
	size, through := 0, 0
	far := func(p driver.Path) bool {
		n := countIndexes(p)
		through += min(n, 1)
		return n > maxIndexes || through > maxThrough
	}
	large := func(v driver.Value) bool {
		size += len(appendValue(nil, v))
		return size > maxOperands || v.Depth() > maxNesting && wide(v)
	}
	for c := range conditionsIn(u.If) {
		if orders(c) || far(c.Path) || large(c.Value) || c.Is == driver.ElemMatch && !forElements(c.Each) {
			return false
		}
	}
	for _, op := range u.Ops {
		given := slices.Collect(driver.Operands(op))
		push, isPush := op.(driver.Push)
		switch {
		case slices.ContainsFunc(push.Sort, func(s driver.Sort) bool { return countIndexes(s.By) > maxIndexes }),
			!isPush && len(given) > maxCompared,
			slices.ContainsFunc(given, large),
			slices.ContainsFunc(driver.Targets(op), far):
			return false
		}
	}
	return true
}

// exact tests what op needs of the document for the server to do exactly what Eval does.
func (c *command) exact(op driver.Op, l driver.Limits) {
	c.exactPath(op, l)
	field := at(op.Target())
	switch o := op.(type) {
	case driver.Set:
		if holdsNumbers(o.Value) {
			c.test(call("$ne", bson.A{field, literal(o.Value)}))
		}
	case driver.SetIfAbsent:
		c.test(not(missing(field)))
	case driver.Rename:
		c.test(not(missing(field))) // some servers make room for it at o.To all the same
		if o.To.Len() > o.Path.Len() {
			c.test(shallow(field, l.Depth-o.To.Len()+1))
		}
	case driver.Inc:
		c.exactNumber(o.Path, "$add", o.By)
	case driver.Mul:
		c.exactNumber(o.Path, "$multiply", o.By)
	case driver.Min:
		c.exactOrder(field, o.Value)
	case driver.Max:
		c.exactOrder(field, o.Value)
	case driver.Push:
		for _, s := range o.Sort {
			c.none(field, typeIn(walk("$$e", s.By), "object", "array"))
		}
	case driver.Pop:
		c.reaches(o.Path)
	case driver.AddToSet:
		c.sameBytes(field, o.Each)
	case driver.PullAll:
		c.reaches(o.Path)
		c.sameOrder(field, o.Values)
	case driver.Pull:
		c.reaches(o.Path)
		c.exactPull(field, o.Where)
	}
}

// exactPath refuses what the server takes for an index and Eval does not, and too much padding.
func (c *command) exactPath(op driver.Op, l driver.Limits) {
	for _, p := range driver.Targets(op) {
		for parent, segment := range parents(p) {
			index, ok := driver.Index(segment)
			switch {
			case !ok && allDigits(segment):
				c.test(not(isArray(at(parent))))
			case ok && index > l.Padding:
				enough := call("$gte", bson.A{call("$size", "$$a"), index - l.Padding})
				c.test(let("a", at(parent), cond(isArray("$$a"), enough, true)))
			}
		}
	}
}

// reaches tests that p leads to something, or to a missing field of an object. Some servers create what is missing on the
// way, for operators that should do nothing then.
func (c *command) reaches(p driver.Path) {
	if i := strings.LastIndexByte(string(p), '.'); i >= 0 {
		c.test(either(typeIn(at(p[:i]), "object"), not(missing(at(p)))))
	}
}

// shallow says that v is nested at most depth levels deep, by its size: each level takes eight bytes.
func shallow(v expr, depth int) expr {
	return let("x", v, either(
		not(typeIn("$$x", "object", "array")),
		call("$lte", bson.A{size("$$x"), 8 * max(0, depth)})))
}

// exactNumber tests that the result of the operator with the number by does not leave the range of a float64: the server would
// store an infinity. It fails by itself where an integer overflows.
func (c *command) exactNumber(p driver.Path, operator string, by driver.Value) {
	// Some servers count true as 1. A term of the filter costs less than an expression; it looks into arrays, and may refuse too much.
	c.filter = append(c.filter, bson.E{Key: fieldData + "." + string(p), Value: call("$not", call("$type", "bool"))})
	types := []string{"double"}
	operand := math.Abs(float64(by.Int()) + by.Float()) // one of them is 0
	if by.Kind() == driver.Float {
		types = typeNames(driver.Float)
	}
	if operand < 1e290 && operator == "$add" || operand <= 1 {
		return // cannot happen: adding so little to the greatest number does not change it
	}
	c.test(let("x", at(p), cond(typeIn("$$x", types...), finite(operator, by), true)))
}

// exactOrder tests that the order of v and the field's value does not depend on the order of fields in an object.
func (c *command) exactOrder(field expr, v driver.Value) {
	if hasObject(v, 1) {
		c.test(not(typeIn(field, typeNames(v.Kind())...)))
	}
}

// exactPull tests that no element meets, or fails, the conditions for the order of fields in an object. It also keeps
// arrays in the array from servers that take conditions on fields to hold for their elements, or several conditions
// for one element.
func (c *command) exactPull(array expr, where []driver.Condition) {
	if where[0].Path != "" || len(where) > 1 {
		c.none(array, isArray("$$e"))
	}
	for _, w := range where {
		v := "$$e"
		if w.Path != "" {
			v += "." + string(w.Path)
		}
		switch {
		case orders(w):
			c.none(array, typeIn(v, "object", "array"))
		case w.Path != "" && len(where) > 1:
			c.none(array, isArray(v))
		case w.Is == driver.Eq && wide(w.Value):
			c.none(array, all(call("$ne", bson.A{v, literal(w.Value)}), either(isArray(v), equals(v, w.Value))))
		}
	}
}
