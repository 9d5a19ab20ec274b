package driver

import "slices"

// valueSet answers which of many values a value is [Equal] to. If they are more than a few, scalars are hashed; all others are sorted.
type valueSet struct {
	scalars map[scalar]int // nil if they are few
	sorted  []Value
}

// scalar is the same for scalars that are equal.
type scalar struct {
	kind Kind
	num  uint64
	str  string
}

func scalarOf(v Value) scalar {
	if v.kind == Float {
		if f := v.Float(); compareIntFloat(int64(f), f) == 0 && f >= -1<<63 && f < 1<<63 {
			v = IntValue(int64(f))
		}
	}
	return scalar{v.kind, v.num, v.str}
}

func hasParts(v Value) bool { return v.kind == Array || v.kind == Object }

// newValueSet returns the set of the values. The numbers that find returns are less than 2*len(values).
func newValueSet(values []Value) *valueSet {
	s := &valueSet{}
	if len(values) <= 8 {
		s.sorted = slices.SortedFunc(slices.Values(values), Compare)
		return s
	}
	s.scalars = make(map[scalar]int, len(values))
	for i, v := range values {
		if hasParts(v) {
			s.sorted = append(s.sorted, v)
		} else {
			s.scalars[scalarOf(v)] = len(values) + i
		}
	}
	slices.SortFunc(s.sorted, Compare)
	return s
}

// find returns the number of the value in the set that v equals, the same for all that are equal, and whether there is one.
func (s *valueSet) find(v Value) (int, bool) {
	if s.scalars == nil || hasParts(v) {
		return slices.BinarySearchFunc(s.sorted, v, Compare)
	}
	i, found := s.scalars[scalarOf(v)]
	return i, found
}

func (s *valueSet) has(v Value) bool {
	_, found := s.find(v)
	return found
}
