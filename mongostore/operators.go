package mongostore

import (
	"math"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// addOp adds the operator that the server has for op. It reports false if that is none.
func (c *command) addOp(op driver.Op, now time.Time) bool {
	field := fieldData + "." + string(op.Target())
	switch op := op.(type) {
	case driver.Set:
		c.set(field, rawValue(op.Value))
	case driver.SetIfAbsent: // it is present: see exact
	case driver.Unset, driver.Take:
		c.unset(field)
	case driver.Rename:
		c.add("$rename", field, fieldData+"."+string(op.To))
	case driver.Inc:
		c.add("$inc", field, rawValue(op.By))
	case driver.Mul:
		c.add("$mul", field, rawValue(op.By))
	case driver.Min:
		c.add("$min", field, rawValue(op.Value))
	case driver.Max:
		c.add("$max", field, rawValue(op.Value))
	case driver.CurrentDate:
		c.set(field, date(now))
	case driver.Push:
		c.add("$push", field, push(op))
	case driver.Pop:
		end := 1
		if op.First {
			end = -1
		}
		c.add("$pop", field, end)
	case driver.Pull:
		where, ok := pull(op.Where)
		c.add("$pull", field, where)
		return ok
	case driver.PullAll:
		c.add("$pullAll", field, rawArray(op.Values))
	case driver.AddToSet:
		c.add("$addToSet", field, call("$each", rawArray(distinct(op.Each))))
	case driver.Bit:
		c.add("$bit", field, call(op.Do.String(), op.With))
	case bits:
		c.add("$bit", field, op.document())
	default:
		return false
	}
	return true
}

func push(op driver.Push) bson.D {
	d := bson.D{{Key: "$each", Value: rawArray(op.Each)}}
	if op.Position != nil {
		d = append(d, bson.E{Key: "$position", Value: toInt32(*op.Position)})
	}
	if op.Slice != nil {
		d = append(d, bson.E{Key: "$slice", Value: toInt32(*op.Slice)})
	}
	if len(op.Sort) > 0 {
		d = append(d, bson.E{Key: "$sort", Value: sortBy(op.Sort)})
	}
	return d
}

// sortBy returns the operand of $sort. A field that is named twice decides nothing the second time.
func sortBy(sorts []driver.Sort) any {
	fields := make(bson.D, 0, len(sorts))
	for i, s := range sorts {
		order := int32(1)
		if s.Desc {
			order = -1
		}
		if s.By == "" {
			return order
		}
		if !slices.ContainsFunc(sorts[:i], func(before driver.Sort) bool { return before.By == s.By }) {
			fields = append(fields, bson.E{Key: string(s.By), Value: order})
		}
	}
	return fields
}

// toInt32 clamps a number that counts elements: no array has more.
func toInt32(n int) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }

// pull returns the operand of $pull. ok is false if the conditions do not fit into one: it names each comparison once.
func pull(where []driver.Condition) (operand bson.D, ok bool) {
	seen := make(map[[2]string]bool)
	for _, c := range where {
		if c.Is > driver.Lte || c.Path.Len() > 1 {
			return nil, false
		}
		name, arg := comparison(c)
		seen[[2]string{string(c.Path), name}] = true
		if c.Path == "" {
			operand = append(operand, bson.E{Key: name, Value: arg})
		} else {
			put(&operand, string(c.Path), name, arg)
		}
	}
	return operand, len(seen) == len(where)
}

// comparison returns c as a query has it. Null is neither less nor greater than null.
func comparison(c driver.Condition) (name string, arg any) {
	switch {
	case c.Is == driver.Exists:
		return "$exists", c.Value.Bool()
	case c.Is == driver.Eq, c.Value.Kind() == driver.Null && (c.Is == driver.Gte || c.Is == driver.Lte):
		return "$eq", rawValue(c.Value)
	}
	return "$" + c.Is.String(), rawValue(c.Value)
}

// growth returns how many bytes u can add to a document at most.
func growth(u *driver.Update, l driver.Limits) int {
	n := 0
	for _, op := range u.Ops {
		switch o := op.(type) {
		case driver.Set, driver.SetIfAbsent, driver.Min, driver.Max, driver.Push, driver.AddToSet:
			n += room(op.Target(), l, slices.Collect(driver.Operands(op))...)
		case driver.Inc, driver.Mul, driver.Bit, bits, driver.CurrentDate:
			n += room(op.Target(), l, driver.IntValue(0))
		case driver.Rename:
			n += room(o.To, l)
		case driver.Sequence: // what it makes of the value, the server reckons
			n += room(o.Path, l)
		}
	}
	return n
}

// room returns how many bytes the values take at p at most, with all that may have to be created on the way.
func room(p driver.Path, l driver.Limits, values ...driver.Value) int {
	const (
		field = 1 + 1 + 5 // type, end of the name, an empty document
		elem  = 1 + 10    // type and index
	)
	n := 0
	for segment := range strings.SplitSeq(string(p), ".") {
		n += field + len(segment)
		if i, ok := driver.Index(segment); ok {
			n += elem * min(i, l.Padding)
		}
	}
	for _, v := range values {
		n += elem + len(appendValue(nil, v))
	}
	return n
}
