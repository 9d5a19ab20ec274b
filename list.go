package atomicsession

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
)

// List is a key for an array of T. Conditions and changes about elements are made of ordinary keys, whose paths begin at the element:
//
//	var (
//		Cart = atomicsession.NewList[Item]("cart")
//		SKU  = atomicsession.NewKey[string]("sku")
//		Qty  = atomicsession.NewCounter("qty")
//	)
//
//	err := s.Update(ctx, Cart.Where(SKU.Eq("tea")).Do(Qty.Inc(1)))
//
// If T is a struct that has no such field, by its json tags, the error matches [ErrPath].
//
// Beside its own methods it has those of a [Key] of []T: Path, Get, Into, Take, Swap, Set, SetIfAbsent, Unset, Min, Max, Exists, Absent,
// Eq, Ne, Gt, Gte, Lt, Lte, In and Nin.
type List[T any] struct{ Key[[]T] }

// NewList returns the list for a path.
func NewList[T any](path string) List[T] { return List[T]{NewKey[[]T](path)} }

// Of returns the list at the same path inside another place, as [Key.Of] does.
func (l List[T]) Of(outer Place) List[T] { return List[T]{l.Key.Of(outer)} }

// Lenient returns a lenient list for the same place: see [Key.Lenient].
func (l List[T]) Lenient() List[T] { return List[T]{l.Key.Lenient()} }

// Index returns the key for the element at an index; a negative one is [ErrPath]. If you set an element beyond the end, nulls fill the
// gap before it. If there is no list, setting an element makes an object with a field of that name, not a list.
func (l List[T]) Index(i int) Key[T] {
	name := strconv.Itoa(i)
	p := l.p.part(name, reflect.TypeFor[T]())
	if _, ok := driver.Index(name); !ok && p.err == nil {
		p.err = fmt.Errorf("%w: no index", ErrPath)
	}
	return Key[T]{p}
}

// Element returns the key for an element itself, for Where, Any and Pull: Tags.Pull(Tags.Element().Eq("old")).
func (l List[T]) Element() Key[T] { return Key[T]{place{typ: reflect.TypeFor[T](), err: l.p.err}} }

// Where returns the elements that meet all conditions; without conditions, all elements.
func (l List[T]) Where(conditions ...Condition) Elements { return l.p.where(conditions) }

// Any returns the condition that there is an element that meets all conditions. Give at least one.
func (l List[T]) Any(conditions ...Condition) Condition { return l.p.anyElement(conditions) }

// Push returns the change that appends the values; a missing list is empty.
func (l List[T]) Push(vs ...T) Change { return l.p.push(PushOptions{}, anys(vs)) }

// PushWith returns the change that inserts the values, then sorts and slices the list; see [Path.PushWith].
func (l List[T]) PushWith(o PushOptions, vs ...T) Change { return l.p.push(o, anys(vs)) }

// Pop returns the change that removes the last element.
func (l List[T]) Pop() Change { return l.p.pop(false) }

// PopFirst returns the change that removes the first element.
func (l List[T]) PopFirst() Change { return l.p.pop(true) }

// Pull returns the change that removes the elements that meet all conditions. Give at least one. They match in another way than those of
// Where and Any: see [Path.Pull].
func (l List[T]) Pull(where ...Condition) Change { return l.p.pull(where) }

// PullAll returns the change that removes the elements that equal one of the values.
func (l List[T]) PullAll(vs ...T) Change { return l.p.pullAll(anys(vs)) }

// AddToSet returns the change that appends those of the values that the list does not hold yet.
func (l List[T]) AddToSet(vs ...T) Change { return l.p.addToSet(anys(vs)) }
