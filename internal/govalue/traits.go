package govalue

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// traits is what is known of a type without a value.
type traits struct {
	unreadable *UnsupportedError // nothing stored can ever be decoded into it; nil: something can
	exact      bool              // this package itself reads and writes it
	writes     bool              // it has a marshaler, with a receiver of whatever kind
	reads      bool              // it has an unmarshaler
	promotes   bool              // the marshaler may be that of an embedded type, which knows nothing of the other fields
}

// special reports whether the type is not encoded by its kind alone.
func (tr *traits) special() bool { return tr.exact || tr.writes || tr.reads }

var knownTraits sync.Map // of *traits by reflect.Type

func traitsOf(t reflect.Type) *traits {
	if known, ok := knownTraits.Load(t); ok {
		return known.(*traits)
	}
	tr := &traits{unreadable: unreadable(t, nil), exact: exact(t), reads: reads(t), writes: writes(t)}
	tr.promotes = tr.writes && promotes(t)
	knownTraits.Store(t, tr)
	return tr
}

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// has reports whether t, or a pointer to it, implements the interface.
func has(t, iface reflect.Type) bool {
	return t.Implements(iface) || reflect.PointerTo(t).Implements(iface)
}

func writes(t reflect.Type) bool { return has(t, jsonMarshaler) || has(t, textMarshaler) }
func reads(t reflect.Type) bool  { return has(t, jsonUnmarshaler) || has(t, textUnmarshaler) }

func exact(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[driver.Value](), reflect.TypeFor[driver.Doc](), reflect.TypeFor[json.Number]():
		return true
	}
	return false
}

// Why a type is refused.
const (
	forgotten = "which type is in the interface is not stored"
	hollow    = "it has no exported field"
	noKey     = "keys of this type have no text"
)

func noJSON(k reflect.Kind) string { return "there is no JSON for a " + k.String() }

// unreadable returns why no value fits t, if none does. Around it are the types that t is inside of.
func unreadable(t reflect.Type, around []reflect.Type) *UnsupportedError {
	if slices.Contains(around, t) {
		return nil
	}
	around = append(around, t)
	switch {
	case t.Kind() == reflect.Interface:
		if t.NumMethod() > 0 {
			return &UnsupportedError{t, forgotten}
		}
		return nil
	case t.Kind() == reflect.Pointer:
		if endless(t) {
			return &UnsupportedError{t, "it points to nothing but pointers"}
		}
		return unreadable(t.Elem(), around)
	case t.Kind() == reflect.Struct && t.Implements(reflect.TypeFor[wholeJSON]()) && t.NumField() == 1:
		return unreadable(t.Field(0).Type, around)
	case exact(t) || reads(t):
		return nil
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return &UnsupportedError{t, noJSON(t.Kind())}
	case reflect.Slice, reflect.Array:
		return unreadable(t.Elem(), around)
	case reflect.Map:
		if !isKey(t.Key()) {
			return &UnsupportedError{t.Key(), noKey}
		}
		return unreadable(t.Elem(), around)
	case reflect.Struct:
		if t.NumField() == 0 {
			return nil
		}
		why := &UnsupportedError{t, hollow}
		for i, f := range visibleFields(t) { // one that something fits is enough
			err := unreadable(f.typ, around)
			if err == nil {
				return nil
			}
			if i == 0 {
				why = err
			}
		}
		return why
	}
	return nil
}

// endless reports whether the pointer type t leads to itself, or to one that does.
func endless(t reflect.Type) bool {
	for range maxDepth {
		if t = t.Elem(); t.Kind() != reflect.Pointer {
			return false
		}
	}
	return true
}

func isKey(k reflect.Type) bool {
	switch k.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return reflect.PointerTo(k).Implements(textUnmarshaler)
}

// promotes reports whether the struct t embeds a type that could have given it its marshaler, and has more fields.
func promotes(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() < 2 {
		return false
	}
	for f := range t.Fields() {
		if f.Anonymous && writes(f.Type) {
			return true
		}
	}
	return false
}
