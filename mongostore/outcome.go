package mongostore

import (
	"math"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// The stages of a pipeline have no operators like $push or $[<identifier>], but expressions: what is a value to become, given what it
// is? Servers agree about those more than about operators, and can make several changes of one value.

// outcome is what operations make of a value: it becomes that, if all tests hold of it. If not, Eval decides.
type outcome struct {
	becomes expr
	tests   []expr
}

// edit is an operation and what is left of its path.
type edit struct {
	op   driver.Op
	rest driver.Path
}

// editsFrom returns the operations as edits of what at leads to, from where their paths lead from. Those that go on into one field
// stand together.
func editsFrom(at driver.Path, ops ...driver.Op) []edit {
	edits := make([]edit, len(ops))
	for i, op := range ops {
		rest := strings.TrimPrefix(string(op.Target()[len(at):]), ".")
		edits[i] = edit{op, driver.Path(rest)}
	}
	slices.SortFunc(edits, func(a, b edit) int { return strings.Compare(string(a.rest), string(b.rest)) })
	return edits
}

// outcomeOf returns what edits, which do not overlap, make of the value that v leads to, a path in an expression. ok is false if there
// is no expression for it. Paths inside lead through objects, or a test fails.
func outcomeOf(v string, edits []edit, now time.Time) (o outcome, ok bool) {
	if edits[0].rest == "" {
		return changed(v, edits[0].op, now)
	}
	kinds := []string{"object", "missing"}
	if slices.ContainsFunc(edits, func(e edit) bool { return idle(e.op) }) {
		kinds = kinds[:1]
	}
	o.tests = []expr{typeIn(v, kinds...)}
	fields, removed := bson.D{}, []string(nil)
	for len(edits) > 0 {
		name, group := edits[0].rest.Top(), edits
		for i := range edits {
			top, rest := edits[i].rest.Cut()
			if top != name {
				group = edits[:i]
				break
			}
			edits[i].rest = rest
		}
		edits = edits[len(group):]
		inside, ok := outcomeOf(v+"."+name, group, now)
		if !ok {
			return o, false
		}
		if inside.becomes == remove {
			removed = append(removed, name)
		} else {
			fields = append(fields, bson.E{Key: name, Value: inside.becomes})
		}
		o.tests = append(o.tests, inside.tests...)
	}
	o.becomes = call("$mergeObjects", bson.A{v, fields})
	for _, name := range removed {
		o.becomes = call("$unsetField", bson.D{{Key: "field", Value: call("$literal", name)}, {Key: "input", Value: o.becomes}})
	}
	return o, true
}

// remove is the expression for no value.
const remove = "$$REMOVE"

// idle reports whether op does nothing where nothing is: it must not create what is missing on the way.
func idle(op driver.Op) bool {
	switch op := op.(type) {
	case driver.Unset, driver.Take, driver.Pop, driver.Pull, driver.PullAll:
		return true
	case driver.Sequence:
		return idle(op.Do[len(op.Do)-1])
	}
	return false
}

// changed returns what op makes of the value at v, where its path ends.
func changed(v string, op driver.Op, now time.Time) (o outcome, ok bool) {
	switch op := op.(type) {
	case driver.Set:
		o.becomes = literal(op.Value)
	case driver.SetIfAbsent:
		o.becomes = cond(missing(v), literal(op.Value), v)
	case driver.Unset, driver.Take:
		o.becomes = remove
	case driver.CurrentDate:
		o.becomes = call("$literal", date(now))
	case driver.Inc:
		return calculated(v, "$add", op.By)
	case driver.Mul:
		return calculated(v, "$multiply", op.By)
	case driver.Min:
		return outer(v, "$lt", op.Value), true
	case driver.Max:
		return outer(v, "$gt", op.Value), true
	case driver.Elements:
		return chosen(v, op, now)
	case driver.Sequence:
		return sequence(v, op, now)
	default:
		return changedArray(v, op)
	}
	return o, true
}

// calculated returns what the operator with the number by makes of v. Results that are ints are tested as ints, so that none overflows.
func calculated(v, operator string, by driver.Value) (outcome, bool) {
	old, inRange := expr(call("$ifNull", bson.A{v, int64(0)})), finite(operator, by)
	var number expr
	switch n := by.Int(); {
	case by.Kind() == driver.Float:
		if by.Float() == 0 {
			return outcome{}, false // servers differ in the sign of zero
		}
		old, number = call("$toDouble", old), cond(typeIn("$$x", "double", "long", "int"), inRange, false)
	case n <= -1<<53 || n >= 1<<53: // servers round only the sum
		number = between(operator, n)
	default:
		number = cond(typeIn("$$x", "double"), all(n != 0, inRange), between(operator, n))
	}
	return outcome{
		becomes: call(operator, bson.A{old, rawValue(by)}),
		tests:   []expr{let("x", v, either(missing("$$x"), number))},
	}, true
}

// finite says that the operator with the number by does not make an infinity of $$x, a number.
func finite(operator string, by driver.Value) expr {
	result := call(operator, bson.A{call("$toDouble", "$$x"), float64(by.Int()) + by.Float()}) // one of them is 0
	return call("$lte", bson.A{call("$abs", result), math.MaxFloat64})
}

// between says that $$x is an int, and still is one when n is added to it, or it is multiplied by n.
func between(operator string, n int64) expr {
	least, most := math.MinInt64-min(n, 0), math.MaxInt64-max(n, 0)
	if operator == "$multiply" {
		most = math.MaxInt64
		if n != 0 {
			most = max(math.MaxInt64/n, -(math.MaxInt64 / n))
		}
		least = -most
	}
	return all(typeIn("$$x", "long", "int"), call("$gte", bson.A{"$$x", least}), call("$lte", bson.A{"$$x", most}))
}

// outer returns what Min and Max make of v.
func outer(v, order string, limit driver.Value) (o outcome) {
	o.becomes = cond(either(missing(v), call(order, bson.A{literal(limit), v})), literal(limit), v)
	if hasObject(limit, 1) { // see exactOrder
		o.tests = []expr{not(typeIn(v, typeNames(limit.Kind())...))}
	}
	return o
}

// chosen returns what Elements makes of v.
func chosen(v string, op driver.Elements, now time.Time) (outcome, bool) {
	inside, ok := outcomeOf("$$e", editsFrom("", op.Do...), now)
	if !ok || !forElements(op.Where) {
		return outcome{}, false
	}
	brought, ok := brings(v, op)
	if !ok {
		return outcome{}, false
	}
	where := strict.meet("$$e", op.Where)
	o := outcome{
		becomes: call("$map", bson.D{
			{Key: "input", Value: v}, {Key: "as", Value: "e"}, {Key: "in", Value: cond(where, inside.becomes, "$$e")},
		}),
		tests: []expr{isArray(v), call("$lte", bson.A{brought, maxBrought})},
	}
	if len(inside.tests) > 0 {
		o.tests = append(o.tests, not(some(v, cond(where, not(all(inside.tests...)), false))))
	}
	return o, true
}
