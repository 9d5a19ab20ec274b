package govalue

import (
	"fmt"
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
)

// FieldError is the error of a path that leads nowhere in values of a type, which is a mistake in the program. It matches
// [driver.ErrPath].
type FieldError struct {
	Type  reflect.Type
	Field string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%v: type %s has no field %q", driver.ErrPath, e.Type, e.Field)
}

func (e *FieldError) Unwrap() error { return driver.ErrPath }

// Inside returns the type of what p leads to in a stored value of type t; nil if that may be anything, as it may be if t is nil. The
// error is a [*FieldError]. In a query names lead on into the elements of arrays.
func Inside(t reflect.Type, p driver.Path, query bool) (reflect.Type, error) {
	for p != "" && t != nil {
		var name string
		name, p = p.Cut()
		next, ok := child(t, name, query)
		if !ok {
			return nil, &FieldError{public(t), name}
		}
		t = next
	}
	return t, nil
}

// Elem returns the type of the elements of stored arrays of type t; nil if that may be anything.
func Elem(t reflect.Type) reflect.Type {
	if t = fixed(t); t != nil && isArray(t) {
		return t.Elem()
	}
	return nil
}

// fixed returns what t points to; nil if stored values of that may be of any form.
func fixed(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer && !endless(t) {
		t = t.Elem()
	}
	if t == nil || t.Kind() == reflect.Interface || t == reflect.TypeFor[driver.Value]() || t == reflect.TypeFor[driver.Doc]() {
		return nil
	}
	if tr := traitsOf(t); !tr.exact && (tr.writes || tr.reads) && !t.Implements(reflect.TypeFor[wholeJSON]()) {
		return nil
	}
	return t
}

func isArray(t reflect.Type) bool {
	return t.Kind() == reflect.Array || t.Kind() == reflect.Slice && t.Elem() != reflect.TypeFor[byte]()
}

// child returns the type of the part of that name of a stored value of type t, and whether there can be one.
func child(t reflect.Type, name string, query bool) (reflect.Type, bool) {
	t = fixed(t)
	switch {
	case t == nil:
		return nil, true
	case traitsOf(t).special(): // a time, a number, an opaque value
		return nil, false
	case isArray(t):
		i, isIndex := driver.Index(name)
		if !isIndex && query {
			return child(t.Elem(), name, query)
		}
		return t.Elem(), isIndex && (t.Kind() == reflect.Slice || i < t.Len())
	case t.Kind() == reflect.Map:
		return t.Elem(), decodeName(name, reflect.New(t.Key()).Elem(), t) == nil
	case t.Kind() == reflect.Struct:
		if f := fieldNamed(visibleFields(t), name); f != nil && f.name == name {
			return f.typ, true
		}
	}
	return nil, false
}
