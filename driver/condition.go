package driver

import (
	"iter"
	"slices"
)

// Comparison is what a [Condition] asks of a value.
type Comparison uint8

// The comparisons of MongoDB's query operators of the same name. Those for an order hold only between values of one kind (Int and
// Float count as one), so "abc" is neither less nor greater than 5.
// See https://www.mongodb.com/docs/manual/reference/operator/query/.
const (
	Exists Comparison = iota + 1 // Value is a Bool: whether there must be a value, null included
	Eq
	Gt
	Gte
	Lt
	Lte
	Ne  // the opposite of Eq: also of a missing field, and of a value of another kind
	In  // Value is an Array: Eq to one of its elements
	Nin // Value is an Array: the opposite of In

	// ElemMatch holds for an array with an element that meets all of Each. Paths lead from the element; "" is the element itself.
	ElemMatch
	// And, Or and Nor hold if all of Each do, at least one, or none. They have no path of their own: those of Each lead from
	// where theirs would.
	And
	Or
	Nor
)

var comparisonNames = [...]string{
	"", "exists", "equals", "gt", "gte", "lt", "lte", "ne", "in", "nin", "elemMatch", "and", "or", "nor",
}

func (c Comparison) String() string { return nameAt(comparisonNames[:], int(c)) }

// Orders reports whether c is one of Gt, Gte, Lt and Lte.
func (c Comparison) Orders() bool { return Gt <= c && c <= Lte }

// Combines reports whether c is one of And, Or and Nor.
func (c Comparison) Combines() bool { return And <= c && c <= Nor }

// Condition compares the value at a path with a constant, or combines other conditions. In [Update.If], and in what stands inside it
// or in [Elements], the path leads where an operation's path would, and one that leads nowhere meets Exists(false), Ne and Nin alone:
// there is no search through arrays, and null is not the same as nothing. In [Pull] conditions match as in a MongoDB query.
type Condition struct {
	Path  Path
	Is    Comparison
	Value Value       // of those that compare
	Each  []Condition // of ElemMatch, And, Or and Nor
}

// Paths iterates over the paths of the document that c looks at. One may come more than once.
func (c Condition) Paths() iter.Seq[Path] {
	return func(yield func(Path) bool) { c.eachPath(yield) }
}

func (c Condition) eachPath(yield func(Path) bool) bool {
	if !c.Is.Combines() {
		return yield(c.Path)
	}
	return !slices.ContainsFunc(c.Each, func(c Condition) bool { return !c.eachPath(yield) })
}

// eachValue yields the values that c and the conditions inside it compare with.
func (c Condition) eachValue(yield func(Value) bool) bool {
	return (len(c.Each) > 0 || yield(c.Value)) && !slices.ContainsFunc(c.Each, func(c Condition) bool { return !c.eachValue(yield) })
}

// path returns the first path that c looks at.
func (c Condition) path() Path {
	for c.Is.Combines() && len(c.Each) > 0 {
		c = c.Each[0]
	}
	return c.Path
}

// holds reports whether v itself meets a condition that needs no other.
func (c Condition) holds(v Value) bool {
	switch c.Is {
	case Exists:
		return v.Exists() == c.Value.Bool()
	case Eq:
		return v.Exists() && Equal(v, c.Value)
	case Ne:
		return !v.Exists() || !Equal(v, c.Value)
	}
	if !v.Exists() || bracket(v.kind) != bracket(c.Value.kind) {
		return false
	}
	switch order := Compare(v, c.Value); c.Is {
	case Gt:
		return order > 0
	case Gte:
		return order >= 0
	case Lt:
		return order < 0
	case Lte:
		return order <= 0
	}
	return false
}
