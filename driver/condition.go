package driver

// Comparison is what a [Condition] asks of a value.
type Comparison uint8

// The comparisons. All but Exists hold only between values of one kind (Int and Float count as one), so "abc" is
// neither less nor greater than 5.
const (
	Exists Comparison = iota + 1 // Value is a Bool: whether there must be a value, null included
	Eq
	Gt
	Gte
	Lt
	Lte
)

var comparisonNames = [...]string{"", "exists", "equals", "gt", "gte", "lt", "lte"}

func (c Comparison) String() string { return nameAt(comparisonNames[:], int(c)) }

// Condition compares the value at a path with a constant. In [Update.If] the path leads where an operation's path
// would, and a path that leads nowhere meets Exists(false) alone: there is no search through arrays.
type Condition struct {
	Path  Path
	Is    Comparison
	Value Value
}

// holds reports whether v itself meets the condition.
func (c Condition) holds(v Value) bool {
	if c.Is == Exists {
		return v.Exists() == c.Value.Bool()
	}
	if !v.Exists() || bracket(v.kind) != bracket(c.Value.kind) {
		return false
	}
	switch order := Compare(v, c.Value); c.Is {
	case Eq:
		return order == 0
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
