package atomicsession

import (
	"context"
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
)

// Key is a place in the session that holds a T. Declare keys as package variables, and every use of the place is typed:
//
//	var UserID = atomicsession.NewKey[int64]("user_id")
//
// Nothing that is stored can fit some types, such as a channel, an interface with methods or a struct without exported fields. To write
// such a T is [ErrValue], and to read it is [ErrType], before the store is asked. For a method that a Key does not have, use its Path.
type Key[T any] struct{ p place }

// NewKey returns the key for a path. If the path is malformed, every use returns the error ([ErrPath]).
func NewKey[T any](path string) Key[T] {
	return Key[T]{place{path: driver.Path(path), typ: reflect.TypeFor[T]()}}
}

// Path returns the key's place without its type.
func (k Key[T]) Path() Path { return Path(k.p.path) }

func (k Key[T]) at() place { return k.p }

// Of returns the key at the same path inside another place, such as an entry or an element: Qty.Of(Cart.At("tea")) is the field "qty" of
// the entry "tea". If what is there is a struct that has no such field, by its json tags, every use is an error that matches [ErrPath].
func (k Key[T]) Of(outer Place) Key[T] { return Key[T]{k.p.of(outer)} }

// Lenient returns a key for the same place. To this key a value that does not fit a T is absent: reading returns false instead of
// [ErrType], and the log tells of it. Use it for what may be lost when a new version of the program has changed the type, such as flash
// messages. Without it, what a visitor's session still holds in the old form is an error of every request, until somebody removes it.
func (k Key[T]) Lenient() Key[T] {
	k.p.lenient = true
	return k
}

// Get returns the value; ok is false if there is none. If what is there does not fit, the error is a [*TypeError]: a number fits if T can
// hold it exactly. Fields of structs are found by their json tags, as [encoding/json] does it. A type with an UnmarshalJSON or
// UnmarshalText of its own reads itself. Get loads the session unless this request has loaded it or changed the field.
func (k Key[T]) Get(ctx context.Context, s *Session) (v T, ok bool, err error) {
	ok, err = k.p.get(ctx, s, &v)
	return v, ok, err
}

// Into makes [Session.Read] put the value where v points to.
func (k Key[T]) Into(v *T) Into { return Into{place: k.p, into: v} }

// Take removes the value and returns it, together with more changes in one atomic step; see [Path.Take]. If the value is no T, the error
// is a [*TypeError], which holds it. The value has been removed and the other changes have been made all the same.
func (k Key[T]) Take(ctx context.Context, s *Session, more ...Change) (v T, ok bool, err error) {
	ok, err = k.p.take(ctx, s, "take", k.p.takeOut(), &v, more)
	return v, ok, err
}

// Swap sets the value and returns the one that was there before, together with more changes in one atomic step; see [Path.Swap]. If the
// old value is no T, the error is a [*TypeError], which holds it, and the changes have been made, as with Take.
func (k Key[T]) Swap(ctx context.Context, s *Session, v T, more ...Change) (old T, ok bool, err error) {
	ok, err = k.p.take(ctx, s, "swap", k.p.swap(v), &old, more)
	return old, ok, err
}

// Set returns the change that sets the value: see [Path.Set].
func (k Key[T]) Set(v T) Change { return k.p.set(v) }

// SetIfAbsent returns the change that sets the value if there is none.
func (k Key[T]) SetIfAbsent(v T) Change { return k.p.setIfAbsent(v) }

// Unset returns the change that removes the value.
func (k Key[T]) Unset() Change { return k.p.unset() }

// Min returns the change that sets the value if v is less than it, or if there is none.
func (k Key[T]) Min(v T) Change { return k.p.min(v) }

// Max returns the change that sets the value if v is greater than it, or if there is none.
func (k Key[T]) Max(v T) Change { return k.p.max(v) }

// Exists returns the condition that there is a value.
func (k Key[T]) Exists() Condition { return k.p.exists(true) }

// Absent returns the condition that there is no value.
func (k Key[T]) Absent() Condition { return k.p.exists(false) }

// Eq returns the condition that the value equals v.
func (k Key[T]) Eq(v T) Condition { return k.p.compare(driver.Eq, v) }

// Ne returns the condition that the value does not equal v, or that there is none.
func (k Key[T]) Ne(v T) Condition { return k.p.compare(driver.Ne, v) }

// Gt returns the condition that the value is greater than v.
func (k Key[T]) Gt(v T) Condition { return k.p.compare(driver.Gt, v) }

// Gte returns the condition that the value is greater than v, or equals it.
func (k Key[T]) Gte(v T) Condition { return k.p.compare(driver.Gte, v) }

// Lt returns the condition that the value is less than v.
func (k Key[T]) Lt(v T) Condition { return k.p.compare(driver.Lt, v) }

// Lte returns the condition that the value is less than v, or equals it.
func (k Key[T]) Lte(v T) Condition { return k.p.compare(driver.Lte, v) }

// In returns the condition that the value equals one of vs.
func (k Key[T]) In(vs ...T) Condition { return k.p.among(driver.In, anys(vs)) }

// Nin returns the condition that the value equals none of vs, or that there is none.
func (k Key[T]) Nin(vs ...T) Condition { return k.p.among(driver.Nin, anys(vs)) }
