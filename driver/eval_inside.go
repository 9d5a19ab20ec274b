package driver

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// pulling and choosing are operations whose conditions have been made ready for many elements.
type (
	pulling struct {
		Op
		match func(Value) bool
	}
	choosing struct {
		Elements
		tests  []test
		brings int // bytes at most by which Do makes an element larger
	}
)

// ready returns op as it is applied, perhaps to many elements: what is the same for all is done once.
func (e *evaluator) ready(op Op) (Op, error) {
	err := checkKnown(op)
	switch o := op.(type) {
	case Pull:
		op = pulling{o, e.matcher(o.Where)}
	case PullAll:
		op = pulling{o, newValueSet(o.Values).has}
	case Sequence:
		o.Do, err = e.readyAll(o.Do)
		op = o
	case Elements:
		c := choosing{Elements: o, tests: e.tests(o.Where, false)}
		if c.Do, err = e.readyAll(o.Do); err == nil {
			c.brings = brings(Sequence{Do: o.Do})
		}
		op = c
	}
	return op, err
}

func (e *evaluator) readyAll(ops []Op) ([]Op, error) {
	ready := make([]Op, len(ops))
	for i, op := range ops {
		var err error
		if ready[i], err = e.ready(op); err != nil {
			return nil, err
		}
	}
	return ready, nil
}

// brings returns about how many bytes op adds at most. For those of an [Elements] inside, their own elements are counted.
func brings(op Op) (n int) {
	switch o := op.(type) {
	case Unset, Take, Pop, Pull, PullAll, Elements:
		return 0
	case Sequence:
		for _, op := range o.Do {
			n += brings(op)
		}
		return n
	}
	for v := range Operands(op) {
		n += v.Size() + len(",")
	}
	return n + len(op.Target()) + len(`"":{},`)*segments(op.Target()) + len("-9223372036854775808")
}

// check returns an error if elements have grown by so much that the document is too large, whatever else becomes of it.
func (e *evaluator) check() error {
	if e.grown <= e.limits.Size {
		return nil
	}
	if e.room == 0 {
		e.room = max(e.limits.Size, e.doc.Size())
	}
	if e.grown > e.room {
		return wrap(ErrTooLarge, "more is to be written into the elements than a session may hold")
	}
	return nil
}

// choose applies the operations to the elements that meet all conditions.
func (e *evaluator) choose(elems []Value, o choosing) ([]Value, error) {
	old, shared := elems, true
	measured := o.brings > (e.limits.Size-e.brought)/max(len(old), 1)
	if !measured {
		e.brought += o.brings * len(old)
	}
	for i, v := range old {
		if err := e.look(i); err != nil {
			return nil, err
		}
		if !meets(v, o.tests) {
			continue
		}
		name, grown := strconv.Itoa(i), e.grown
		changed, err := e.apply(v, name, "", o.Do)
		if err != nil {
			return nil, inElement(name, err)
		}
		if measured {
			e.grown = grown + changed.Size() - v.Size()
			if err := e.check(); err != nil {
				return nil, err
			}
		}
		if shared {
			elems, shared = slices.Clone(old), false
		}
		elems[i] = orElse(changed, NullValue)
	}
	return elems, e.ended
}

// apply applies operations that are ready to v, called name, which at leads to from where their paths lead from.
func (e *evaluator) apply(v Value, name string, at Path, ops []Op) (Value, error) {
	var few [4]edit
	edits := few[:0]
	for _, op := range ops {
		p := op.Target().after(at)
		idle, err := idle(op, v.lookup(p), name, v, p)
		if err != nil {
			return v, opError(op, err)
		}
		if !idle {
			edits = append(edits, edit{op: op, rest: p})
		}
	}
	if len(edits) == 0 {
		return v, nil
	}
	sortEdits(edits)
	return e.value(v, name, edits)
}

// sequence applies operations that are ready one after the other. What they take goes into e.taken from at on.
func (e *evaluator) sequence(v Value, o Sequence, at int) (Value, error) {
	name := string(o.Path[strings.LastIndexByte(string(o.Path), '.')+1:])
	old, grown := v, e.grown
	for i, op := range o.Do {
		if err := e.look(0); err != nil {
			return v, err
		}
		if _, takes := op.(Take); takes {
			e.taken[at] = v.lookup(op.Target().after(o.Path))
			at++
		}
		var err error
		if v, err = e.apply(v, name, o.Path, o.Do[i:i+1]); err != nil {
			return v, err
		}
		if e.grown != grown { // what another step has removed again does not count
			e.grown = grown + v.Size() - old.Size()
		}
	}
	return v, nil
}

// inElement puts the index of the element before the path of an error.
func inElement(index string, err error) error {
	if inner, ok := errors.AsType[*OpError](err); ok {
		inner.Path = Path(index).join(inner.Path)
	}
	return err
}

// takes returns how many values the operations take.
func takes(ops []Op) (n int) {
	for _, op := range ops {
		switch o := op.(type) {
		case Take:
			n++
		case Sequence:
			n += takes(o.Do)
		}
	}
	return n
}
