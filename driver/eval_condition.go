package driver

import (
	"context"
	"slices"
)

// test is a condition made ready to be asked of many elements.
type test struct {
	Condition
	ctx    context.Context
	set    *valueSet // of In and Nin
	each   []test
	single bool // whether it stands in ElemMatch, which does not look inside the elements
}

func (e *evaluator) tests(conditions []Condition, single bool) []test {
	e.asked = e.asked || len(conditions) > 0
	tests := make([]test, len(conditions))
	for i, c := range conditions {
		tests[i] = test{Condition: c, ctx: e.ctx, each: e.tests(c.Each, single || c.Is == ElemMatch), single: single}
		if c.Is == In || c.Is == Nin {
			tests[i].set = newValueSet(c.Value.Elems())
		}
	}
	return tests
}

// all reports whether every test holds.
func all(tests []test, holds func(test) bool) bool {
	return !slices.ContainsFunc(tests, func(t test) bool { return !holds(t) })
}

// combine reports what a test says that combines others, given what those say.
func (t test) combine(holds func(test) bool) bool {
	switch t.Is {
	case And:
		return all(t.each, holds)
	case Or:
		return slices.ContainsFunc(t.each, holds)
	default:
		return !slices.ContainsFunc(t.each, holds)
	}
}

// compare reports whether v itself is what the test asks for.
func (t test) compare(v Value) bool {
	switch t.Is {
	case In:
		return v.Exists() && t.set.has(v)
	case Nin:
		return !v.Exists() || !t.set.has(v)
	}
	return t.holds(v)
}

// elemMatch reports whether an element of v, if that is an array, meets every test. Once the context has ended it says anything.
func (t test) elemMatch(v Value, meets func(Value, []test) bool) bool {
	for i, e := range v.Elems() {
		if meets(e, t.each) || i%1024 == 1023 && t.ctx.Err() != nil {
			return true
		}
	}
	return false
}

// meets reports whether v, a document or an element, meets every test as the conditions of an update are met.
func meets(v Value, tests []test) bool {
	return all(tests, func(t test) bool { return t.meets(v) })
}

func (t test) meets(v Value) bool {
	switch {
	case t.Is.Combines():
		return t.combine(func(t test) bool { return t.meets(v) })
	case t.Is == ElemMatch:
		return t.elemMatch(v.lookup(t.Path), meets)
	}
	return t.compare(v.lookup(t.Path))
}

// matches reports whether an element of an array matches every test as in a query of MongoDB. Conditions on fields are met by objects
// alone and, inside ElemMatch, by arrays, whose names are their indexes. All are on fields, or all on the element itself.
func matches(v Value, tests []test) bool {
	if len(tests) > 0 && tests[0].path() != "" && v.kind != Object && (v.kind != Array || !tests[0].single) {
		return false
	}
	return all(tests, func(t test) bool { return t.matches(v) })
}

func (t test) matches(v Value) bool {
	switch t.Is {
	case And, Or, Nor:
		return t.combine(func(t test) bool { return t.matches(v) })
	case Ne:
		t.Is = Eq
		return !t.matches(v)
	case Nin:
		t.Is = In
		return !t.matches(v)
	case Exists:
		return v.leads(t.Path, Value.Exists) == t.Value.Bool()
	case ElemMatch:
		return v.leads(t.Path, func(v Value) bool { return t.elemMatch(v, matches) })
	}
	return v.leads(t.Path, func(v Value) bool {
		return t.compare(orElse(v, NullValue)) || !(t.single && t.Path == "") && slices.ContainsFunc(v.Elems(), t.compare)
	})
}

// leads reports whether found is true of a value that p leads to in a query, from an element of an array. In an array on the way it
// goes on in each element that is an object, and by a number in one; where p leads nowhere, it leads to what is missing.
func (v Value) leads(p Path, found func(Value) bool) bool {
	if p == "" {
		return found(v)
	}
	segment, rest := p.Cut()
	next := child(v, segment)
	if rest == "" || next.kind != Array {
		return next.leads(rest, found)
	}
	if name, _ := rest.Cut(); child(next, name).Exists() && next.leads(rest, found) {
		return true
	}
	return slices.ContainsFunc(next.parts().elems, func(e Value) bool { return e.kind == Object && e.leads(rest, found) })
}
