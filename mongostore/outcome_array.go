package mongostore

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// changedArray is changed for the operators on arrays.
func changedArray(v string, op driver.Op) (o outcome, ok bool) {
	o.tests = []expr{typeIn(v, "array", "missing")}
	list := call("$ifNull", bson.A{v, bson.A{}})
	switch op := op.(type) {
	case driver.Push:
		return o.push(list, op)
	case driver.AddToSet:
		parts := bson.A{list}
		for _, given := range distinct(op.Each) {
			parts = append(parts, cond(some(list, equals("$$e", given)), bson.A{}, call("$literal", rawArray([]driver.Value{given}))))
		}
		o.becomes = call("$concatArrays", parts)
	case driver.Pop:
		rest := call("$subtract", bson.A{call("$size", v), 1})
		if op.First {
			rest = call("$subtract", bson.A{1, call("$size", v)}) // counts from the end
		}
		o.becomes = ifArray(v, cond(call("$lte", bson.A{call("$size", v), 1}), bson.A{}, call("$slice", bson.A{v, rest})))
	case driver.Pull:
		if !forElements(op.Where) {
			return o, false
		}
		o.becomes = without(v, queried.meet("$$e", op.Where))
		if tests := settled("$$e", op.Where, false); len(tests) > 0 {
			o.tests = append(o.tests, not(some(v, not(all(tests...)))))
		}
	case driver.PullAll:
		o.becomes = without(v, among("$$e", op.Values))
	default:
		return o, false
	}
	return o, true
}

// push completes o with what a Push makes of list, unless it sorts the list or inserts in the middle of it.
func (o outcome) push(list expr, op driver.Push) (outcome, bool) {
	parts := bson.A{list, call("$literal", rawArray(op.Each))}
	if op.Position != nil {
		if *op.Position != 0 {
			return o, false
		}
		parts[0], parts[1] = parts[1], parts[0]
	}
	o.becomes = call("$concatArrays", parts)
	switch {
	case op.Slice == nil:
	case *op.Slice == 0:
		o.becomes = call("$literal", bson.A{})
	default:
		o.becomes = call("$slice", bson.A{o.becomes, toInt32(*op.Slice)})
	}
	return o, len(op.Sort) == 0
}

// ifArray returns what becomes of v where that is an array; where nothing is it stays so.
func ifArray(v string, becomes expr) expr { return cond(isArray(v), becomes, remove) }

// without returns v without the elements, called $$e, that test lets through.
func without(v string, test expr) expr {
	return ifArray(v, call("$filter", bson.D{{Key: "input", Value: v}, {Key: "as", Value: "e"}, {Key: "cond", Value: not(test)}}))
}
