package driver

import (
	"iter"
	"slices"
)

// Op is one operation of an [Update]: one of the types of this file. They mean what MongoDB's update operators of the
// same name mean (https://www.mongodb.com/docs/manual/reference/operator/update/); where that leaves a choice, the
// comment says what is chosen here. [Eval] is the exact meaning.
//
// Four rules hold for all that write. A missing field, and missing objects on the way to it, are created. A path that
// leads through a value that is neither object nor array is [ErrPath], and so is a name where an array needs an index.
// Setting an element beyond the end of an array pads it with nulls. A field of the wrong kind is [ErrType].
type Op interface {
	// Name returns the operator's name: "set", "setIfAbsent", "addToSet".
	Name() string
	// Target returns the path that the operation changes.
	Target() Path
}

// Set writes the value, whatever was there.
type Set struct {
	Path  Path
	Value Value
}

// SetIfAbsent writes the value if there is none; null is a value.
type SetIfAbsent struct {
	Path  Path
	Value Value
}

// Unset removes a field and turns an array's element into null. If the path leads nowhere it does nothing.
type Unset struct{ Path Path }

// Take removes as [Unset] does and returns what was there in [Result.Taken]. It is not one of MongoDB's.
type Take struct{ Path Path }

// Rename moves a field, over the field that may be at To. If there is no such field it does nothing, and leaves To alone. Neither
// path may lead through an array: [ErrPath], unless the array ends before it (`a.9`): then nothing is there.
type Rename struct {
	Path Path
	To   Path
}

// Inc adds a number. A missing field counts as 0. Int plus Int stays Int, or is [ErrOverflow]; with a Float on either
// side the result is a Float. Where MongoDB would store an infinity it is [ErrOverflow].
type Inc struct {
	Path Path
	By   Value
}

// Mul multiplies by a number, with the rules of [Inc]. A missing field becomes 0.
type Mul struct {
	Path Path
	By   Value
}

// Min writes the value if it is less than the field's in the order of [Compare], or if there is none.
type Min struct {
	Path  Path
	Value Value
}

// Max writes the value if it is greater than the field's in the order of [Compare], or if there is none.
type Max struct {
	Path  Path
	Value Value
}

// CurrentDate writes the time of the update: the caller's now, not the store's clock.
type CurrentDate struct{ Path Path }

// Push inserts elements into an array, then sorts it, then slices it. A missing field counts as an empty array.
type Push struct {
	Path Path
	Each []Value
	// Position is where to insert: 0 is the front, a negative number counts from the end (-1: before the last
	// element), nil or a number past the end appends. Sort makes it pointless, as in MongoDB.
	Position *int
	// Slice keeps the first n elements, the last -n if n is negative, all if nil.
	Slice *int
	// Sort orders the whole array afterwards, by the first of them, where that makes no difference by the second and so on, equal
	// elements as they were; nil does not. At most [MaxInside].
	Sort []Sort
}

// Sort is an order that [Push] leaves an array in: by [Compare] of the elements, or of what By leads to inside them
// (null where it leads nowhere). An order by the elements themselves stands alone, as in MongoDB.
type Sort struct {
	By   Path
	Desc bool
}

// Pop removes the last element of an array, or the first. With a missing field or an empty array it does nothing.
type Pop struct {
	Path  Path
	First bool
}

// Pull removes the elements of an array that meet all conditions. With a missing field it does nothing.
//
// A condition with an empty path looks at the element itself; otherwise its path leads from the element, and one that is not an
// object does not match. The two do not mix. Conditions match as in a MongoDB query: comparisons hold between values of one kind
// only, an array matches also if any of its elements does, null matches a missing field, and a path that meets an array leads
// on into those of its elements that are objects, and by a number to one of them. Ne, Nin and Nor are the opposite of what Eq, In and
// Or match then.
// See https://www.mongodb.com/docs/manual/tutorial/query-arrays/.
type Pull struct {
	Path  Path
	Where []Condition
}

// PullAll removes the elements of an array that are [Equal] to any of the values. With a missing field it does nothing.
type PullAll struct {
	Path   Path
	Values []Value
}

// AddToSet appends those of the values that are not [Equal] to an element already there, nor to one just added. A missing
// field counts as an empty array.
type AddToSet struct {
	Path Path
	Each []Value
}

// Bit combines an Int field with an Int bitwise. A missing field counts as 0.
type Bit struct {
	Path Path
	Do   BitOp
	With int64
}

// BitOp is what [Bit] does.
type BitOp uint8

// The bitwise operations.
const (
	BitAnd BitOp = iota + 1
	BitOr
	BitXor
)

var bitNames = [...]string{"", "and", "or", "xor"}

func (b BitOp) String() string { return nameAt(bitNames[:], int(b)) }

