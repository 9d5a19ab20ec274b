package atomicsession

import (
	"context"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// Key is a place in the session that holds a T. Declare keys as package variables, and every use of the place is typed:
//
//	var UserID = atomicsession.NewKey[int64]("user_id")
//
// A T that nothing stored can fit, such as a channel, an interface with methods or a struct without exported fields, is [ErrValue]
// when it is written and [ErrType] when it is read, before the store is asked.
type Key[T any] struct {
	path    string
	lenient bool
}

// NewKey returns the key for a path. A malformed path is the error ([ErrPath]) of every use.
func NewKey[T any](path string) Key[T] { return Key[T]{path: path} }

// Lenient returns a key for the same place to which a value that does not fit a T counts as absent: Get and Take return false
// instead of [ErrType], and the log tells of it. It is for what may be lost when a new version of the program has changed the
// type, such as flash messages: what a visitor's session still holds in the old form would otherwise be an error of every
// request until somebody removes it.
func (k Key[T]) Lenient() Key[T] {
	k.lenient = true
	return k
}

// Path returns the key's path.
func (k Key[T]) Path() string { return k.path }

// Get returns the value; false if there is none, and a [*TypeError] if what is there is no T. It loads the session if this
// request has not loaded it or touched the field.
func (k Key[T]) Get(ctx context.Context, s *Session) (T, bool, error) {
	if err := k.readable("get"); err != nil {
		return *new(T), false, err
	}
	v, err := s.read(ctx, "get", driver.Path(k.path))
	if err != nil || !v.Exists() {
		return *new(T), false, err
	}
	return k.decode(ctx, s, "get", v)
}

// Set sets the value.
func (k Key[T]) Set(v T) Change { return k.checked("set", Set(k.path, v)) }

// SetIfAbsent sets the value if there is none.
func (k Key[T]) SetIfAbsent(v T) Change { return k.checked("setIfAbsent", SetIfAbsent(k.path, v)) }

// checked returns c, an operation that writes a T, but refuses it if it could not be read again: if T is an interface, it is not the
// value alone that decides.
func (k Key[T]) checked(name string, c Change) Change {
	if why := govalue.Unreadable[T](); why != nil {
		return refusedOp(name, k.path, why)
	}
	return c
}

// Unset removes the value.
func (k Key[T]) Unset() Change { return Unset(k.path) }

// Min sets the value if v is less than it, or if there is none.
func (k Key[T]) Min(v T) Change { return k.checked("min", Min(k.path, v)) }

// Max sets the value if v is greater than it, or if there is none.
func (k Key[T]) Max(v T) Change { return k.checked("max", Max(k.path, v)) }

// Exists holds if there is a value.
func (k Key[T]) Exists() Condition { return Exists(k.path) }

// Absent holds if there is no value.
func (k Key[T]) Absent() Condition { return Absent(k.path) }

// Eq holds if the value equals v.
func (k Key[T]) Eq(v T) Condition { return Eq(k.path, v) }

// Gt holds if the value is greater than v.
func (k Key[T]) Gt(v T) Condition { return Gt(k.path, v) }

// Gte holds if the value is greater than v, or equals it.
func (k Key[T]) Gte(v T) Condition { return Gte(k.path, v) }

// Lt holds if the value is less than v.
func (k Key[T]) Lt(v T) Condition { return Lt(k.path, v) }

// Lte holds if the value is less than v, or equals it.
func (k Key[T]) Lte(v T) Condition { return Lte(k.path, v) }

// Counter is a key for an integer that is counted.
type Counter struct{ Key[int64] }

// NewCounter returns the counter for a path.
func NewCounter(path string) Counter { return Counter{NewKey[int64](path)} }

// Inc adds n; a missing counter is 0. (To a condition it is not: see [Condition].)
func (c Counter) Inc(n int64) Change { return Inc(c.path, n) }

// Mul multiplies by n; a missing counter becomes 0.
func (c Counter) Mul(n int64) Change { return Mul(c.path, n) }

// BitAnd combines the counter bitwise with n.
func (c Counter) BitAnd(n int64) Change { return BitAnd(c.path, n) }

// BitOr combines the counter bitwise with n.
func (c Counter) BitOr(n int64) Change { return BitOr(c.path, n) }

// BitXor combines the counter bitwise with n.
func (c Counter) BitXor(n int64) Change { return BitXor(c.path, n) }

// List is a key for an array of T.
type List[T any] struct{ Key[[]T] }

// NewList returns the list for a path.
func NewList[T any](path string) List[T] { return List[T]{NewKey[[]T](path)} }

// Lenient returns a list for the same place as [Key.Lenient] does.
func (l List[T]) Lenient() List[T] { return List[T]{l.Key.Lenient()} }

// Push appends the values; a missing list is empty.
func (l List[T]) Push(vs ...T) Change { return Push(l.path, vs...) }

// PushWith inserts the values, then sorts and slices the list; see [PushWith].
func (l List[T]) PushWith(o PushOptions, vs ...T) Change { return PushWith(l.path, o, vs...) }

// Pop removes the last element.
func (l List[T]) Pop() Change { return Pop(l.path) }

// PopFirst removes the first element.
func (l List[T]) PopFirst() Change { return PopFirst(l.path) }

// Pull removes the elements that meet all conditions; see [Pull].
func (l List[T]) Pull(where ...Condition) Change { return Pull(l.path, where...) }

// PullAll removes the elements that equal one of the values.
func (l List[T]) PullAll(vs ...T) Change { return PullAll(l.path, vs...) }

// AddToSet appends those of the values that the list does not hold yet.
func (l List[T]) AddToSet(vs ...T) Change { return AddToSet(l.path, vs...) }

// Get returns the value at path as a T; false if there is none, and a [*TypeError] if it does not fit: a number fits if T can hold
// it exactly. Fields of structs are found by their json tags, as [encoding/json] does it, and types with an UnmarshalJSON or
// UnmarshalText of their own are left to it. An any gets the values as they are (see [Session.Get]). A T that nothing stored can
// fit, such as a channel or a struct without exported fields, is [ErrType] before the store is asked.
func Get[T any](ctx context.Context, s *Session, path string) (T, bool, error) {
	return NewKey[T](path).Get(ctx, s)
}

// Get returns the value at path; false if there is none. It is nil, a bool, an int64, a float64, a string, a []byte, a
// [time.Time], a []any, a map[string]any or, of a [JSON], an [encoding/json.RawMessage].
func (s *Session) Get(ctx context.Context, path string) (any, bool, error) {
	return Get[any](ctx, s, path)
}
