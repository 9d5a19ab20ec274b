package driver

import (
	"cmp"
	"slices"
)

// push inserts the elements, sorts and slices. The result takes no more room than it needs.
func (e *evaluator) push(elems []Value, o Push) ([]Value, error) {
	at := len(elems)
	if o.Position != nil {
		at = *o.Position
		if at < 0 {
			at = max(0, at+len(elems))
		}
		at = min(at, len(elems))
	}
	elems = slices.Concat(elems[:at], o.Each, elems[at:])
	if len(o.Sort) > 0 {
		if err := e.sort(elems, o.Sort); err != nil {
			return nil, err
		}
	}
	if o.Slice == nil {
		return elems, nil
	}
	if n := *o.Slice; n < 0 {
		return slices.Clone(elems[max(0, len(elems)+n):]), nil
	}
	return slices.Clone(elems[:min(*o.Slice, len(elems))]), nil
}

// sort orders the elements in their place, equal ones as they were. What they are ordered by is looked up once for each.
func (e *evaluator) sort(elems []Value, by []Sort) error {
	old, order := slices.Clone(elems), make([]int32, len(elems))
	keys := make([][]Value, len(by))
	for k, s := range by {
		if keys[k] = old; s.By != "" {
			keys[k] = make([]Value, len(elems))
		}
		for i, v := range old {
			if err := e.look(i); err != nil {
				return err
			}
			order[i] = int32(i)
			if s.By != "" {
				keys[k][i] = orElse(v.Doc().Lookup(s.By), NullValue)
			}
		}
	}
	compared := 0
	slices.SortFunc(order, func(i, j int32) int {
		if compared++; e.look(compared) != nil {
			return 0 // ends the sort soon
		}
		for k, s := range by {
			if c := Compare(keys[k][i], keys[k][j]); c != 0 {
				if s.Desc {
					return -c
				}
				return c
			}
		}
		return cmp.Compare(i, j)
	})
	for to, from := range order {
		elems[to] = old[from]
	}
	return e.ended
}
