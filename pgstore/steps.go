package pgstore

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// maxValues is how many values the lists of one update have that the function works through.
	maxValues = 4096
	// maxInside is how many conditions and operations lead into one field: the function reads, and writes, the whole text for each.
	maxInside = 8
)

// plan writes the conditions and operations of the update as the arguments of the function. It reports false if the function cannot
// do one of them: a push that sorts, a pull by anything but a value, an operand that the server cannot read; and if it would work too
// long on them.
func (o *operation) plan() bool {
	if mostInside(o.update) > maxInside || o.update.ListLen() > maxValues {
		return false
	}
	for _, c := range o.update.If {
		if c.Is > driver.Lte {
			return false
		}
		operand := c.Value.Text()
		if unreadable(operand) {
			return false
		}
		top, rest := c.Path.Cut()
		o.step(c.Is.String(), o.field(top, kindRead), rest, operand)
	}
	for _, op := range o.update.Ops {
		if !o.planOp(op) {
			return false
		}
	}
	return true
}

// mostInside returns how many conditions and operations lead into the field with the most.
func mostInside(u *driver.Update) (most int) {
	if len(u.If)+len(u.Ops) <= maxInside {
		return len(u.If) + len(u.Ops)
	}
	inside := make(map[string]int, len(u.If)+len(u.Ops))
	for _, c := range u.If {
		for p := range c.Paths() {
			inside[p.Top()]++
		}
	}
	for _, op := range u.Ops {
		for _, p := range driver.Targets(op) {
			inside[p.Top()]++
		}
	}
	return slices.Max(slices.Collect(maps.Values(inside)))
}

func unreadable(text string) bool { return strings.Contains(text, `\u0000`) }

func (o *operation) planOp(op driver.Op) bool {
	top, rest := op.Target().Cut()
	v, constant := o.constant(op)
	if constant && rest == "" {
		o.set(top, v)
		return true
	}
	o.stepOps = append(o.stepOps, op)
	first, field := len(o.steps), o.field(top, kindChanged)
	switch {
	case constant && v.Exists():
		o.step("set", field, rest, v.Text())
	case constant:
		o.step("unset", field, rest)
	case !o.planStep(op, field, rest):
		return false
	}
	return !slices.ContainsFunc(o.steps[first+3:], unreadable)
}

// constant returns what op leaves where it leads, if that is the same whatever was there.
func (o *operation) constant(op driver.Op) (driver.Value, bool) {
	switch op := op.(type) {
	case driver.Set:
		return op.Value, true
	case driver.CurrentDate:
		return driver.TimeValue(o.now), true
	case driver.Unset:
		return driver.Value{}, true
	}
	return driver.Value{}, false
}

func (o *operation) planStep(op driver.Op, field int, rest driver.Path) bool {
	switch op := op.(type) {
	case driver.SetIfAbsent:
		o.step(op.Name(), field, rest, op.Value.Text())
	case driver.Take:
		o.step(op.Name(), field, rest)
	case driver.Rename:
		top, to := op.To.Cut()
		depth := o.update.Limits.WithDefaults().Depth + 1 - op.To.Len()
		o.step(op.Name(), field, rest, strconv.Itoa(o.field(top, kindChanged)), string(to), strconv.Itoa(depth))
	case driver.Inc:
		o.step(op.Name(), field, rest, op.By.Text())
	case driver.Mul:
		o.step(op.Name(), field, rest, op.By.Text())
	case driver.Min:
		o.step(op.Name(), field, rest, op.Value.Text())
	case driver.Max:
		o.step(op.Name(), field, rest, op.Value.Text())
	case driver.Bit:
		o.step(op.Name(), field, rest, strconv.FormatInt(op.With, 10), op.Do.String())
	case driver.Push:
		o.step(op.Name(), field, rest, list(op.Each), optionalNumber(op.Position), optionalNumber(op.Slice))
		return op.Sort == nil
	case driver.Pop:
		end := "last"
		if op.First {
			end = "first"
		}
		o.step(op.Name(), field, rest, end)
	case driver.Pull:
		c := op.Where[0]
		o.step(op.Name(), field, rest, list([]driver.Value{c.Value}))
		return len(op.Where) == 1 && c.Path == "" && c.Is == driver.Eq
	case driver.PullAll:
		o.step(op.Name(), field, rest, list(op.Values))
	case driver.AddToSet:
		o.step(op.Name(), field, rest, list(op.Each))
	default:
		return false
	}
	return true
}

func list(values []driver.Value) string { return driver.ArrayValue(values...).Text() }

func optionalNumber(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
