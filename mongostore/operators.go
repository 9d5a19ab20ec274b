package mongostore

import (
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// addOp adds the server's own operator for op. It reports false if there is none.
func (o *operators) addOp(op driver.Op, now time.Time) bool {
	field := fieldData + "." + string(op.Target())
	switch op := op.(type) {
	case driver.Set:
		o.add("$set", field, rawValue(op.Value))
	case driver.SetIfAbsent: // present: see guards
	case driver.Unset, driver.Take:
		o.add("$unset", field, "")
	case driver.Rename:
		o.add("$rename", field, fieldData+"."+string(op.To))
	case driver.Inc:
		o.add("$inc", field, rawValue(op.By))
	case driver.Mul:
		o.add("$mul", field, rawValue(op.By))
	case driver.Min:
		o.add("$min", field, rawValue(op.Value))
	case driver.Max:
		o.add("$max", field, rawValue(op.Value))
	case driver.CurrentDate:
		o.add("$set", field, date(now))
	case driver.Push:
		o.add("$push", field, push(op))
	case driver.Pop:
		end := 1
		if op.First {
			end = -1
		}
		o.add("$pop", field, end)
	case driver.Pull:
		where, ok := pull(op.Where)
		o.add("$pull", field, where)
		return ok
	case driver.PullAll:
		o.add("$pullAll", field, rawArray(op.Values))
	case driver.AddToSet:
		o.add("$addToSet", field, bson.D{{Key: "$each", Value: rawArray(distinct(op.Each))}})
	case driver.Bit:
		o.add("$bit", field, bson.D{{Key: op.Do.String(), Value: op.With}})
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
	if op.Sort != nil {
		direction := int32(1)
		if op.Sort.Desc {
			direction = -1
		}
		by := any(direction)
		if op.Sort.By != "" {
			by = bson.D{{Key: string(op.Sort.By), Value: direction}}
		}
		d = append(d, bson.E{Key: "$sort", Value: by})
	}
	return d
}

// toInt32 clamps a number that counts elements: no array has more.
func toInt32(n int) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }

// pull returns the operand of $pull. ok is false if the conditions do not fit into one: it names each comparison once.
func pull(where []driver.Condition) (operand bson.D, ok bool) {
	for _, c := range where {
		name, arg := comparison(c)
		target := &operand
		if c.Path != "" {
			i := slices.IndexFunc(operand, func(e bson.E) bool { return e.Key == string(c.Path) })
			if i < 0 {
				i = len(operand)
				operand = append(operand, bson.E{Key: string(c.Path), Value: new(bson.D)})
			}
			target = operand[i].Value.(*bson.D)
		}
		if slices.ContainsFunc(*target, func(e bson.E) bool { return e.Key == name }) {
			return operand, false
		}
		*target = append(*target, bson.E{Key: name, Value: arg})
	}
	return operand, true
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
			n += room(op.Target(), l, operands(op)...)
		case driver.Inc, driver.Mul, driver.Bit, driver.CurrentDate:
			n += room(op.Target(), l, driver.IntValue(0))
		case driver.Rename:
			n += room(o.To, l)
		}
	}
	return n
}

// operands returns the values of any size that op has.
func operands(op driver.Op) []driver.Value {
	switch o := op.(type) {
	case driver.Set:
		return []driver.Value{o.Value}
	case driver.SetIfAbsent:
		return []driver.Value{o.Value}
	case driver.Min:
		return []driver.Value{o.Value}
	case driver.Max:
		return []driver.Value{o.Value}
	case driver.Push:
		return o.Each
	case driver.AddToSet:
		return o.Each
	case driver.PullAll:
		return o.Values
	case driver.Pull:
		values := make([]driver.Value, len(o.Where))
		for i, c := range o.Where {
			values[i] = c.Value
		}
		return values
	}
	return nil
}

// room returns how many bytes the values take at p at most, with all that may have to be created on the way.
func room(p driver.Path, l driver.Limits, values ...driver.Value) int {
	const (
		field = 1 + 1 + 5 // type, end of the name, an empty document
		elem  = 1 + 10    // type and index
	)
	n := 0
	for rest := p; rest != ""; {
		var segment string
		segment, rest = rest.Cut()
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
