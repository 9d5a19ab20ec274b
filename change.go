package atomicsession

import (
	"fmt"
	"io"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// Change is one part of an update: an operation, a condition ([If]), a label ([Label]) or part of a sign-in ([User],
// [Persistent], [Lifetime]). The functions of this package and the methods of a [Key] make them; there are no others. A Change is
// immutable and may be used any number of times; what is wrong with it, such as a value that cannot be stored, is the error of the
// update it is part of. A nil Change changes nothing. It does not print the value in it.
//
// The operators mean what MongoDB's update operators of the same name mean, on every store. All take dotted paths
// ("cart.items.0.qty"), create what is missing on the way, and fail without changing anything if they meet a value they
// cannot work on ([ErrType], [ErrPath], [ErrOverflow]).
type Change interface {
	add(*batch)
}

// change is every Change. It is behind a pointer, which can be compared and be a key.
type change struct {
	op driver.Op    // an operation, or
	do func(*batch) // what else it does to the update that it is part of
}

func (c *change) add(b *batch) {
	if c.do == nil {
		b.Ops = append(b.Ops, c.op)
		return
	}
	c.do(b)
}

// Format implements [fmt.Formatter].
func (*change) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session change") }

func newChange(do func(*batch)) Change { return &change{do: do} }

func operation(op driver.Op) Change { return &change{op: op} }

// refused is the Change that is the error of its update.
func refused(err error) Change { return newChange(func(b *batch) { b.err = err }) }

func refusedOp(name, path string, err error) Change {
	return refused(&driver.OpError{Op: name, Path: driver.Path(path), Err: err})
}

// encoded is an operation with the operand v. What is kept as JSON is a text, and no operand where notJSON says why.
func encoded(name, path string, v any, notJSON string, op func(driver.Path, driver.Value) driver.Op) Change {
	value, err := encode(v, notJSON)
	if err != nil {
		return refusedOp(name, path, err)
	}
	return operation(op(driver.Path(path), value))
}

const (
	noNumber = "no number that an int64 or a float64 holds"
	noOrder  = "what is kept as JSON is neither less nor greater"
)

func encode(v any, notJSON string) (driver.Value, error) {
	value, err := govalue.Encode(v)
	if err == nil && notJSON != "" && value.Kind() == driver.JSON {
		err = fmt.Errorf("%w: %s", ErrValue, notJSON)
	}
	return value, err
}

// encodedAll is encoded for an operator with a list of operands.
func encodedAll[T any](name, path string, vs []T, op func(driver.Path, []driver.Value) driver.Op) Change {
	if why := govalue.Unreadable[T](); why != nil { // as a T, though the values may fit types of their own
		return refusedOp(name, path, why)
	}
	values := make([]driver.Value, len(vs))
	for i, v := range vs {
		var err error
		if values[i], err = govalue.Encode(v); err != nil {
			return refusedOp(name, path, err)
		}
	}
	return operation(op(driver.Path(path), values))
}

// If makes the update depend on a condition: [ErrCondition], and nothing changes, unless all of its conditions hold.
func If(c Condition) Change {
	return newChange(func(b *batch) { b.If, b.err = append(b.If, c.c), c.err })
}

// Set sets the value at path, whatever was there. v is any Go value made of nil, booleans, numbers, strings, bytes, times,
// slices, maps, and structs by their json tags, as [encoding/json] writes them, its marshalers included. What Set takes, [Get]
// of the same type gives back equal. Times (in UTC, to the millisecond) and bytes stay what they are, and so do integers and
// floats. What an any holds comes back as [Session.Get] returns it.
//
// Nil slices and maps are stored empty, also inside structs, so that values can be pushed onto them and set in them; nil bytes
// are no bytes. Nil pointers and a nil [encoding/json.RawMessage] are null, and omitempty and omitzero leave a field out as ever.
// So for "equal" nil and empty are the same, and so are a nil pointer and one to what is stored as null. Fields of structs that
// encoding/json does not see, such as those without a capital, do not count.
//
// Types with a MarshalJSON or MarshalText write themselves, nil ones too, and it is what they write of a value that comes back. JSON
// that a marshaler writes, [encoding/json.RawMessage] and [encoding/json.Number] included, is stored by value: as a number if an int64
// or the shortest text of a float64 says the same (1.10 comes back as 1.1). A number with more digits, an object with a name that no
// path could reach, and one whose type needs the names in their order, are kept to the last digit as if they were in a [JSON].
//
// Refused with [ErrValue] are: a uint64 above the int64 range, since it would be no number to the operators (as a
// [encoding/json.Number] it is kept, as text); NaN and infinities; strings that are not UTF-8; times outside the years 0 to 9999;
// names that are empty, begin with "$", or contain "." or NUL (see [JSON]); and what could not be read again: channels, functions,
// interfaces with methods, structs without an exported field, and values of types that do not read what their marshaler writes.
//
// A path that users choose can lead to any field, and a dot in it to another one: keep such names under a field of their own, and
// check them.
func Set(path string, v any) Change {
	return encoded("set", path, v, "", func(p driver.Path, v driver.Value) driver.Op { return driver.Set{Path: p, Value: v} })
}

// SetIfAbsent sets the value at path if there is none; null counts as a value.
func SetIfAbsent(path string, v any) Change {
	return encoded("setIfAbsent", path, v, "", func(p driver.Path, v driver.Value) driver.Op {
		return driver.SetIfAbsent{Path: p, Value: v}
	})
}

// Unset removes a field, and turns an element of an array into null. Where there is nothing, it does nothing.
func Unset(path string) Change { return operation(driver.Unset{Path: driver.Path(path)}) }

// Rename moves a field to another path, over what is there. Where there is nothing to move, it does nothing. Neither path
// may lead through an array.
func Rename(path, to string) Change {
	return operation(driver.Rename{Path: driver.Path(path), To: driver.Path(to)})
}

// Inc adds n, an integer or a float, to a number; a missing field counts as 0. Integers add exactly or fail with
// [ErrOverflow].
func Inc(path string, n any) Change {
	return encoded("inc", path, n, noNumber, func(p driver.Path, v driver.Value) driver.Op { return driver.Inc{Path: p, By: v} })
}

// Mul multiplies a number by n, an integer or a float; a missing field becomes 0.
func Mul(path string, n any) Change {
	return encoded("mul", path, n, noNumber, func(p driver.Path, v driver.Value) driver.Op { return driver.Mul{Path: p, By: v} })
}

// Min sets the value at path if v is less than it, or if there is none. Values of different kinds compare in BSON order.
func Min(path string, v any) Change {
	return encoded("min", path, v, noOrder, func(p driver.Path, v driver.Value) driver.Op { return driver.Min{Path: p, Value: v} })
}

// Max sets the value at path if v is greater than it, or if there is none. Values of different kinds compare in BSON
// order.
func Max(path string, v any) Change {
	return encoded("max", path, v, noOrder, func(p driver.Path, v driver.Value) driver.Op { return driver.Max{Path: p, Value: v} })
}

// CurrentDate sets the value at path to the time of the update.
func CurrentDate(path string) Change { return operation(driver.CurrentDate{Path: driver.Path(path)}) }

// Push appends the values to an array; a missing field counts as an empty one.
func Push[T any](path string, vs ...T) Change { return PushWith(path, PushOptions{}, vs...) }

// PushOptions say where [PushWith] inserts, and what becomes of the array then.
type PushOptions struct {
	// Position is the index to insert at; a negative one counts from the end. Nil appends.
	Position *int
	// Slice keeps the first n elements, or the last -n if negative. Nil keeps all.
	Slice *int
	// Sort sorts the whole array, before it is sliced.
	Sort SortOrder
	// SortBy makes Sort order objects by what this path leads to inside them, instead of by the objects themselves.
	SortBy string
}

// SortOrder is the direction of a sort, with the values that MongoDB uses; zero is none.
type SortOrder int

// The orders.
const (
	Ascending  SortOrder = 1
	Descending SortOrder = -1
)

// PushWith inserts the values into an array, then sorts it, then slices it, as the options say; a missing field counts as
// an empty array. With no values it just sorts and slices.
func PushWith[T any](path string, o PushOptions, vs ...T) Change {
	if o.SortBy != "" && o.Sort == 0 {
		return refusedOp("push", path, fmt.Errorf("%w: SortBy without Sort", ErrValue))
	}
	if o.Position != nil {
		o.Position = new(*o.Position) // the caller may go on using his
	}
	if o.Slice != nil {
		o.Slice = new(*o.Slice)
	}
	return encodedAll("push", path, vs, func(p driver.Path, vs []driver.Value) driver.Op {
		push := driver.Push{Path: p, Each: vs, Position: o.Position, Slice: o.Slice}
		if o.Sort != 0 {
			push.Sort = []driver.Sort{{By: driver.Path(o.SortBy), Desc: o.Sort < 0}}
		}
		return push
	})
}

// Pop removes the last element of an array, if there is one.
func Pop(path string) Change { return operation(driver.Pop{Path: driver.Path(path)}) }

// PopFirst removes the first element of an array, if there is one.
func PopFirst(path string) Change {
	return operation(driver.Pop{Path: driver.Path(path), First: true})
}

// Pull removes the elements of an array that meet all conditions. A condition's path is the name of a field of the
// elements, or "" for the element itself. They match as in a MongoDB query: a field that holds an array matches also if
// any of its elements does, and null matches a missing field.
func Pull(path string, where ...Condition) Change {
	pull := driver.Pull{Path: driver.Path(path)}
	for _, c := range where {
		if c.err != nil {
			return refused(c.err)
		}
		pull.Where = append(pull.Where, c.c)
	}
	return operation(pull)
}

// PullAll removes the elements of an array that equal one of the values.
func PullAll[T any](path string, vs ...T) Change {
	return encodedAll("pullAll", path, vs, func(p driver.Path, vs []driver.Value) driver.Op {
		return driver.PullAll{Path: p, Values: vs}
	})
}

// AddToSet appends to an array those of the values that it does not hold yet; a missing field counts as an empty array.
func AddToSet[T any](path string, vs ...T) Change {
	return encodedAll("addToSet", path, vs, func(p driver.Path, vs []driver.Value) driver.Op {
		return driver.AddToSet{Path: p, Each: vs}
	})
}

// BitAnd combines an integer bitwise with n; a missing field counts as 0.
func BitAnd(path string, n int64) Change { return bit(path, driver.BitAnd, n) }

// BitOr combines an integer bitwise with n; a missing field counts as 0.
func BitOr(path string, n int64) Change { return bit(path, driver.BitOr, n) }

// BitXor combines an integer bitwise with n; a missing field counts as 0.
func BitXor(path string, n int64) Change { return bit(path, driver.BitXor, n) }

func bit(path string, do driver.BitOp, n int64) Change {
	return operation(driver.Bit{Path: driver.Path(path), Do: do, With: n})
}
