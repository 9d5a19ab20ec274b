package atomicsession

import (
	"context"
	"errors"

	"github.com/atomicsession/atomicsession/driver"
)

// Key is a place in the session that holds a T. Declare keys as package variables, and every use of the place is typed:
//
//	var UserID = atomicsession.NewKey[int64]("user_id")
type Key[T any] struct{ path string }

// NewKey returns the key for a path. A malformed path is the error ([ErrPath]) of every use.
func NewKey[T any](path string) Key[T] { return Key[T]{path} }

// Path returns the key's path.
func (k Key[T]) Path() string { return k.path }

// Get returns the value; false if there is none, and [ErrType] if what is there is no T. It loads the session if this
// request has not loaded it or touched the field.
func (k Key[T]) Get(ctx context.Context, s *Session) (T, bool, error) { return Get[T](ctx, s, k.path) }

// Take removes the value and returns it, together with more changes in one atomic step; see [Session.Take]. A value that
// is no T is put back by a second update, unless another request has set the place meanwhile: [ErrType]. The other changes
// stay made.
func (k Key[T]) Take(ctx context.Context, s *Session, more ...Change) (T, bool, error) {
	return takeAs[T](ctx, s, k.path, more)
}

// Set sets the value.
func (k Key[T]) Set(v T) Change { return Set(k.path, v) }

// SetIfAbsent sets the value if there is none.
func (k Key[T]) SetIfAbsent(v T) Change { return SetIfAbsent(k.path, v) }

// Unset removes the value.
func (k Key[T]) Unset() Change { return Unset(k.path) }

// Min sets the value if v is less than it, or if there is none.
func (k Key[T]) Min(v T) Change { return Min(k.path, v) }

// Max sets the value if v is greater than it, or if there is none.
func (k Key[T]) Max(v T) Change { return Max(k.path, v) }

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

// Set sets the list. Nil is an empty list, so that values can be pushed onto it.
func (l List[T]) Set(vs []T) Change { return l.Key.Set(notNil(vs)) }

// SetIfAbsent sets the list if there is none, with nil as an empty list.
func (l List[T]) SetIfAbsent(vs []T) Change { return l.Key.SetIfAbsent(notNil(vs)) }

func notNil[T any](vs []T) []T {
	if vs == nil {
		return []T{}
	}
	return vs
}

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

// Get returns the value at path as a T; false if there is none, and [ErrType] if it does not fit a T: a number fits if T can
// hold it exactly. Any T that [encoding/json] can decode into will do; within it that package's rules hold, by which an any
// gets numbers as float64 and times as text. A T of any, []any or map[string]any gets the values as they are (see
// [Session.Get]).
func Get[T any](ctx context.Context, s *Session, path string) (t T, ok bool, err error) {
	v, err := s.read(ctx, "get", driver.Path(path))
	if err != nil || !v.Exists() {
		return t, false, err
	}
	return decodeAt[T]("get", path, v)
}

// Get returns the value at path; false if there is none. It is nil, a bool, an int64, a float64, a string, a []byte, a
// [time.Time], a []any or a map[string]any.
func (s *Session) Get(ctx context.Context, path string) (any, bool, error) {
	return Get[any](ctx, s, path)
}

func takeAs[T any](ctx context.Context, s *Session, path string, more []Change) (t T, ok bool, err error) {
	take := Change{op: driver.Take{Path: driver.Path(path)}}
	res, err := s.update(ctx, "take", append([]Change{take}, more...))
	if err != nil || !res.Taken[0].Exists() {
		return t, false, err
	}
	t, ok, err = decodeAt[T]("take", path, res.Taken[0])
	if err != nil { // the caller did not get it: put it back
		back := []Change{SetIfAbsent(path, res.Taken[0])}
		if res.Fields.Lookup(driver.Path(path)).Exists() { // Take leaves null in place of an element
			back = []Change{If(Eq(path, nil)), Set(path, res.Taken[0])}
		}
		err = errors.Join(err, s.Update(ctx, back...))
	}
	return t, ok, err
}

func decodeAt[T any](op, path string, v driver.Value) (t T, ok bool, err error) {
	decoded, err := decode[T](v)
	if err != nil {
		return t, false, &Error{op, &driver.OpError{Op: op, Path: driver.Path(path), Err: err}}
	}
	return decoded, true, nil
}
