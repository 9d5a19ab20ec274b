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
	case Set, SetIfAbsent, Unset, Take, Rename, Inc, Mul, Min, Max, CurrentDate, Push, Pop, Pull, PullAll, AddToSet, Bit:
		return nil
	}
	return &OpError{Op: "unknown", Err: ErrValue}
}

// checkOp checks what can be known of an operation alone. The first error ends it.
func checkOp(op Op, l Limits) error {
	if err := op.Target().Check(l); err != nil {
		return err
	}
	switch o := op.(type) {
	case Set, SetIfAbsent, Min, Max:
		return checkOperands(op, 0, l)
	case Inc:
		return checkNumber(o.By, l)
	case Mul:
		return checkNumber(o.By, l)
	case Push:
		if o.Sort != nil && o.Sort.By != "" {
			if err := o.Sort.By.Check(l); err != nil {
				return err
			}
		}
		return checkOperands(op, 1, l)
	case AddToSet, PullAll:
		return checkOperands(op, 1, l)
	case Pull:
		return checkWhere(o.Where, l)
	case Rename:
		if err := o.To.Check(l); err != nil {
			return err
		}
		if o.Path.overlaps(o.To) {
			return wrap(ErrConflict, "a field cannot be renamed to itself, its parent or its child")
		}
	case Bit:
		if o.Do < And || o.Do > Xor {
			return wrap(ErrValue, "no bitwise operation")
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

// checkOperands checks the values that op writes so many levels below its path: the nesting limit counts from the top of the document.
func checkOperands(op Op, below int, l Limits) error {
	above := op.Target().Len() - 1 + below // once: the path may be as long as the values are many
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

func checkWhere(where []Condition, l Limits) error {
	switch {
	case len(where) == 0:
		return wrap(ErrValue, "no condition")
	case len(where) > MaxOps:
		return fmt.Errorf("%w: %d conditions, at most %d", ErrTooLarge, len(where), MaxOps)
	}
	for _, c := range where {
		if (c.Path == "") != (where[0].Path == "") {
			return wrap(ErrValue, "conditions on the element and on its fields do not mix")
		}
		if err := c.check(l, true); err != nil {
			return err
		}
	}
	return nil
}

// check checks a condition of an update or, if inPull, one on an element of an array.
func (c Condition) check(l Limits, inPull bool) error {
	switch {
	case c.Is < Exists || c.Is > Lte:
		return wrap(ErrValue, "no comparison")
	case c.Is == Exists && c.Value.kind != Bool:
		return wrap(ErrValue, "exists needs true or false")
	case inPull && c.Is == Exists && c.Path == "":
		return wrap(ErrValue, "an element always exists")
	case inPull && c.Path.Len() > 1:
		return wrap(ErrPath, "the path of a condition on elements is one name")
	}
	if !inPull || c.Path != "" {
		if err := c.Path.Check(l); err != nil {
			return err
		}
	}
	return c.Value.checkAt(0, l)
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
		for _, e := range v.comp.elems {
			if err := e.check(l); err != nil {
				return err
			}
		}
	case Object:
		for _, f := range v.comp.fields.fields {
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
