package atomicsession

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// Change is one part of an update: an operation, a condition ([If]), a label ([Label]) or part of a sign-in ([User], [AuthenticatedBy],
// [Persistent], [Lifetime]). The methods of a [Path] and of a [Key], and the functions of this package, make them; there are no others. A
// Change is immutable and may be used any number of times. If something is wrong with it, such as a value that cannot be stored, the
// update that it is part of returns the error. A nil Change changes nothing. Printing a Change does not show its value.
//
// The operators mean what MongoDB's update operators of the same name mean, on every store. All take dotted paths ("cart.items.0.qty")
// and create what is missing on the way. If they meet a value that they cannot work on, they fail without changing anything ([ErrType],
// [ErrPath], [ErrOverflow]).
type Change interface {
	self() *change // also of what an application's own type embeds
}

// change is every Change. It is behind a pointer, which can be compared and be a key.
type change struct {
	op  driver.Op    // an operation, or
	err error        // what is wrong with it, or
	do  func(*batch) // what else it does to the update that it is part of
}

func (c *change) self() *change { return c }

func (c *change) add(b *batch) {
	switch {
	case c.do != nil:
		c.do(b)
	case c.err != nil:
		b.err = c.err
	default:
		if seq, ok := c.op.(driver.Sequence); ok && seq.Path == "" {
			b.err = &driver.OpError{Op: c.op.Name(), Err: fmt.Errorf("%w: changes of different fields have no order", ErrPath)}
		}
		b.Ops = append(b.Ops, c.op)
	}
}

// Format implements [fmt.Formatter].
func (*change) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session change") }

func newChange(do func(*batch)) Change { return &change{do: do} }

// refused is the Change that is the error of its update.
func refused(err error) Change { return &change{err: err} }

func refusedOp(name string, path driver.Path, err error) Change {
	return refused(&driver.OpError{Op: name, Path: path, Err: err})
}

// If returns the change that makes its update depend on conditions. Unless all of them hold, nothing changes, and the error is
// [ErrCondition].
func If(conditions ...Condition) Change {
	within, others := withinOf(conditions)
	list, err := plain(others)
	return newChange(func(b *batch) {
		b.If, b.err = append(b.If, list...), err
		if within != 0 && (b.within == 0 || within < b.within) {
			b.within = within
		}
	})
}

// InOrder returns the change that makes several changes of one field, or of what is inside it, one after the other: each works on the
// result of those before it. For example, one update can remove elements from a list and add others:
//
//	err := s.Update(ctx, InOrder(Cart.Pull(SKU.Eq("tea")), Cart.Push(item)))
//
// InOrder takes operations only, but no Rename and no other InOrder: else the error is [ErrValue]. If the changes have no field in
// common, it is [ErrPath]. There may be at most [driver.MaxInside] operations, counting also those inside other operations.
func InOrder(changes ...Change) Change {
	ops, err := operations(changes)
	if err == nil && len(ops) == 0 {
		err = fmt.Errorf("%w: no changes in an order", ErrValue)
	}
	if _, told := errors.AsType[*driver.OpError](err); err != nil && !told {
		err = &driver.OpError{Op: driver.Sequence{}.Name(), Err: err}
	}
	if err != nil {
		return refused(err)
	}
	seq := driver.Sequence{Do: ops}
	for i, op := range ops {
		if i == 0 {
			seq.Path = op.Target()
		}
		seq.Path = common(seq.Path, op.Target())
	}
	return &change{op: seq}
}

// common returns the longest path that both lead on from, "" if there is none.
func common(p, q driver.Path) driver.Path {
	for p != q && p != "" {
		if len(p) < len(q) {
			p, q = q, p
		}
		p = p[:max(0, strings.LastIndexByte(string(p), '.'))]
	}
	return p
}

// operations returns what the changes do that stand inside another one.
func operations(changes []Change) ([]driver.Op, error) {
	var ops []driver.Op
	for _, c := range changes {
		if c == nil {
			continue
		}
		switch c := c.self(); {
		case c.err != nil:
			return nil, c.err
		case c.do != nil:
			return nil, fmt.Errorf("%w: only operations stand inside another change", ErrValue)
		default:
			ops = append(ops, c.op)
		}
	}
	return ops, nil
}
