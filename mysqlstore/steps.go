package mysqlstore

import (
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// maxName is the longest name of a field that the table has room for.
const maxName = 3000

// longestInt is how long the text of an integer is at most.
const longestInt = 20

func checkName(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("%w: the name of a field has more than %d bytes", driver.ErrTooLarge, maxName)
	}
	return nil
}

// The letters of steps; see sql/change.sql.
const (
	stepSet    = 's'
	stepUnset  = 'u'
	stepTake   = 't'
	stepAbsent = 'a'
	stepPush   = 'p'
	stepInc    = 'i'
	stepMul    = 'm'
	stepMin    = '<'
	stepMax    = '>'
	stepExists = 'E'
	stepNone   = 'N'
	stepEquals = '='
)

var (
	stepsOrder = map[driver.Comparison]byte{driver.Gt: 'G', driver.Gte: 'g', driver.Lt: 'L', driver.Lte: 'l'}
	stepsBit   = map[driver.BitOp]byte{driver.BitAnd: '&', driver.BitOr: '|', driver.BitXor: '^'}
)

// steps are what the procedure is to do with the document.
type steps struct {
	letter        string // of the first step, "" if there is none
	name, operand string
	more          packed // the others
	added         int    // how much longer the document would be if nothing that is written had existed
}

func (s *steps) add(letter byte, name, operand string) {
	if s.letter == "" {
		s.letter, s.name, s.operand = string(letter), name, operand
		return
	}
	s.more.add(letter, name, operand)
}

// packed are steps as the procedures read them.
type packed []byte

func (p *packed) add(letter byte, name, operand string) {
	*p = fmt.Appendf(*p, "%c%05d%010d%s%s", letter, len(name), len(operand), name, operand)
}

// plan writes the conditions and operations of the update as steps. It reports false if the procedure cannot do one of them.
func (o *operation) plan() bool {
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

func (o *operation) planCondition(c driver.Condition) bool {
	if c.Is == driver.And {
		for _, c := range c.Each {
			if !o.planCondition(c) {
				return false
			}
		}
		return true
	}
	name, rest := c.Path.Cut()
	order, orders := stepsOrder[c.Is]
	switch {
	case rest != "" || len(name) > maxName:
		return false
	case c.Is == driver.Exists && c.Value.Bool():
		o.steps.add(stepExists, name, "")
	case c.Is == driver.Exists:
		o.steps.add(stepNone, name, "")
	case c.Is == driver.Eq:
		o.steps.add(stepEquals, name, c.Value.Text())
	case orders && c.Value.Kind() == driver.Int:
		o.steps.add(order, name, c.Value.Text())
	default:
		return false
	}
	return true
}

func (o *operation) planOp(op driver.Op) bool {
	name, rest := op.Target().Cut()
	if rest != "" || len(name) > maxName {
		return false
	}
	step := func(letter byte, operand string) bool {
		o.steps.add(letter, name, operand)
		o.steps.added += len(name) + len(operand)
		o.told = append(o.told, told{name: name})
		return true
	}
	number := func(letter byte, v driver.Value) bool {
		o.steps.added += longestInt
		return v.Kind() == driver.Int && step(letter, v.Text())
	}
	switch op := op.(type) {
	case driver.Set:
		o.set(name, op.Value)
	case driver.CurrentDate:
		o.set(name, driver.TimeValue(o.now))
	case driver.Unset:
		o.set(name, driver.Value{})
	case driver.Take:
		o.steps.add(stepTake, name, "")
		o.told = append(o.told, told{name: name, taken: true})
	case driver.SetIfAbsent:
		return step(stepAbsent, op.Value.Text())
	case driver.Inc:
		return number(stepInc, op.By)
	case driver.Mul:
		return number(stepMul, op.By)
	case driver.Min:
		return number(stepMin, op.Value)
	case driver.Max:
		return number(stepMax, op.Value)
	case driver.Bit:
		return number(stepsBit[op.Do], driver.IntValue(op.With))
	case driver.Push:
		return op.Position == nil && op.Slice == nil && op.Sort == nil && step(stepPush, driver.ArrayValue(op.Each...).Text())
	case driver.Sequence:
		for _, op := range op.Do {
			if !o.planOp(op) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// set sets the field to the value, or removes it if that is missing.
func (o *operation) set(name string, v driver.Value) {
	if v.Exists() {
		text := v.Text()
		o.steps.add(stepSet, name, text)
		o.steps.added += len(name) + len(text)
	} else {
		o.steps.add(stepUnset, name, "")
	}
	o.told = append(o.told, told{name: name, set: true, value: v})
}
