package mongostore

import (
	"bytes"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// ringSize is how many operation IDs a record keeps: the greatest that it has seen, sorted. An update takes effect only if its ID
// is not among them and, once they are ringSize, greater than the least: so one that took effect and was displaced from the ring
// can never do so again, however late a copy of its command arrives and whatever the clocks show.
const ringSize = 16

// fresh are the terms of a filter that let id through once at most.
func fresh(id retry.OpID) bson.D {
	return bson.D{
		{Key: fieldOps, Value: call("$ne", bin(id[:]))},
		{Key: "$or", Value: bson.A{
			call(fieldOps+"."+strconv.Itoa(ringSize-1), call("$exists", false)),
			call(fieldOps+".0", call("$lt", bin(id[:]))),
		}},
	}
}

// remember makes id the latest operation, and puts it into the ring.
func (c *command) remember(id retry.OpID) {
	c.set(fieldOp, bin(id[:]))
	if !c.piped {
		c.add("$push", fieldOps, bson.D{
			{Key: "$each", Value: bson.A{bin(id[:])}},
			{Key: "$sort", Value: 1},
			{Key: "$slice", Value: -ringSize},
		})
		return
	}
	part := func(operator string) expr {
		return call("$filter", bson.D{
			{Key: "input", Value: "$" + fieldOps},
			{Key: "cond", Value: call(operator, bson.A{"$$this", bin(id[:])})},
		})
	}
	longer := call("$concatArrays", bson.A{part("$lt"), bson.A{bin(id[:])}, part("$gt")})
	c.add("$set", fieldOps, call("$slice", bson.A{longer, -ringSize}))
}

// displaced reports whether a record with this ring may have seen id and forgotten it.
func displaced(id retry.OpID, ring []retry.OpID) bool {
	return len(ring) >= ringSize && bytes.Compare(id[:], ring[0][:]) < 0
}

func opsOf(v bson.RawValue) ([]retry.OpID, bool) {
	array, ok := v.ArrayOK()
	if !ok {
		return nil, false
	}
	values, err := array.Values()
	ops := make([]retry.OpID, len(values))
	for i, e := range values {
		if !copyBytes(ops[i][:], e) {
			return nil, false
		}
	}
	return ops, err == nil
}