// Elements applies Do to those elements of an array that meet all of Where, to every one if there are none: MongoDB's filtered
// positional operator, `$[<identifier>]` with arrayFilters, and `$[]`. The paths of Where and Do lead from the element; "" is the element
// itself. Where is as strict as [Update.If]. The paths of Do do not overlap, and their order does not matter. If no element meets Where,
// nothing changes. A missing field is [ErrPath], as in MongoDB, and one that is no array [ErrType]. An element that Do removes becomes
// null.
//
// Do may hold any operation but Take and Rename, also Elements, for arrays inside arrays, and a [Sequence]. Where and Do have at most
// [MaxInside] conditions and operations, with all inside them.
// See https://www.mongodb.com/docs/manual/reference/operator/update/positional-filtered/.
type Elements struct {
	Path  Path
	Where []Condition
	Do    []Op
}

// Sequence applies operations to one field, one after the other: each meets what those before it have left. It is all of them or
// nothing. Their paths are Path, or lead on from there. Where an [Elements] inside makes the field larger than [Limits.Size], it is
// [ErrTooLarge], or it does no harm if later operations make it smaller. It is not one of MongoDB's, where two operations of one update
// cannot have one path.
//
// Do may hold any operation but Rename, also Elements; a Sequence inside another one, however deep, is refused. It has at most
// [MaxInside] operations and conditions, with all inside them.
type Sequence struct {
	Path Path
	Do   []Op
}

// The Name and Target methods, in one place.

func (Set) Name() string         { return "set" }
func (SetIfAbsent) Name() string { return "setIfAbsent" }
func (Unset) Name() string       { return "unset" }
func (Take) Name() string        { return "take" }
func (Rename) Name() string      { return "rename" }
func (Inc) Name() string         { return "inc" }
func (Mul) Name() string         { return "mul" }
func (Min) Name() string         { return "min" }
func (Max) Name() string         { return "max" }
func (CurrentDate) Name() string { return "currentDate" }
func (Push) Name() string        { return "push" }
func (Pop) Name() string         { return "pop" }
func (Pull) Name() string        { return "pull" }
func (PullAll) Name() string     { return "pullAll" }
func (AddToSet) Name() string    { return "addToSet" }
func (Bit) Name() string         { return "bit" }
func (Elements) Name() string    { return "elements" }
func (Sequence) Name() string    { return "sequence" }

func (o Set) Target() Path         { return o.Path }
func (o SetIfAbsent) Target() Path { return o.Path }
func (o Unset) Target() Path       { return o.Path }
func (o Take) Target() Path        { return o.Path }
func (o Rename) Target() Path      { return o.Path }
func (o Inc) Target() Path         { return o.Path }
func (o Mul) Target() Path         { return o.Path }
func (o Min) Target() Path         { return o.Path }
func (o Max) Target() Path         { return o.Path }
func (o CurrentDate) Target() Path { return o.Path }
func (o Push) Target() Path        { return o.Path }
func (o Pop) Target() Path         { return o.Path }
func (o Pull) Target() Path        { return o.Path }
func (o PullAll) Target() Path     { return o.Path }
func (o AddToSet) Target() Path    { return o.Path }
func (o Bit) Target() Path         { return o.Path }
func (o Elements) Target() Path    { return o.Path }
func (o Sequence) Target() Path    { return o.Path }

// Operands iterates over the values that op, and what is inside it, writes, removes or compares with, but for the numbers of [Inc], [Mul]
// and [Bit].
func Operands(op Op) iter.Seq[Value] {
	return func(yield func(Value) bool) { yieldOperands(op, yield) }
}

func yieldOperands(op Op, yield func(Value) bool) bool {
	switch o := op.(type) {
	case Set:
		return yield(o.Value)
	case SetIfAbsent:
		return yield(o.Value)
	case Min:
		return yield(o.Value)
	case Max:
		return yield(o.Value)
	case Push:
		return yieldAll(o.Each, yield)
	case AddToSet:
		return yieldAll(o.Each, yield)
	case PullAll:
		return yieldAll(o.Values, yield)
	}
	where, do := inside(op)
	for _, c := range where {
		if !c.eachValue(yield) {
			return false
		}
	}
	return !slices.ContainsFunc(do, func(op Op) bool { return !yieldOperands(op, yield) })
}

func yieldAll(values []Value, yield func(Value) bool) bool {
	return !slices.ContainsFunc(values, func(v Value) bool { return !yield(v) })
}

// inside returns the conditions and operations that op holds.
func inside(op Op) ([]Condition, []Op) {
	switch o := op.(type) {
	case Pull:
		return o.Where, nil
	case Elements:
		return o.Where, o.Do
	case Sequence:
		return nil, o.Do
	}
	return nil, nil
}

// Targets returns the paths that op changes: one, or two for Rename.
func Targets(op Op) []Path {
	if r, ok := op.(Rename); ok {
		return []Path{r.Path, r.To}
	}
	return []Path{op.Target()}
}
