package pgstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// plan writes the conditions and operations of the update as the arguments of the function. It reports false if the function cannot
// do one of them: a push that sorts, an operand that the server cannot read, what looks into arrays inside arrays; and if it would work
// too long on them.
func (o *operation) plan() bool {
	if !o.fits() {
		return false
	}
	for _, c := range o.update.If {
		if !o.planCondition(c) {
			return false
		}
	}
	for _, op := range o.update.Ops {
		if !o.planOp(op) {
			return false
		}
	}
	return true
}

func unreadable(text string) bool { return strings.Contains(text, `\u0000`) }

func (o *operation) planCondition(c driver.Condition) bool {
	if c.Is > driver.Lte {
		operand := conditions([]driver.Condition{c}, o.inField).Text()
		o.nested = true
		o.step("meets", 1, "", operand)
		return !unreadable(operand)
	}
	operand := c.Value.Text()
	field, rest := o.inField(c.Path)
	o.step(c.Is.String(), field, rest, operand)
	return !unreadable(operand)
}

// inField returns the number of the field that the path of a condition leads into, and the rest of the path.
func (o *operation) inField(p driver.Path) (field int, rest driver.Path) {
	top, rest := p.Cut()
	return o.field(top, kindRead), rest
}

func (o *operation) planOp(op driver.Op) bool {
	top, rest := op.Target().Cut()
	if s, ok := op.(driver.Sequence); ok {
		return (rest == "" || writes(s.Do)) && !slices.ContainsFunc(s.Do, func(op driver.Op) bool { return !o.planStep(op) })
	}
	if v, constant := o.constant(op); constant && rest == "" {
		o.set(top, v)
		return true
	}
	return o.planStep(op)
}

func (o *operation) planStep(op driver.Op) bool {
	word, operands, ok := o.word(op)
	if !ok || slices.ContainsFunc(operands[:], unreadable) {
		return false
	}
	top, rest := op.Target().Cut()
	o.stepOps = append(o.stepOps, op)
	o.step(word, o.field(top, kindChanged), rest, operands[:]...)
	return true
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

// word returns what the function calls the operation, and its operands; false if it does not know it.
func (o *operation) word(op driver.Op) (word string, operands [3]string, ok bool) {
	if v, constant := o.constant(op); constant && v.Exists() {
		return "set", [3]string{v.Text()}, true
	}
	word, ok = op.Name(), true
	switch op := op.(type) {
	case driver.Unset, driver.Take:
	case driver.SetIfAbsent:
		operands[0] = op.Value.Text()
	case driver.Rename:
		top, to := op.To.Cut()
		depth := o.update.Limits.WithDefaults().Depth + 1 - op.To.Len()
		operands = [3]string{strconv.Itoa(o.field(top, kindChanged)), string(to), strconv.Itoa(depth)}
	case driver.Inc:
		operands[0] = op.By.Text()
	case driver.Mul:
		operands[0] = op.By.Text()
	case driver.Min:
		operands[0] = op.Value.Text()
	case driver.Max:
		operands[0] = op.Value.Text()
	case driver.Bit:
		operands = [3]string{strconv.FormatInt(op.With, 10), op.Do.String()}
	case driver.Push:
		operands, ok = [3]string{list(op.Each), optionalNumber(op.Position), optionalNumber(op.Slice)}, op.Sort == nil
	case driver.Pop:
		operands[0] = "last"
		if op.First {
			operands[0] = "first"
		}
	case driver.Pull:
		word, operands = o.pull(op)
	case driver.PullAll:
		operands[0] = list(op.Values)
	case driver.AddToSet:
		operands[0] = list(op.Each)
	case driver.Elements:
		operands, ok = o.elements(op)
	default:
		ok = false
	}
	return word, operands, ok
}

func list(values []driver.Value) string { return driver.ArrayValue(values...).Text() }

func optionalNumber(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
