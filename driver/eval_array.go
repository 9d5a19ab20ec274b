package driver

import "slices"

// changeArray is change for the operators on arrays: a missing field is an empty array, any other kind an error. None of
// the functions below writes to the slice it gets.
func (e *evaluator) changeArray(old Value, op Op) (Value, error) {
	if _, demands := op.(choosing); demands && !old.Exists() {
		return Value{}, wrap(ErrPath, "there is no array")
	}
	if old.Exists() && old.kind != Array {
		return Value{}, wrap(ErrType, "the field is not an array but "+old.kind.String())
	}
	elems := old.Elems()
	var err error
	switch o := op.(type) {
	case Push:
		elems, err = e.push(elems, o)
	case AddToSet:
		elems, err = e.addToSet(elems, o.Each)
	case Pop:
		elems = pop(elems, o.First)
	case pulling:
		elems, err = e.without(elems, o.match)
	case choosing:
		elems, err = e.choose(elems, o)
	}
	if err != nil {
		return Value{}, err
	}
	return ArrayValue(elems...), nil
}

// addToSet looks the old elements up among the new ones, not the other way round: an array may hold half a million.
func (e *evaluator) addToSet(elems, each []Value) ([]Value, error) {
	given := newValueSet(each)
	present := make([]bool, 2*len(each))
	for i, v := range elems {
		if err := e.look(i); err != nil {
			return nil, err
		}
		if at, found := given.find(v); found {
			present[at] = true
		}
	}
	var added []Value
	for i, v := range each {
		if err := e.look(i); err != nil {
			return nil, err
		}
		if at, _ := given.find(v); !present[at] {
			present[at] = true
			added = append(added, v)
		}
	}
	return slices.Concat(elems, added), nil
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

// without returns the elements that do not match, in no more room than they take.
func (e *evaluator) without(elems []Value, match func(Value) bool) ([]Value, error) {
	var kept []Value
	for i, v := range elems {
		if err := e.look(i); err != nil {
			return nil, err
		}
		matches := match(v)
		if matches && kept == nil {
			kept = append(make([]Value, 0, len(elems)-1), elems[:i]...)
		} else if !matches && kept != nil {
			kept = append(kept, v)
		}
	}
	switch {
	case kept == nil:
		return elems, nil
	case len(kept) < len(elems)*3/4:
		return slices.Clone(kept), nil
	}
	return kept, nil
}
