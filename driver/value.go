package driver

import (
	"math"
	"time"
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds, in BSON comparison order except Missing, which is no value at all.
const (
	Missing Kind = iota
	Null
	Int   // 64-bit signed
	Float // 64-bit IEEE 754, finite
	String
	Object
	Array
	Bytes
	Bool
	Time // UTC, milliseconds
	JSON // the text of any JSON value, opaque
)

var kindNames = [...]string{"missing", "null", "int", "float", "string", "object", "array", "bytes", "bool", "time", "json"}

func (k Kind) String() string { return nameAt(kindNames[:], int(k)) }

func nameAt(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "invalid"
}

// Value is one value of a session document. It is immutable, so it may be shared between goroutines and kept by a
// store without copying. The zero Value is [Missing]: what a path that leads nowhere holds.
//
// Compare values with [Compare] or [Equal], not with ==.
type Value struct {
	unprinted
	kind Kind
	num  uint64 // Bool: 0 or 1; Int: two's complement; Float: IEEE bits; Time: Unix milliseconds
	str  string // String, Bytes and JSON; an Array or Object that is not parsed: its text
	comp *compound
}

// compound is what Array and Object point to; exactly one of the two is used.
type compound struct {
	elems  []Value
	fields Doc
}

// NullValue is the value null.
var NullValue = Value{kind: Null}

// BoolValue returns a value of kind Bool.
func BoolValue(b bool) Value {
	v := Value{kind: Bool}
	if b {
		v.num = 1
	}
	return v
}

// IntValue returns a value of kind Int.
func IntValue(i int64) Value { return Value{kind: Int, num: uint64(i)} }

// FloatValue returns a value of kind Float. Negative zero becomes zero; NaN and infinities are refused by
// [Update.Validate].
func FloatValue(f float64) Value {
	if f == 0 {
		f = 0
	}
	return Value{kind: Float, num: math.Float64bits(f)}
}

// StringValue returns a value of kind String. Invalid UTF-8 is refused by [Update.Validate].
func StringValue(s string) Value { return Value{kind: String, str: s} }

// BytesValue returns a value of kind Bytes holding a copy of b.
func BytesValue(b []byte) Value { return Value{kind: Bytes, str: string(b)} }

// TimeValue returns a value of kind Time: t in UTC, rounded down to the millisecond.
func TimeValue(t time.Time) Value {
	ms := t.UnixMilli()
	if t.Unix() != time.UnixMilli(ms).Unix() { // past the range of milliseconds: no check may let it through
		ms = math.MaxInt64
	}
	return Value{kind: Time, num: uint64(ms)}
}

// JSONValue returns a value of kind JSON: text, the JSON of any one value, kept to the byte and replaced as a whole. It is for
// what no other kind can hold: numbers of any size and precision, objects whose names no path could reach. No path leads into
// it, no operator but those that replace it works on it, and it equals nothing but the same text. A text that is not JSON
// (RFC 8259) in UTF-8 is refused by [Update.Validate].
func JSONValue(text string) Value { return Value{kind: JSON, str: text} }

// ArrayValue returns a value of kind Array. It takes over elems: the caller must not change them afterwards.
func ArrayValue(elems ...Value) Value {
	return Value{kind: Array, comp: &compound{elems: elems}}
}

// ObjectValue returns a value of kind Object with the fields of d.
func ObjectValue(d Doc) Value {
	return Value{kind: Object, comp: &compound{fields: d}}
}

// Kind returns the kind of v.
func (v Value) Kind() Kind { return v.kind }

// Exists reports whether v is a value at all, null included.
func (v Value) Exists() bool { return v.kind != Missing }

// IsNumber reports whether v is of kind Int or Float.
func (v Value) IsNumber() bool { return v.kind == Int || v.kind == Float }

// Bool returns the value of kind Bool, and false for any other kind.
func (v Value) Bool() bool { return v.kind == Bool && v.num != 0 }

// Int returns the value of kind Int, and 0 for any other kind.
func (v Value) Int() int64 {
	if v.kind != Int {
		return 0
	}
	return int64(v.num)
}

// Float returns the value of kind Float, and 0 for any other kind.
func (v Value) Float() float64 {
	if v.kind != Float {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Str returns the value of kind String, and "" for any other kind.
func (v Value) Str() string {
	if v.kind != String {
		return ""
	}
	return v.str
}

// Bytes returns a copy of the value of kind Bytes, and nil for any other kind.
func (v Value) Bytes() []byte {
	if v.kind != Bytes {
		return nil
	}
	return []byte(v.str)
}

// Time returns the value of kind Time in UTC, and the zero time for any other kind.
func (v Value) Time() time.Time {
	if v.kind != Time {
		return time.Time{}
	}
	return time.UnixMilli(int64(v.num)).UTC()
}

// JSON returns the text of kind JSON, and "" for any other kind.
func (v Value) JSON() string {
	if v.kind != JSON {
		return ""
	}
	return v.str
}

// Elems returns the elements of an Array, and nil for any other kind. The caller must not change them.
func (v Value) Elems() []Value {
	if v.kind != Array {
		return nil
	}
	return v.parts().elems
}

// Doc returns the fields of an Object, and an empty document for any other kind.
func (v Value) Doc() Doc {
	if v.kind != Object {
		return Doc{}
	}
	return v.parts().fields
}

// Depth returns how many arrays and objects lie inside one another in v: 0 for a scalar, 1 for [1, 2].
func (v Value) Depth() int {
	deepest := 0
	switch v.kind {
	case Array:
		for _, e := range v.parts().elems {
			deepest = max(deepest, e.Depth())
		}
	case Object:
		for _, f := range v.parts().fields.fields {
			deepest = max(deepest, f.Value.Depth())
		}
	default:
		return 0
	}
	return deepest + 1
}
