package driver

import "slices"

// changeArray is change for the operators on arrays: a missing field is an empty array, any other kind an error. None of
// the functions below writes to the slice it gets.
func changeArray(old Value, op Op) (Value, error) {
	if old.Exists() && old.kind != Array {
		return Value{}, wrap(ErrType, "the field is not an array but "+old.kind.String())
	}
	elems := old.Elems()
	switch o := op.(type) {
	case Push:
		elems = push(elems, o)
	case AddToSet:
		elems = addToSet(elems, o.Each)
	case Pop:
		elems = pop(elems, o.First)
	case Pull:
		elems = pull(elems, o.Where)
	case PullAll:
		elems = pullAll(elems, o.Values)
	}
	return ArrayValue(elems...), nil
}

func push(elems []Value, o Push) []Value {
	at := len(elems)
	if o.Position != nil {
		at = *o.Position
		if at < 0 {
			at = max(0, at+len(elems))
		}
		at = min(at, len(elems))
	}
	elems = slices.Concat(elems[:at], o.Each, elems[at:])
	if o.Sort != nil {
		slices.SortStableFunc(elems, o.Sort.compare)
	}
	if o.Slice == nil {
		return elems
	}
	if n := *o.Slice; n < 0 {
		return slices.Clone(elems[max(0, len(elems)+n):])
	}
	return slices.Clone(elems[:min(*o.Slice, len(elems))])
}

func (s *Sort) compare(a, b Value) int {
	if s.By != "" {
		a, b = s.key(a), s.key(b)
	}
	if s.Desc {
		a, b = b, a
	}
	return Compare(a, b)
}

func (s *Sort) key(v Value) Value {
	return orElse(v.Doc().Lookup(s.By), NullValue)
}

// addToSet looks the old elements up among the new ones, not the other way round: an array may hold half a million.
func addToSet(elems, each []Value) []Value {
	sorted := slices.CompactFunc(slices.SortedFunc(slices.Values(each), Compare), Equal)
	present := make([]bool, len(sorted))
	for _, e := range elems {
		if i, found := slices.BinarySearchFunc(sorted, e, Compare); found {
			present[i] = true
		}
	}
	set := slices.Clip(elems) // so that append copies
	for _, v := range each {
		if i, _ := slices.BinarySearchFunc(sorted, v, Compare); !present[i] {
			present[i] = true
			set = append(set, v)
		}
	}
	return set
}

func pop(elems []Value, first bool) []Value {
	switch {
	case len(elems) == 0:
		return elems
	case first:
		return slices.Clone(elems[1:])
	default:
		return slices.Clone(elems[:len(elems)-1])
	}
}

func pull(elems []Value, where []Condition) []Value {
	return without(elems, func(e Value) bool {
		for _, c := range where {
			v := e
			if c.Path != "" {
				if e.kind != Object {
					return false
				}
				v = e.Doc().Get(string(c.Path))
			}
			if !c.matches(v) {
				return false
			}
		}
		return true
	})
}

func pullAll(elems, values []Value) []Value {
	sorted := slices.SortedFunc(slices.Values(values), Compare)
	return without(elems, func(e Value) bool {
		_, found := slices.BinarySearchFunc(sorted, e, Compare)
		return found
	})
}

func without(elems []Value, match func(Value) bool) []Value {
	return slices.DeleteFunc(slices.Clone(elems), match)
}
