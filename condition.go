package atomicsession

import (
	"fmt"
	"io"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// Condition is something that must hold for an update ([If]), or for an element of a list ([List.Where], [List.Any], [List.Pull]). Gt,
// Gte, Lt and Lte hold only between values of one kind; all numbers are one kind. If a field is missing, only Absent, Ne and Nin hold.
// But a missing [Counter] counts as 0.
type Condition struct {
	c      *driver.Condition // all that fmt shows of it in a field that is not exported
	err    error
	within time.Duration // of SignedInWithin, which is about no value
}

// Format implements [fmt.Formatter]: a condition does not print the value in it.
func (Condition) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session condition") }

// And returns the condition that holds if all of them do.
func And(conditions ...Condition) Condition { return combine(driver.And, conditions) }

// Or returns the condition that holds if one of them does.
func Or(conditions ...Condition) Condition { return combine(driver.Or, conditions) }

// Not returns the condition that holds if c does not.
func Not(c Condition) Condition { return combine(driver.Nor, []Condition{c}) }

func combine(is driver.Comparison, conditions []Condition) Condition {
	each, err := plain(conditions)
	return Condition{c: &driver.Condition{Is: is, Each: each}, err: err}
}

// plain returns the conditions as an update has them, or what is wrong with one of them.
func plain(conditions []Condition) ([]driver.Condition, error) {
	list := make([]driver.Condition, len(conditions))
	for i, c := range conditions {
		switch {
		case c.err != nil:
			return nil, c.err
		case c.within != 0:
			return nil, fmt.Errorf("%w: SignedInWithin stands in If, and not inside another condition", ErrValue)
		}
		if c.c != nil { // nil: no comparison
			list[i] = *c.c
		}
	}
	return list, nil
}

// Exists returns the condition that there is a value, null included.
func (p Path) Exists() Condition { return p.at().exists(true) }

// Absent returns the condition that there is no value.
func (p Path) Absent() Condition { return p.at().exists(false) }

// Eq returns the condition that the value equals v: numbers by value, objects whatever the order of their fields.
func (p Path) Eq(v any) Condition { return p.at().compare(driver.Eq, v) }

// Ne returns the condition that the value does not equal v, or that there is none.
func (p Path) Ne(v any) Condition { return p.at().compare(driver.Ne, v) }

// Gt returns the condition that the value is greater than v.
func (p Path) Gt(v any) Condition { return p.at().compare(driver.Gt, v) }

// Gte returns the condition that the value is greater than v, or equals it.
func (p Path) Gte(v any) Condition { return p.at().compare(driver.Gte, v) }

// Lt returns the condition that the value is less than v.
func (p Path) Lt(v any) Condition { return p.at().compare(driver.Lt, v) }

// Lte returns the condition that the value is less than v, or equals it.
func (p Path) Lte(v any) Condition { return p.at().compare(driver.Lte, v) }

// In returns the condition that the value equals one of vs.
func (p Path) In(vs ...any) Condition { return p.at().among(driver.In, vs) }

// Nin returns the condition that the value equals none of vs, or that there is none.
func (p Path) Nin(vs ...any) Condition { return p.at().among(driver.Nin, vs) }

// Any returns the condition that there is an array, and that one of its elements meets all conditions. Give at least one. The paths of
// the conditions begin at the element; [Path]("") is the element itself.
func (p Path) Any(conditions ...Condition) Condition { return p.at().anyElement(conditions) }

// condition returns c, which is about p, or what is wrong with it.
func (p place) condition(c driver.Condition, err error) Condition {
	c.Path = p.path
	if p.err != nil {
		err = p.err
	}
	if err != nil {
		err = &driver.OpError{Op: "if", Path: p.path, Err: err}
	}
	return Condition{c: &c, err: err}
}

func (p place) exists(yes bool) Condition {
	return p.condition(driver.Condition{Is: driver.Exists, Value: driver.BoolValue(yes)}, nil)
}

func (p place) compare(is driver.Comparison, v any) Condition {
	value, err := p.encode(v)
	if err == nil && is.Orders() && value.Kind() == driver.JSON {
		err = errNoOrder
	}
	return p.condition(driver.Condition{Is: is, Value: value}, err)
}

func (p place) among(is driver.Comparison, vs []any) Condition {
	values, err := p.encodeAll(vs)
	return p.condition(driver.Condition{Is: is, Value: driver.ArrayValue(values...)}, err)
}

func (p place) anyElement(conditions []Condition) Condition {
	each, err := plain(conditions)
	if err == nil {
		err = unmet(each, govalue.Elem(p.typ), false)
	}
	return p.condition(driver.Condition{Is: driver.ElemMatch, Each: each}, err)
}
