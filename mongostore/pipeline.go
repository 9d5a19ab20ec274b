package mongostore

import (
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// pipeline returns the outcome of each operation of u if u becomes a pipeline: if it has an operation that needs one, and there are
// outcomes for all. If not, tests see to it that the server's operators will do.
func pipeline(u *driver.Update, now time.Time) (outcomes []outcome, ok bool) {
	for _, op := range u.Ops {
		ok = ok || needsPipeline(op)
	}
	if !ok {
		return nil, false
	}
	outcomes = make([]outcome, len(u.Ops))
	for i, op := range u.Ops {
		_, inside := op.Target().Cut()
		if countIndexes(inside) > 0 {
			return nil, false
		}
		if outcomes[i], ok = changed("$"+fieldData+"."+string(op.Target()), op, now); !ok {
			return nil, false
		}
	}
	return outcomes, true
}

// needsPipeline reports whether there is no operator for op, or it does not do on some servers: $set leaves {n: 1} alone where it
// would write {n: 1.0}.
func needsPipeline(op driver.Op) bool {
	switch op := op.(type) {
	case driver.SetIfAbsent, driver.Elements, driver.Sequence:
		return true
	case driver.Set:
		return holdsNumbers(op.Value)
	case driver.Pull:
		_, ok := pull(op.Where)
		return !ok
	}
	return false
}

// addOutcome adds an operation to a pipeline. Its path must lead through objects alone, as far as it leads: stages would write to every
// element of an array, and over a scalar.
func (c *command) addOutcome(op driver.Op, o outcome) {
	field := fieldData + "." + string(op.Target())
	for parent := range parents(op.Target()) {
		c.test(typeIn(at(parent), "missing", "object"))
	}
	c.tests = append(c.tests, o.tests...)
	if o.becomes == remove {
		c.unset(field)
		return
	}
	c.add("$set", field, o.becomes)
	if idle(op) {
		c.reaches(op.Target())
	}
	switch op.(type) {
	case driver.Elements, driver.Sequence:
		c.larger = append(c.larger, call("$subtract", bson.A{size(o.becomes), size("$" + field)}))
	}
}

// size returns how many bytes v has, with something around it.
func size(v expr) expr { return call("$bsonSize", bson.D{{Key: "v", Value: v}}) }

// maxBrought is how many bytes the server is to bring into the elements of an array: it works out all of them before it looks whether the
// document is too large.
const maxBrought = 1 << 20

// brings returns how many bytes op brings into the elements of the array at v at most, if it reaches all. ok is false if that cannot be
// told beforehand.
func brings(v string, op driver.Elements) (_ expr, ok bool) {
	n, inside := 0, bson.A{0}
	for _, do := range op.Do {
		ops := []driver.Op{do}
		switch do := do.(type) {
		case driver.Elements:
			more, ok := brings(strings.TrimSuffix("$$e."+string(do.Path), "."), do)
			if !ok {
				return nil, false
			}
			inside = append(inside, more)
		case driver.Sequence:
			ops = do.Do
			if slices.ContainsFunc(ops, func(op driver.Op) bool { _, inner := op.(driver.Elements); return inner }) {
				return nil, false
			}
		}
		n += growth(&driver.Update{Ops: ops}, driver.Limits{}.WithDefaults())
	}
	sum := expr(call("$multiply", bson.A{call("$size", v), n}))
	if len(inside) > 1 {
		each := call("$map", bson.D{{Key: "input", Value: v}, {Key: "as", Value: "e"}, {Key: "in", Value: call("$add", inside)}})
		sum = call("$add", bson.A{sum, call("$sum", each)})
	}
	return cond(isArray(v), sum, 0), true
}

// maxLevels is how deep a command is nested at most: servers take 200 levels, and a value has up to 100.
const maxLevels = 90

// nested reports whether v has more levels of arrays and documents than that, but for those of values.
func nested(v any, levels int) bool {
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			if levels == 0 || nested(e.Value, levels-1) {
				return true
			}
		}
	case bson.A:
		for _, e := range v {
			if levels == 0 || nested(e, levels-1) {
				return true
			}
		}
	}
	return false
}
