package storetest

import (
	"math"
	"math/rand/v2"

	"github.com/atomicsession/atomicsession/driver"
)

// CommonDoc has a field for each of CommonOps and NestedOps, which meets CommonConditions and NestedCondition.
const CommonDoc = `{"bit":5,"float":0.25,"int":9007199254740993,"max":1,"min":"b","mul":3000000000,"mulFloat":1.5,"pop":[1,2],
	"popFirst":["a,]",[1]],"pull":[1,2,[2,3],4],"pullAll":[1.0,{"a":[1]},2],"push":[{"b":"]"}],"pushed":[1,2,3],"rename":[{}],
	"set":1,"set2":[{"a":[1]}],"take":"x","unset":null,"in":{"side":{"n":1,"take":2},"rename":{"a":1},"\t\"\\\u0001é":1}}`

var some = []driver.Value{value(`1`), value(`{"a":[1.0]}`)}

// CommonOps are one of every operator as requests mostly use it, on a field of its own.
func CommonOps() []driver.Op {
	return []driver.Op{
		driver.Set{Path: "set", Value: value(`{"a":[1,2.0,"\"]\u0000"]}`)},
		driver.SetIfAbsent{Path: "absent", Value: value(`1`)},
		driver.Unset{Path: "unset"},
		driver.Take{Path: "take"},
		driver.Rename{Path: "rename", To: "renamed"},
		driver.Inc{Path: "int", By: value(`9007199254740993`)},
		driver.Inc{Path: "float", By: value(`0.1`)},
		driver.Mul{Path: "mul", By: value(`3000000000`)},
		driver.Mul{Path: "mulFloat", By: value(`1.1`)},
		driver.Min{Path: "min", Value: value(`"a"`)},
		driver.Max{Path: "max", Value: value(`2.5`)},
		driver.CurrentDate{Path: "date"},
		driver.Bit{Path: "bit", Do: driver.BitXor, With: -1},
		driver.Push{Path: "push", Each: some},
		driver.Push{Path: "pushed", Each: some, Position: new(1), Slice: new(-3)},
		driver.Pop{Path: "pop"},
		driver.Pop{Path: "popFirst", First: true},
		driver.Pull{Path: "pull", Where: []driver.Condition{{Is: driver.Eq, Value: value(`2.0`)}}},
		driver.PullAll{Path: "pullAll", Values: some},
		driver.AddToSet{Path: "set2", Each: some},
	}
}

// NestedOps are operators on fields of objects. They can be in one update with CommonOps.
func NestedOps() []driver.Op {
	return []driver.Op{
		driver.Set{Path: "in.set", Value: value(`"x"`)},
		driver.Unset{Path: "in.unset"},
		driver.Take{Path: "in.side.take"},
		driver.Inc{Path: "in.side.n", By: value(`1`)},
		driver.Rename{Path: "in.rename", To: "new.in.side"},
		driver.Push{Path: "in.new.list", Each: some},
	}
}

// CommonConditions are one of every kind.
func CommonConditions() []driver.Condition {
	return []driver.Condition{
		{Path: "int", Is: driver.Gt, Value: value(`9007199254740992.0`)},
		{Path: "min", Is: driver.Gte, Value: value(`"b"`)},
		{Path: "float", Is: driver.Lt, Value: value(`1`)},
		{Path: "max", Is: driver.Lte, Value: value(`1.0`)},
		{Path: "pullAll", Is: driver.Eq, Value: value(`[1,{"a":[1.0]},2]`)},
		{Path: "nothing", Is: driver.Exists, Value: value(`false`)},
	}
}

// NestedCondition is one on a field of an object.
func NestedCondition() driver.Condition {
	return driver.Condition{Path: "in.side.n", Is: driver.Eq, Value: value(`1.0`)}
}

// Number returns a random number of any size.
func Number(r *rand.Rand) driver.Value {
	switch shift := r.IntN(64); r.IntN(8) {
	case 0:
		return driver.FloatValue(math.Trunc(r.NormFloat64()*1e6) / 100)
	case 1:
		return driver.FloatValue(math.Ldexp(r.NormFloat64(), r.IntN(2000)-1000))
	case 2:
		return driver.FloatValue(math.Ldexp(1, r.IntN(2090)-1070))
	case 3:
		return driver.FloatValue(float64(int64(r.Uint64()) >> shift))
	case 4:
		return driver.FloatValue(float64(int64(r.Uint64())>>shift) / 8)
	default:
		return driver.IntValue(int64(r.Uint64()) >> shift)
	}
}
