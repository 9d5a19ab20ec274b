package driver

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// checkKnown returns an error unless op is one of the package's types, and not nil or a pointer to one. Before that, not
// even the methods of op are safe to call.
func checkKnown(op Op) error {
	switch op.(type) {
	case Set, SetIfAbsent, Unset, Take, Rename, Inc, Mul, Min, Max, CurrentDate, Push, Pop, Pull, PullAll, AddToSet, Bit, Elements, Sequence:
		return nil
	}
	return &OpError{Op: "unknown", Err: ErrValue}
}

// within is where operations stand that are checked.
type within struct {
	limits   Limits
	above    int  // segments of the path to where theirs begin
	elements bool // inside Elements, however deep
	sequence bool // inside a Sequence, however deep
}

func (w within) inside() bool { return w.elements || w.sequence }

// segments returns the number of segments of a path that may be empty.
func segments(p Path) int { return min(len(p), p.Len()) }

// count returns how many conditions and operations there are, with all inside them, but for what stands in a Pull.
func count(conditions []Condition, ops []Op) (n int) {
	for _, c := range conditions {
		n += 1 + count(c.Each, nil)
	}
	for _, op := range ops {
		n++
		if _, ok := op.(Pull); !ok {
			n += count(inside(op))
		}
	}
	return n
}

// checkOps checks operations that are applied together.
func checkOps(ops []Op, in within) error {
	for _, op := range ops {
		if err := checkKnown(op); err != nil {
			return err
		}
		if err := checkOp(op, in); err != nil {
			return opError(op, err)
		}
	}
	return checkConflicts(ops)
}

// checkOp checks what can be known of an operation alone. The first error ends it.
func checkOp(op Op, in within) error {
	p, l := op.Target(), in.limits
	if p != "" || !in.inside() {
		if err := p.Check(l); err != nil {
			return err
		}
	}
	in.above += segments(p)
	if in.above > l.Depth {
		return fmt.Errorf("%w: %d segments, at most %d", ErrTooLarge, in.above, l.Depth)
	}
	switch o := op.(type) {
	case Set, SetIfAbsent, Min, Max:
		return checkOperands(op, in.above-1, l)
	case Inc:
		return checkNumber(o.By, l)
	case Mul:
		return checkNumber(o.By, l)
	case Push:
		if err := checkSort(o.Sort, l); err != nil {
			return err
		}
		return checkOperands(op, in.above, l)
	case AddToSet, PullAll:
		return checkOperands(op, in.above, l)
	case Pull:
		return checkPull(o.Where, l)
	case Take:
		if in.elements {
			return wrap(ErrValue, "not inside elements")
		}
	case Rename:
		return checkRename(o, in)
	case Bit:
		if o.Do < BitAnd || o.Do > BitXor {
			return wrap(ErrValue, "no bitwise operation")
		}
	case Elements:
		if err := checkInside(op, in); err != nil {
			return err
		}
		if err := checkStrict(o.Where, l, true); err != nil {
			return err
		}
		in.above, in.elements = in.above+1, true
		return checkOps(o.Do, in)
	case Sequence:
		if in.sequence {
			return wrap(ErrValue, "a sequence inside another one")
		}
		if err := checkInside(op, in); err != nil {
			return err
		}
		in.above, in.sequence = in.above-segments(p), true
		for i, op := range o.Do {
			if err := checkOps(o.Do[i:i+1], in); err != nil {
				return err
			}
			if t := op.Target(); !p.overlaps(t) || len(t) < len(p) {
				return opError(op, wrap(ErrPath, "not inside the field of the sequence"))
			}
		}
	}
	return nil
}

// checkInside checks an operation that holds others: that it does, and not too many.
func checkInside(op Op, in within) error {
	where, do := inside(op)
	switch n := countAll(where, do); {
	case len(do) == 0:
		return wrap(ErrValue, "no operation")
	case n > MaxInside && !in.inside():
		return fmt.Errorf("%w: %d operations and conditions inside, at most %d", ErrTooLarge, n, MaxInside)
	}
	return nil
}

// countAll is count with what stands in a Pull.
func countAll(conditions []Condition, ops []Op) int {
	n := count(conditions, nil)
	for _, op := range ops {
		n += 1 + countAll(inside(op))
	}
	return n
}

func checkRename(o Rename, in within) error {
	if in.inside() {
		return wrap(ErrValue, "not inside elements or a sequence")
	}
	if err := o.To.Check(in.limits); err != nil {
		return err
	}
	if o.Path.overlaps(o.To) {
		return wrap(ErrConflict, "a field cannot be renamed to itself, its parent or its child")
	}
	return nil
}

func checkSort(sorts []Sort, l Limits) error {
	if len(sorts) > MaxInside {
		return fmt.Errorf("%w: sorted by %d fields, at most %d", ErrTooLarge, len(sorts), MaxInside)
	}
	for _, s := range sorts {
		if s.By == "" && len(sorts) == 1 {
			break
		}
		if err := s.By.Check(l); err != nil {
			return err
		}
	}
	return nil
}

// checkConflicts returns an error if the paths of two operations overlap. Among sorted paths those lie side by side.
func checkConflicts(ops []Op) error {
	if len(ops) < 2 {
		return nil
	}
	edits := make([]edit, 0, len(ops))
	for _, op := range ops {
		for _, p := range Targets(op) {
			edits = append(edits, edit{op: op, rest: p})
		}
	}
	sortEdits(edits)
	for i := 1; i < len(edits); i++ {
		if a, b := edits[i-1], edits[i]; a.rest.overlaps(b.rest) {
			return &OpError{Op: b.op.Name(), Path: b.rest, Err: fmt.Errorf("%w: with %q", ErrConflict, string(a.rest))}
		}
	}
	return nil
}

// checkOperands checks the values that op writes so many levels below the top: the nesting limit counts from there.
func checkOperands(op Op, above int, l Limits) error {
	for v := range Operands(op) {
		if err := v.checkAt(above, l); err != nil {
			return err
		}
	}
	return nil
}

func (v Value) checkAt(above int, l Limits) error {
	if above+v.Depth() > l.Depth {
		return fmt.Errorf("%w: nested more than %d levels deep", ErrTooLarge, l.Depth)
	}
	return v.check(l)
}

func checkNumber(v Value, l Limits) error {
	if !v.IsNumber() {
		return wrap(ErrType, "the operand is not a number but "+v.kind.String())
	}
	return v.check(l)
}

// check returns an error unless v is in the value set.
func (v Value) check(l Limits) error {
	switch v.kind {
	case Missing:
		return wrap(ErrValue, "no value")
	case Float:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return wrap(ErrValue, "not a finite number")
		}
	case String:
		if !utf8.ValidString(v.str) {
			return wrap(ErrValue, "string is not UTF-8: kept only as bytes")
		}
	case JSON:
		if !isJSON(v.str) {
			return wrap(ErrValue, "text is not JSON in UTF-8")
		}
	case Time:
		if y := v.Time().Year(); y < 0 || y > 9999 {
			return wrap(ErrValue, "time outside the years 0 to 9999")
		}
	case Array:
		for _, e := range v.parts().elems {
			if err := e.check(l); err != nil {
				return err
			}
		}
	case Object:
		for _, f := range v.parts().fields.fields {
			if err := checkName(f.Name, l, ErrValue); err != nil {
				if utf8.ValidString(f.Name) {
					err = fmt.Errorf("%w: kept only as a value of kind JSON", err)
				}
				return err
			}
			if err := f.Value.check(l); err != nil {
				return err
			}
		}
	}
	return nil
}
