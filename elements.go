package atomicsession

import (
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// Elements are those elements of an array that meet conditions: see [List.Where]. Conditions are as strict as those of [If].
type Elements struct {
	p          place
	conditions []Condition
}

// Format implements [fmt.Formatter]: elements do not print the values in their conditions.
func (Elements) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session elements") }

// Where returns the elements of an array that meet all conditions; without conditions, all elements. The paths of the conditions begin at
// the element; [Path]("") is the element itself.
func (p Path) Where(conditions ...Condition) Elements { return p.at().where(conditions) }

func (p place) where(conditions []Condition) Elements { return Elements{p, slices.Clone(conditions)} }

// Do returns the change that makes changes inside each of the elements. The paths of the changes begin at the element, too. They must not
// overlap. For a list inside the element, use Where once more. If no element meets the conditions, nothing changes. If the array is
// missing, the error is [ErrPath]. If a change removes an element, null takes its place.
//
// Do takes at least one operation, nothing but operations, and no Rename: else the error is [ErrValue]. There may be at most
// [driver.MaxInside] operations and conditions, counting also those inside others.
func (e Elements) Do(changes ...Change) Change {
	op := driver.Elements{Path: e.p.path}
	var err error
	if op.Where, err = plain(e.conditions); err == nil {
		op.Do, err = operations(changes)
	}
	if err != nil {
		return refusedOp(op.Name(), op.Path, err)
	}
	return e.p.operation(op)
}

// misfit returns an error if op, whose target is a t, names a field that its elements do not have.
func misfit(op driver.Op, t reflect.Type) error {
	elem := govalue.Elem(t)
	if elem == nil {
		return nil
	}
	switch o := op.(type) {
	case driver.Push:
		for _, s := range o.Sort {
			if _, err := govalue.Inside(elem, s.By, false); err != nil {
				return err
			}
		}
	case driver.Pull:
		return unmet(o.Where, elem, true)
	case driver.Elements:
		if err := unmet(o.Where, elem, false); err != nil {
			return err
		}
		return misfits(o.Do, elem)
	}
	return nil
}

// misfits is misfit for operations whose paths lead from a t.
func misfits(ops []driver.Op, t reflect.Type) error {
	for _, op := range ops {
		inside, err := govalue.Inside(t, op.Target(), false)
		if seq, ok := op.(driver.Sequence); ok && err == nil {
			err = misfits(seq.Do, t)
		}
		if err == nil {
			err = misfit(op, inside)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unmet returns an error if the conditions, whose paths lead from a t, name a field that it does not have. In a query names lead on into
// the elements of arrays.
func unmet(conditions []driver.Condition, t reflect.Type, query bool) error {
	for _, c := range conditions {
		inside, err := govalue.Inside(t, c.Path, query)
		if c.Is == driver.ElemMatch {
			inside = govalue.Elem(inside)
		}
		if err == nil {
			err = unmet(c.Each, inside, query)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
