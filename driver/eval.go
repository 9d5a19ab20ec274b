package driver

import (
	"fmt"
	"time"
)

// Eval is the reference meaning of an update: it returns what doc becomes under u, and what its Take operations
// removed. Every store must do what Eval does. A store that evaluates in its own process may hand it just the
// fields that [Update.Touched] names.
//
// If a condition does not hold or any operation fails, Eval returns an [*OpError] and nothing has changed. It looks at
// u.If, u.Ops and the limits on depth and padding; the size of the document is for the store to check, since only the
// store may know the whole document. u should be valid; what an invalid one does is unspecified, but it does not
// panic. doc is not changed: documents are immutable.
func Eval(doc Doc, u *Update, now time.Time) (Doc, []Value, error) {
	for _, c := range u.If {
		if !c.holds(doc.Lookup(c.Path)) {
			return Doc{}, nil, &OpError{Op: "if", Path: c.Path, Err: ErrCondition}
		}
	}
	var taken []Value
	for _, op := range u.Ops {
		if err := checkKnown(op); err != nil {
			return Doc{}, nil, err
		}
		if _, ok := op.(Take); ok {
			taken = append(taken, doc.Lookup(op.Target()))
		}
	}
	e := evaluator{limits: u.Limits.withDefaults(), now: now}
	for _, i := range u.Order() {
		var err error
		if doc, err = e.apply(doc, u.Ops[i]); err != nil {
			return Doc{}, nil, &OpError{Op: u.Ops[i].Name(), Path: u.Ops[i].Target(), Err: err}
		}
	}
	return doc, taken, nil
}

type evaluator struct {
	limits Limits
	now    time.Time
}

func (e *evaluator) apply(doc Doc, op Op) (Doc, error) {
	if n := op.Target().Len(); n > e.limits.Depth { // bounds the recursion
		return doc, wrap(ErrTooLarge, fmt.Sprintf("%d segments, at most %d", n, e.limits.Depth))
	}
	switch o := op.(type) {
	case Take, Unset:
		return remove(doc, op.Target()), nil
	case Rename:
		return e.rename(doc, o)
	case Pop, Pull, PullAll: // leave a missing field missing; as in MongoDB, a path through a scalar is an error all the same
		if !doc.Lookup(op.Target()).Exists() {
			return doc, viable(doc, op.Target())
		}
	}
	return e.modify(doc, op.Target(), op)
}

// change computes the new value of the field that op leads to from the old one, which is Missing if there is none.
func (e *evaluator) change(old Value, op Op) (Value, error) {
	switch o := op.(type) {
	case Set:
		return o.Value, nil
	case SetIfAbsent:
		return orElse(old, o.Value), nil
	case Inc:
		return add(orElse(old, IntValue(0)), o.By)
	case Mul:
		return multiply(orElse(old, IntValue(0)), o.By)
	case Min:
		return lesser(orElse(old, o.Value), o.Value), nil
	case Max:
		return greater(orElse(old, o.Value), o.Value), nil
	case CurrentDate:
		return TimeValue(e.now), nil
	case Bit:
		return bitwise(orElse(old, IntValue(0)), o)
	}
	return changeArray(old, op)
}

func (e *evaluator) rename(doc Doc, o Rename) (Doc, error) {
	v := doc.Lookup(o.Path)
	if !v.Exists() {
		return doc, viable(doc, o.Path)
	}
	if throughArray(doc, o.Path) {
		return doc, wrap(ErrPath, "an element of an array cannot be renamed")
	}
	if throughArray(doc, o.To) {
		return doc, wrap(ErrPath, fmt.Sprintf("%q leads into an array", string(o.To)))
	}
	if o.To.Len()+v.Depth()-1 > e.limits.Depth {
		return doc, wrap(ErrTooLarge, fmt.Sprintf("nested more than %d levels deep", e.limits.Depth))
	}
	return e.modify(remove(doc, o.Path), o.To, Set{o.To, v})
}

// orElse returns v, or what stands for it where it is missing.
func orElse(v, other Value) Value {
	if v.Exists() {
		return v
	}
	return other
}

func lesser(a, b Value) Value {
	if Compare(b, a) < 0 {
		return b
	}
	return a
}

func greater(a, b Value) Value {
	if Compare(b, a) > 0 {
		return b
	}
	return a
}
