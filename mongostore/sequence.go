package mongostore

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// bits is a Sequence of several Bit on one field: and, then xor.
type bits struct {
	path     driver.Path
	and, xor int64
}

func (bits) Name() string          { return "bits" }
func (b bits) Target() driver.Path { return b.path }

// plain returns u with operators of the server in the place of those sequences that come to the same.
func plain(u *driver.Update) *driver.Update {
	changed := *u
	changed.Ops = slices.Clone(u.Ops)
	for i, op := range u.Ops {
		if s, ok := op.(driver.Sequence); ok {
			changed.Ops[i] = plainSequence(s)
		}
	}
	return &changed
}

// plainSequence returns the one operation that s comes to, or s.
func plainSequence(s driver.Sequence) driver.Op {
	last, overwritten, b, combined := s.Do[len(s.Do)-1], true, bits{path: s.Path, and: -1}, true
	for _, op := range s.Do {
		switch op := op.(type) {
		case driver.Set, driver.SetIfAbsent, driver.Take, driver.Unset, driver.Min, driver.Max, driver.CurrentDate: // cannot fail
			overwritten, combined = overwritten && op.Target() == s.Path, false
		case driver.Bit:
			overwritten, combined, b = false, combined && op.Path == s.Path, b.then(op)
		default:
			overwritten, combined = false, false
		}
	}
	switch last.(type) {
	case driver.Set, driver.CurrentDate:
	default:
		overwritten = false
	}
	switch {
	case overwritten, len(s.Do) == 1 && !idle(last): // one that is idle would not create what is missing on the way
		return last
	case combined:
		return b
	}
	return s
}

// document returns the operand of $bit. One of its operations changes a bit, at most: whatever their order, they come to the same.
func (b bits) document() bson.D {
	return bson.D{{Key: "and", Value: b.and | b.xor}, {Key: "or", Value: b.xor &^ b.and}, {Key: "xor", Value: b.and & b.xor}}
}

// then returns b followed by op.
func (b bits) then(op driver.Bit) bits {
	switch op.Do {
	case driver.BitAnd:
		b.and, b.xor = b.and&op.With, b.xor&op.With
	case driver.BitOr:
		b.and, b.xor = b.and&^op.With, b.xor&^op.With|op.With
	case driver.BitXor:
		b.xor ^= op.With
	}
	return b
}

// sequence returns what the operations make of v, each of what the one before it has made.
func sequence(v string, op driver.Sequence, now time.Time) (o outcome, ok bool) {
	steps := make([]outcome, len(op.Do))
	for i, do := range op.Do {
		edits := editsFrom(op.Path, do)
		if steps[i], ok = outcomeOf(v, edits, now); !ok || idle(op) && steps[i].becomes == remove { // might be nothing in the end
			return o, false
		}
		v = "$$s"
	}
	test := expr(true)
	for i, step := range slices.Backward(steps) {
		if i == len(steps)-1 {
			o.becomes, test = step.becomes, all(step.tests...)
			continue
		}
		if !constant(o.becomes) {
			o.becomes = let("s", step.becomes, o.becomes)
		}
		if constant(test) {
			test = all(step.tests...)
		} else {
			test = cond(all(step.tests...), let("s", step.becomes, test), false)
		}
	}
	o.tests = []expr{test}
	return o, true
}

// constant reports whether e depends on nothing. Some servers do not work out a $let around it.
func constant(e expr) bool {
	d, ok := e.(bson.D)
	return e == true || ok && d[0].Key == "$literal"
}
