package atomicsession

import (
	"context"
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// Map is a place in the session for a map from any string to a T, such as names that users choose. Whatever is in a name, it reaches no
// other entry or field. Each entry is a place of its own:
//
//	var Carts = atomicsession.NewMap[int64]("carts")
//
//	err := s.Update(ctx, Carts.At(host).Set(1))
//
// What no path could reach is stored with percent signs. In a name these become "%" and two hexadecimal digits each: a percent sign, a
// dot, a NUL, a leading dollar, bytes that are not UTF-8 and, of a name of digits alone, the first one. The empty name becomes "%". If a
// stored name is not of that form, reading the map is [ErrType]. A name is part of its entry's path, which errors and the log show. Maps
// inside a T are ordinary ones. A Map does not have the other methods of a [Key], because these would store names as they are.
type Map[T any] struct{ p place }

// NewMap returns the map for a path. If the path is malformed, every use returns the error ([ErrPath]).
func NewMap[T any](path string) Map[T] {
	return Map[T]{place{path: driver.Path(path), typ: reflect.TypeFor[entries[T]]()}}
}

// entries is what a map stores.
type entries[T any] map[string]T

// AnyName implements [govalue.AnyName].
func (entries[T]) AnyName() {}

// Path returns the map's place without its type. There, names are as they are stored.
func (m Map[T]) Path() Path { return Path(m.p.path) }

func (m Map[T]) at() place { return m.p }

// Of returns the map at the same path inside another place, as [Key.Of] does.
func (m Map[T]) Of(outer Place) Map[T] { return Map[T]{m.p.of(outer)} }

// Lenient returns a lenient map for the same place: see [Key.Lenient].
func (m Map[T]) Lenient() Map[T] {
	m.p.lenient = true
	return m
}

// At returns the key for the entry of that name, which may be any string.
func (m Map[T]) At(name string) Key[T] {
	return Key[T]{m.p.part(govalue.EncodeName(name), reflect.TypeFor[T]())}
}

// Get returns the map; ok is false if there is none. See [Key.Get].
func (m Map[T]) Get(ctx context.Context, s *Session) (v map[string]T, ok bool, err error) {
	ok, err = m.p.get(ctx, s, (*entries[T])(&v))
	return v, ok, err
}

// Into makes [Session.Read] put the map where v points to.
func (m Map[T]) Into(v *map[string]T) Into { return Into{place: m.p, into: (*entries[T])(v)} }

// Take removes the map and returns it, together with more changes in one atomic step; see [Key.Take].
func (m Map[T]) Take(ctx context.Context, s *Session, more ...Change) (v map[string]T, ok bool, err error) {
	ok, err = m.p.take(ctx, s, "take", m.p.takeOut(), (*entries[T])(&v), more)
	return v, ok, err
}

// Swap sets the map and returns the one that was there before, together with more changes in one atomic step; see [Key.Swap].
func (m Map[T]) Swap(ctx context.Context, s *Session, v map[string]T, more ...Change) (old map[string]T, ok bool, err error) {
	ok, err = m.p.take(ctx, s, "swap", m.p.swap(entries[T](v)), (*entries[T])(&old), more)
	return old, ok, err
}

// Set returns the change that sets the whole map.
func (m Map[T]) Set(v map[string]T) Change { return m.p.set(entries[T](v)) }

// Unset returns the change that removes the map.
func (m Map[T]) Unset() Change { return m.p.unset() }

// Exists returns the condition that there is a map, which may be empty.
func (m Map[T]) Exists() Condition { return m.p.exists(true) }

// Absent returns the condition that there is no map.
func (m Map[T]) Absent() Condition { return m.p.exists(false) }
