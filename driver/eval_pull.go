package driver

import (
	"slices"
	"strings"
)

// A Pull with many conditions on many elements must not cost the product of the two. So its conditions are put together
// beforehand: what they ask of a field is, for each kind, a least value, a greatest one and a set of values.

// matcher returns what reports whether an element meets all conditions of a Pull.
func (e *evaluator) matcher(where []Condition) func(Value) bool {
	if simple(where) {
		return newMatcher(where).matches
	}
	tests := e.tests(where, false)
	return func(v Value) bool { return matches(v, tests) }
}

// simple reports whether the conditions of a Pull are comparisons of an element or of its fields alone.
func simple(where []Condition) bool {
	return !slices.ContainsFunc(where, func(c Condition) bool { return c.Is > Lte || c.Path.Len() > 1 })
}

// matcher is all conditions of a Pull, if they are simple.
type matcher struct {
	demands  []demand // sorted by name
	required int      // how many of them are not met where the field is missing
}

// demand is what all conditions on one field of an element ask; the empty name is the element itself.
type demand struct {
	name    string
	absent  bool // whether they are met where the field is missing
	present bool // whether they may be met where it is not
	wishes  []wish
}

// wish is what conditions ask of the values of one kind. One that asks for an order is met by one of several values if the
// strictest is.
type wish struct {
	kind         Kind // as bracket has it
	lower, upper bound
	set          []Value

	// What the elements of an array have met so far.
	met, round int
	metIn      []int // for each value of the set, the round in which it was met last
}

// bound is what values must lie above, or below; none if its value is missing.
type bound struct {
	value    Value
	inward   int  // 1 if they must lie above, -1 below
	excluded bool // whether the value itself does not do
	met      bool
}

// add makes the bound stricter if v is.
func (b *bound) add(v Value, excluded bool) {
	if order := b.inward * Compare(v, b.value); !b.value.Exists() || order > 0 || order == 0 && excluded {
		b.value, b.excluded = v, excluded
	}
}

func (b *bound) holds(v Value) bool {
	if !b.value.Exists() {
		return true
	}
	order := b.inward * Compare(v, b.value)
	return order > 0 || order == 0 && !b.excluded
}

func newMatcher(where []Condition) *matcher {
	byName := func(a, b Condition) int { return strings.Compare(string(a.Path), string(b.Path)) }
	if !slices.IsSortedFunc(where, byName) {
		where = slices.SortedStableFunc(slices.Values(where), byName)
	}
	m := &matcher{}
	for _, c := range where {
		if n := len(m.demands); n == 0 || m.demands[n-1].name != string(c.Path) {
			m.demands = append(m.demands, demand{name: string(c.Path), absent: true, present: true})
		}
		m.demands[len(m.demands)-1].add(c)
	}
	for i := range m.demands {
		d := &m.demands[i]
		if !d.absent {
			m.required++
		}
		for j := range d.wishes {
			d.wishes[j].seal()
		}
	}
	return m
}

func (d *demand) add(c Condition) {
	d.absent = d.absent && (c.holds(Value{}) || c.Is != Exists && c.holds(NullValue))
	if c.Is == Exists {
		d.present = d.present && c.Value.Bool()
		return
	}
	kind := bracket(c.Value.kind)
	i := slices.IndexFunc(d.wishes, func(w wish) bool { return w.kind == kind })
	if i < 0 {
		i = len(d.wishes)
		d.wishes = append(d.wishes, wish{kind: kind, lower: bound{inward: 1}, upper: bound{inward: -1}})
	}
	d.wishes[i].add(c)
}

func (w *wish) add(c Condition) {
	switch c.Is {
	case Eq:
		w.set = append(w.set, c.Value)
	case Gt, Gte:
		w.lower.add(c.Value, c.Is == Gt)
	case Lt, Lte:
		w.upper.add(c.Value, c.Is == Lt)
	}
}

func (w *wish) seal() {
	slices.SortFunc(w.set, Compare)
	w.set = slices.CompactFunc(w.set, Equal)
	w.metIn = make([]int, len(w.set))
}

// matches reports whether an element meets all conditions. It takes as long as the element is large, however many they are.
func (m *matcher) matches(v Value) bool {
	switch {
	case len(m.demands) == 0:
		return true
	case m.demands[0].name == "":
		return m.demands[0].matches(v)
	case v.kind != Object:
		return false
	}
	fields := v.parts().fields
	if len(m.demands) <= fields.Len() {
		for i := range m.demands {
			if d := &m.demands[i]; !d.matches(fields.Get(d.name)) {
				return false
			}
		}
		return true
	}
	found := 0
	for _, f := range fields.fields {
		i, ok := slices.BinarySearchFunc(m.demands, f.Name, func(d demand, name string) int { return strings.Compare(d.name, name) })
		if !ok {
			continue
		}
		d := &m.demands[i]
		if !d.matches(f.Value) {
			return false
		}
		if !d.absent {
			found++
		}
	}
	return found == m.required
}

// matches reports whether all conditions match v as in a MongoDB query: null matches a missing field, and an array also matches if
// any of its elements does, for each condition another one perhaps.
func (d *demand) matches(v Value) bool {
	switch {
	case !v.Exists():
		return d.absent
	case !d.present:
		return false
	case len(d.wishes) == 0:
		return true
	case v.kind != Array:
		return len(d.wishes) == 1 && d.wishes[0].holds(v)
	}
	for i := range d.wishes {
		d.wishes[i].begin()
	}
	if d.offer(v) {
		return true
	}
	return slices.ContainsFunc(v.parts().elems, d.offer)
}

// holds reports whether v alone is all that is wished for.
func (w *wish) holds(v Value) bool {
	return bracket(v.kind) == w.kind && w.lower.holds(v) && w.upper.holds(v) &&
		(len(w.set) == 0 || len(w.set) == 1 && Equal(v, w.set[0]))
}

func (w *wish) begin() {
	w.lower.met, w.upper.met, w.met = !w.lower.value.Exists(), !w.upper.value.Exists(), 0
	w.round++
}

// offer notes which wishes v meets, and reports whether all have been met by now.
func (d *demand) offer(v Value) bool {
	all := true
	for i := range d.wishes {
		w := &d.wishes[i]
		if bracket(v.kind) == w.kind {
			w.lower.met = w.lower.met || w.lower.holds(v)
			w.upper.met = w.upper.met || w.upper.holds(v)
			if at, found := slices.BinarySearchFunc(w.set, v, Compare); found && w.metIn[at] != w.round {
				w.metIn[at] = w.round
				w.met++
			}
		}
		all = all && w.lower.met && w.upper.met && w.met == len(w.set)
	}
	return all
}
