package mongostore

import (
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// meaning is how conditions are met: as strictly as those of an update, or as in a query of MongoDB, for what settled lets through.
type meaning bool

const (
	strict  meaning = false
	queried meaning = true
)

// meet says that what base leads to, a path in an expression, meets all conditions.
func (m meaning) meet(base string, conditions []driver.Condition) expr {
	list := m.each(base, conditions)
	if m == queried && slices.Collect(conditions[0].Paths())[0] != "" { // on fields, as they all are then
		list = append([]expr{typeIn(base, "object")}, list...)
	}
	return all(list...)
}

func (m meaning) each(base string, conditions []driver.Condition) []expr {
	list := make([]expr, len(conditions))
	for i, c := range conditions {
		list[i] = m.holds(base, c)
	}
	return list
}

// holds is what a condition demands, whose path leads from base.
func (m meaning) holds(base string, c driver.Condition) expr {
	v := from(base, c.Path)
	switch c.Is {
	case driver.And:
		return all(m.each(base, c.Each)...)
	case driver.Or:
		return either(m.each(base, c.Each)...)
	case driver.Nor:
		return not(either(m.each(base, c.Each)...))
	case driver.Ne:
		c.Is = driver.Eq
		return not(m.holds(base, c))
	case driver.Nin:
		c.Is = driver.In
		return not(m.holds(base, c))
	case driver.Exists:
		if c.Value.Bool() {
			return not(missing(v))
		}
		return missing(v)
	case driver.ElemMatch:
		return let("x", v, some("$$x", m.meet("$$e", c.Each)))
	}
	if m == queried { // null matches a missing field
		v = call("$ifNull", bson.A{v, nil})
	}
	switch c.Is {
	case driver.Eq:
		return let("x", v, equals("$$x", c.Value))
	case driver.In:
		return let("x", v, among("$$x", c.Value.Elems()))
	}
	// In an expression values of any two types compare; a condition holds between values of one kind only.
	return let("x", v, all(
		typeIn("$$x", typeNames(c.Value.Kind())...),
		call("$"+c.Is.String(), bson.A{"$$x", literal(c.Value)})))
}

// among says that e, a path in an expression, leads to a value equal to one of values.
func among(e string, values []driver.Value) expr {
	var same, tests []expr
	for _, v := range values {
		if wide(v) || hashed(v) {
			tests = append(tests, equals(e, v))
		} else {
			same = append(same, rawValue(v))
		}
	}
	if len(same) > 0 {
		tests = append(tests, call("$in", bson.A{e, call("$literal", bson.A(same))}))
	}
	return all(not(missing(e)), either(tests...))
}

// settled are tests of an element that query conditions are for. Where all hold, the conditions ask for nothing but what
// meaning.holds says: they meet no array that they would search. single: they stand in ElemMatch.
func settled(base string, conditions []driver.Condition, single bool) (tests []expr) {
	for _, c := range conditions {
		if c.Is.Combines() {
			tests = append(tests, settled(base, c.Each, single)...)
			continue
		}
		v, whole := base, c.Is == driver.ElemMatch || c.Is == driver.Exists // they ask for an array itself
		if c.Path == "" && !single && !whole || c.Path != "" && single {
			tests = append(tests, not(isArray(base)))
		}
		for rest := c.Path; rest != ""; {
			segment, after := rest.Cut()
			v, rest = v+"."+segment, after
			if rest != "" || !whole {
				tests = append(tests, not(isArray(v)))
			}
		}
		if inside := settled("$$e", c.Each, true); len(inside) > 0 {
			tests = append(tests, not(some(v, not(all(inside...)))))
		}
	}
	return tests
}

// conditionsIn yields the conditions and all inside them.
func conditionsIn(list []driver.Condition) iter.Seq[driver.Condition] {
	return func(yield func(driver.Condition) bool) { yieldConditions(list, yield) }
}

func yieldConditions(list []driver.Condition, yield func(driver.Condition) bool) bool {
	return !slices.ContainsFunc(list, func(c driver.Condition) bool { return !yield(c) || !yieldConditions(c.Each, yield) })
}

// forElements reports whether the conditions can be asked of every element of an array: if they are few, and none is
// one that no expression is written for.
func forElements(list []driver.Condition) bool {
	compared := 0
	for c := range conditionsIn(list) {
		n := countIndexes(c.Path)
		if n > maxIndexes || orders(c) {
			return false
		}
		compared += max(1, len(c.Value.Elems())) << n
	}
	return compared <= maxCompared
}

// orders reports whether c compares with an object, or something that holds one, by order: the server would go by the order
// in which fields were added.
func orders(c driver.Condition) bool {
	return c.Is.Orders() && hasObject(c.Value, 1)
}
