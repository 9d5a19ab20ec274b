package driver

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Compare orders any two values as BSON does: first by kind (null, numbers, string, object, array, bytes, bool, time, JSON),
// numbers by their exact value whatever their kind, strings and JSON bytewise, bytes by length first, arrays element by element,
// objects field by field (kind, then name, then value). [Missing] comes before everything.
// See https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/.
func Compare(a, b Value) int {
	if c := cmp.Compare(bracket(a.kind), bracket(b.kind)); c != 0 {
		return c
	}
	switch a.kind {
	case Int, Float:
		return compareNumbers(a, b)
	case String, JSON:
		return strings.Compare(a.str, b.str)
	case Bytes:
		return cmp.Or(cmp.Compare(len(a.str), len(b.str)), strings.Compare(a.str, b.str))
	case Bool:
		return cmp.Compare(a.num, b.num)
	case Time:
		return cmp.Compare(int64(a.num), int64(b.num))
	case Array:
		return compareArrays(a.parts().elems, b.parts().elems)
	case Object:
		return compareDocs(a.parts().fields, b.parts().fields)
	}
	return 0
}

// Equal reports whether a and b compare equal: 1 equals 1.0, and objects are equal whatever order their fields came in.
func Equal(a, b Value) bool { return Compare(a, b) == 0 }

// Identical reports whether a and b are the same value of the same kind: 1 is not identical to 1.0.
func Identical(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case Array:
		return identicalArrays(a.parts().elems, b.parts().elems)
	case Object:
		return IdenticalDocs(a.parts().fields, b.parts().fields)
	}
	return a.num == b.num && a.str == b.str
}

// IdenticalDocs reports whether a and b have the same names with [Identical] values.
func IdenticalDocs(a, b Doc) bool {
	return slices.EqualFunc(a.fields, b.fields, func(f, g Field) bool { return f.Name == g.Name && Identical(f.Value, g.Value) })
}

// bracket maps the two number kinds to one, so that numbers compare with numbers.
func bracket(k Kind) Kind {
	if k == Float {
		return Int
	}
	return k
}

func compareNumbers(a, b Value) int {
	switch {
	case a.kind == Int && b.kind == Int:
		return cmp.Compare(a.Int(), b.Int())
	case a.kind == Float && b.kind == Float:
		return cmp.Compare(a.Float(), b.Float())
	case a.kind == Int:
		return compareIntFloat(a.Int(), b.Float())
	default:
		return -compareIntFloat(b.Int(), a.Float())
	}
}

// compareIntFloat compares without rounding i: above 2^53 a float64 cannot hold every int64.
func compareIntFloat(i int64, f float64) int {
	switch {
	case f >= 1<<63:
		return -1
	case f < -1<<63, math.IsNaN(f): // NaN is no value of a document; it sorts below all numbers
		return 1
	}
	whole := math.Floor(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 || f == whole {
		return c
	}
	return -1 // i equals the whole part and f lies above it
}

// The loops are not put into Compare and Identical: most values are scalars, and the frame for them stays small.

//go:noinline
func identicalArrays(a, b []Value) bool { return slices.EqualFunc(a, b, Identical) }

//go:noinline
func compareArrays(a, b []Value) int { return slices.CompareFunc(a, b, Compare) }

//go:noinline
func compareDocs(a, b Doc) int { return slices.CompareFunc(a.fields, b.fields, compareFields) }

func compareFields(f, g Field) int {
	if c := cmp.Or(cmp.Compare(bracket(f.Value.kind), bracket(g.Value.kind)), strings.Compare(f.Name, g.Name)); c != 0 {
		return c
	}
	return Compare(f.Value, g.Value)
}
