package drivertest

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// row is one update of one document. What must come of it is not written here: [driver.Eval] says it.
type row struct {
	doc string
	u   driver.Update
}

// on returns the row of an update with just operations.
func on(doc string, ops ...driver.Op) row { return row{doc, driver.Update{Ops: ops}} }

// table returns a case that puts every row's document into a record of its own and updates it.
func table(rows ...row) func(e *env) {
	return func(e *env) {
		for _, r := range rows {
			r.u.MaxAge = 2 * lifetime // a failing update must not extend the record either
			e.create(doc(r.doc)).update(e.after(time.Minute), &r.u)
		}
	}
}

// The operators, short enough for tables; operands are in the text form of package driver.

func set(p driver.Path, text string) driver.Op { return driver.Set{Path: p, Value: value(text)} }

func setIfAbsent(p driver.Path, text string) driver.Op {
	return driver.SetIfAbsent{Path: p, Value: value(text)}
}
func unset(p driver.Path) driver.Op              { return driver.Unset{Path: p} }
func take(p driver.Path) driver.Op               { return driver.Take{Path: p} }
func rename(p, to driver.Path) driver.Op         { return driver.Rename{Path: p, To: to} }
func inc(p driver.Path, text string) driver.Op   { return driver.Inc{Path: p, By: value(text)} }
func mul(p driver.Path, text string) driver.Op   { return driver.Mul{Path: p, By: value(text)} }
func lower(p driver.Path, text string) driver.Op { return driver.Min{Path: p, Value: value(text)} }
func raise(p driver.Path, text string) driver.Op { return driver.Max{Path: p, Value: value(text)} }
func currentDate(p driver.Path) driver.Op        { return driver.CurrentDate{Path: p} }
func pop(p driver.Path) driver.Op                { return driver.Pop{Path: p} }
func popFirst(p driver.Path) driver.Op           { return driver.Pop{Path: p, First: true} }

func bit(p driver.Path, do driver.BitOp, with int64) driver.Op {
	return driver.Bit{Path: p, Do: do, With: with}
}

func push(p driver.Path, texts ...string) driver.Push {
	return driver.Push{Path: p, Each: values(texts...)}
}

func addToSet(p driver.Path, texts ...string) driver.Op {
	return driver.AddToSet{Path: p, Each: values(texts...)}
}

func pullAll(p driver.Path, texts ...string) driver.Op {
	return driver.PullAll{Path: p, Values: values(texts...)}
}

func pull(p driver.Path, where ...driver.Condition) driver.Op {
	return driver.Pull{Path: p, Where: where}
}

func cond(p driver.Path, is driver.Comparison, text string) driver.Condition {
	return driver.Condition{Path: p, Is: is, Value: value(text)}
}

var operatorCases = []testCase{
	{"set", "an update of one field must leave every other field alone and build what is missing on the way", table(setRows...)},
	{"setIfAbsent", "a default must never overwrite a value, and null is a value", table(setIfAbsentRows...)},
	{"unset", "removing what is not there is no error, and elements keep their places", table(unsetRows...)},
	{"take", "what a request takes is what was there, and it is no longer there", table(takeRows...)},
	{"rename", "a value moves whole, or not at all", table(renameRows...)},
	{"currentDate", "the time is the caller's, so that one clock orders all", table(currentDateRows...)},
	{"paths", "the same path must lead to the same place on every store", table(pathRows...)},
	{"inc", "money and quotas are counted with it: no digit may be lost and no overflow pass in silence", table(incRows...)},
	{"mul", "the rules of inc hold, with zero for a missing field", table(mulRows...)},
	{"min", "values of different kinds have one order everywhere, and numbers compare by exact value", table(minRows...)},
	{"max", "values of different kinds have one order everywhere, and numbers compare by exact value", table(maxRows...)},
	{"bit", "all 64 bits count, the sign included", table(bitRows...)},
	{"push", "a list is how applications keep history: order, position and bounds must hold", table(pushRows...)},
	{"push sort", "arrays of mixed kinds sort in one order on every store, and equal elements keep theirs", table(sortRows...)},
	{"pop", "an empty or missing list is no error, anything else but a list is", table(popRows...)},
	{"pull", "a condition must match what it matches in MongoDB, no more and no less", table(pullRows...)},
	{"pullAll", "elements equal in value go, whatever number kind they are of", table(pullAllRows...)},
	{"addToSet", "equal means equal in value, so a set never holds 1 and 1.0", table(addToSetRows...)},
	{"json", "a text of JSON is opaque: what looks like a field or a number in it is none, and no server may run it", table(jsonRows...)},
	{"twins", "what is equal in value is equal to every operator and condition, and yet a value stays the one that was stored", table(twinRows()...)},
	{"twins in order", "an object is a set of fields: in which order they came must not show", reordered},
	{"conditions", "if is how an application makes a step happen once: it may never be looser than it says", table(conditionRows()...)},
	{"conditions that combine", "or, not and the search in a list are what limits and carts are guarded by", table(combinedRows()...)},
	{"elements", "an operation on some elements must reach those and no others, whatever the others are", table(elementsRows()...)},
	{"sequence", "what comes after meets what came before, and the first failure undoes all", table(sequenceRows...)},
	{"batches", "an update is all or nothing, whichever operation fails", table(batchRows...)},
}
