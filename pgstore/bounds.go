package pgstore

import (
	"maps"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// maxValues is how many values the lists of one update have that the function works through.
	maxValues = 4096
	// maxInField is how many conditions and operations, with all inside them, lead into one field: the function reads, and writes, the whole
	// text for each.
	maxInField = 8
	// maxLoops is how many conditions and operations of an update go through the elements of an array one by one.
	maxLoops = 8
	// maxLabor is how many bytes of conditions and operations such a loop has the function read, over and over, for the elements: see
	// sql/functions/nested.sql. That bounds also what it writes into them.
	maxLabor = 16384
	// maxPulled is how many values a Pull has that looks for them also in arrays inside the array, one by one.
	maxPulled = 16
)

// fits reports whether the function would not work too long on the update.
func (o *operation) fits() bool {
	u := o.update
	var all labor
	all.conditions(u.If, false)
	all.ops(u.Ops, false)
	if all.product || all.loops > maxLoops || all.loops*maxLabor > u.Limits.WithDefaults().Size || u.ListLen() > maxValues {
		return false
	}
	if all.steps <= maxInField {
		return true
	}
	inside := make(map[string]int, all.steps)
	eachLeaf(u.If, func(c driver.Condition) {
		var l labor
		l.conditions([]driver.Condition{c}, false)
		inside[c.Path.Top()] += l.steps
	})
	for _, op := range u.Ops {
		var l labor
		l.ops([]driver.Op{op}, false)
		for _, p := range driver.Targets(op) {
			inside[p.Top()] += l.steps
		}
	}
	return slices.Max(slices.Collect(maps.Values(inside))) <= maxInField
}

// eachLeaf calls visit for the conditions that combine no others, and for what those combine that do.
func eachLeaf(list []driver.Condition, visit func(driver.Condition)) {
	for _, c := range list {
		if c.Is.Combines() {
			eachLeaf(c.Each, visit)
		} else {
			visit(c)
		}
	}
}

// labor is what conditions and operations have the function do.
type labor struct {
	steps   int  // conditions and operations, with all inside them
	loops   int  // those of them that go through the elements of an array one by one
	product bool // whether one of these does so for each element of another array
}

func (l *labor) conditions(list []driver.Condition, looping bool) {
	for _, c := range list {
		l.steps++
		if c.Is == driver.ElemMatch {
			l.loop(looping)
		}
		l.conditions(c.Each, looping || c.Is == driver.ElemMatch)
	}
}

func (l *labor) ops(list []driver.Op, looping bool) {
	for _, op := range list {
		l.steps++
		switch op := op.(type) {
		case driver.Sequence:
			l.steps--
			l.ops(op.Do, looping)
		case driver.Elements:
			l.loop(looping)
			l.conditions(op.Where, true)
			l.ops(op.Do, true)
		case driver.Pull:
			if _, whole := pulled(op); !whole {
				l.loop(looping)
				l.conditions(op.Where[1:], true)
				l.conditions(op.Where[0].Each, true)
			}
		}
	}
}

func (l *labor) loop(looping bool) { l.loops, l.product = l.loops+1, l.product || looping }
