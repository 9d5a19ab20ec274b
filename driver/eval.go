package driver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Eval is the reference meaning of an update: it returns what doc becomes under u, and what its Take operations
// removed, in the order of u.Ops. Every store must do what Eval does. A store that evaluates in its own process may hand it just the
// fields that [Update.Touched] names.
//
// If a condition does not hold or any operation fails, Eval returns an [*OpError] and nothing has changed; of several
// failures it reports any one. It looks at u.If, u.Ops and the limits on depth and padding; the size of the document is
// for the store to check, since only the store may know the whole document. u should be valid; what an invalid one does
// is unspecified, but it does not panic. doc is not changed: documents are immutable. However many operations there are,
// each object and array is copied at most once, in a [Sequence] once for each of its operations.
//
// Eval takes about as long as the document and the update are large, never as long as their product: 1000 conditions of a Pull on
// half a million elements are as quick as one, what is compared with many is sorted, and what may have to be done for each element is
// at most [MaxInside]. So there is no update within the [Limits] that would have to be refused for the work it makes. If ctx ends meanwhile
// Eval returns ctx.Err() soon: it looks every few conditions and operations, and every thousand elements.
func Eval(ctx context.Context, doc Doc, u *Update, now time.Time) (Doc, []Value, error) {
	e := evaluator{ctx: ctx, limits: u.Limits.WithDefaults(), now: now, doc: doc}
	for i, c := range u.If {
		if err := e.look((i + 1) * clause); err != nil {
			return Doc{}, nil, err
		}
		if !e.holds(doc, c) {
			return Doc{}, nil, cmp.Or(ctx.Err(), error(&OpError{Op: "if", Path: c.path(), Err: ErrCondition}))
		}
	}
	var few [4]edit // enough for most updates, without an allocation
	edits := few[:0]
	for i, op := range u.Ops {
		if err := e.look((i + 1) * clause); err != nil {
			return Doc{}, nil, err
		}
		var err error
		if edits, err = e.plan(edits, doc, op); err != nil {
			return Doc{}, nil, err
		}
	}
	sortEdits(edits)
	doc, err := e.object(doc, edits)
	if e.asked {
		_ = e.look(0)
	}
	if e.ended != nil {
		return Doc{}, nil, e.ended
	}
	if err != nil {
		return Doc{}, nil, err
	}
	return doc, e.taken, nil
}

// holds reports whether an update may go on. Most conditions need none of the preparations that those on elements do.
func (e *evaluator) holds(doc Doc, c Condition) bool {
	if c.Is <= Ne {
		return c.holds(doc.Lookup(c.Path))
	}
	return meets(ObjectValue(doc), e.tests([]Condition{c}, false))
}

type evaluator struct {
	ctx     context.Context
	ended   error // what look has returned
	asked   bool  // whether there are tests, which look at ctx themselves
	limits  Limits
	now     time.Time
	taken   []Value
	padded  int
	doc     Doc // before the update
	room    int // bytes that elements may grow by, 0 until that is reckoned
	brought int // bytes at most by which elements have grown that were not measured
	grown   int // bytes by which others have
}

// clause is how many steps a condition or an operation counts for.
const clause = 128

// look returns the error of the context if that has ended; it looks at every 1024th step only.
func (e *evaluator) look(step int) error {
	if step%1024 == 0 && e.ended == nil {
		e.ended = e.ctx.Err()
	}
	return e.ended
}

// edit is the change of one place: an operation is one edit, Rename two, and one that finds nothing to remove none.
type edit struct {
	op    Op
	rest  Path  // leads to the place from wherever the evaluation has got to
	moved Value // what Rename brings
	taken int   // where what a Sequence takes goes
}

func sortEdits(edits []edit) {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.rest.compare(b.rest) })
}

// plan appends the edits of op. It looks at the document as it was before the update: operations do not touch each other.
func (e *evaluator) plan(edits []edit, doc Doc, op Op) ([]edit, error) {
	op, err := e.ready(op)
	if err != nil {
		return nil, err
	}
	p := op.Target()
	if n := p.Len(); n > e.limits.Depth { // bounds the recursion
		return nil, opError(op, fmt.Errorf("%w: %d segments, at most %d", ErrTooLarge, n, e.limits.Depth))
	}
	name, rest := p.Cut()
	v := doc.Get(name)
	old := v.lookup(rest)
	at := len(e.taken)
	switch o := op.(type) {
	case Take:
		e.taken = append(e.taken, old)
	case Sequence:
		e.taken = append(e.taken, make([]Value, takes(o.Do))...)
	case Rename:
		if !old.Exists() {
			return edits, opError(op, viable(name, v, rest))
		}
		edits = append(edits, edit{op: Unset{p}, rest: p}, edit{op: o, rest: o.To, moved: old})
		return edits, opError(op, e.checkRename(doc, o, old))
	}
	if idle, err := idle(op, old, name, v, rest); idle {
		return edits, opError(op, err)
	}
	return append(edits, edit{op: op, rest: p, taken: at}), nil
}

func (e *evaluator) checkRename(doc Doc, o Rename, v Value) error {
	switch {
	case throughArray(doc, o.Path):
		return wrap(ErrPath, "an element of an array cannot be renamed")
	case throughArray(doc, o.To):
		return fmt.Errorf("%w: %q leads into an array", ErrPath, string(o.To))
	case o.To.Len()+v.Depth()-1 > e.limits.Depth:
		return fmt.Errorf("%w: nested more than %d levels deep", ErrTooLarge, e.limits.Depth)
	}
	return nil
}

// change computes the new value of the place that op leads to from the old one. Missing stands for none, both ways.
func (e *evaluator) change(old Value, ed edit) (Value, error) {
	switch o := ed.op.(type) {
	case Set:
		return o.Value, nil
	case SetIfAbsent:
		return orElse(old, o.Value), nil
	case Unset, Take:
		return Value{}, nil
	case Rename:
		return ed.moved, nil
	case Inc:
		return add(orElse(old, IntValue(0)), o.By)
	case Mul:
		return multiply(orElse(old, IntValue(0)), o.By)
	case Min:
		return outer(old, o.Value, -1), nil
	case Max:
		return outer(old, o.Value, 1), nil
	case CurrentDate:
		return TimeValue(e.now), nil
	case Bit:
		return bitwise(orElse(old, IntValue(0)), o)
	case Sequence:
		return e.sequence(old, o, ed.taken)
	}
	return e.changeArray(old, ed.op)
}

// orElse returns v, or what stands for it where it is missing.
func orElse(v, other Value) Value {
	if v.Exists() {
		return v
	}
	return other
}

// outer returns v where old is missing, or v lies further in the direction.
func outer(old, v Value, direction int) Value {
	if !old.Exists() || direction*Compare(v, old) > 0 {
		return v
	}
	return old
}
