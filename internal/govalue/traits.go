package govalue

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// traits is what can be known of a type without a value.
type traits struct {
	unreadable *UnsupportedError // nothing stored can ever be decoded into it; nil: something can
	unsure     bool              // a value of it may be encoded to what cannot be decoded into it
}

var knownTraits sync.Map // of traits by reflect.Type

func traitsOf(t reflect.Type) traits {
	if known, ok := knownTraits.Load(t); ok {
		return known.(traits)
	}
	tr := traits{unreadable: unreadable(t, nil), unsure: unsure(t, map[reflect.Type]bool{})}
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

// exact reports whether this package itself reads and writes t.
func exact(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[driver.Value](), reflect.TypeFor[driver.Doc](), reflect.TypeFor[json.Number]():
		return true
	}
	return false
}

// readsItself reports whether t says itself how it is decoded.
func readsItself(t reflect.Type) bool {
	return exact(t) || has(t, jsonUnmarshaler) || has(t, textUnmarshaler)
}

// unreadable returns why no value fits t, if none does. Around it are the types that t is inside of.
func unreadable(t reflect.Type, around []reflect.Type) *UnsupportedError {
	if readsItself(t) {
		return nil
	}
	for _, outer := range around {
		if outer == t {
			return nil
		}
	}
	around = append(around, t)
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer, reflect.Invalid:
		return &UnsupportedError{t, "there is no JSON for a " + t.Kind().String()}
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return &UnsupportedError{t, "which type is in the interface is not stored"}
		}
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return unreadable(t.Elem(), around)
	case reflect.Map:
		if k := t.Key(); !isKey(k) {
			return &UnsupportedError{t, "keys of type " + k.String() + " have no text"}
		}
		return unreadable(t.Elem(), around)
	case reflect.Struct:
		if len(visibleFields(t)) == 0 && t.NumField() > 0 {
			return &UnsupportedError{t, "it has no exported field"}
		}
	}
	return nil
}

func isKey(k reflect.Type) bool {
	switch k.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return reflect.PointerTo(k).Implements(textUnmarshaler)
}

// unsure reports whether there is a type within t that is written in another way than it is read, or whose values cannot all be
// read: then only a trial can tell. What an any holds is read as what it is, so nothing is asked of it.
func unsure(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || exact(t) {
		return false
	}
	seen[t] = true
	switch {
	case has(t, jsonMarshaler):
		return !has(t, jsonUnmarshaler) || promotes(t)
	case has(t, textMarshaler):
		return !has(t, textUnmarshaler) || promotes(t)
	case has(t, jsonUnmarshaler), has(t, textUnmarshaler):
		return true
	}
	switch t.Kind() {
	case reflect.Interface:
		return t.NumMethod() > 0
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return unsure(t.Elem(), seen)
	case reflect.Map:
		k := t.Key()
		return k.Kind() != reflect.String && has(k, textMarshaler) != reflect.PointerTo(k).Implements(textUnmarshaler) || unsure(t.Elem(), seen)
	case reflect.Struct:
		for _, f := range visibleFields(t) {
			if f.throughHidden || unsure(f.typ, seen) {
				return true
			}
		}
	}
	return false
}

// promotes reports whether the struct t embeds a type that could have given it its marshaler, and has more fields: the marshaler
// would know nothing of those.
func promotes(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() < 2 {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && (has(f.Type, jsonMarshaler) || has(f.Type, textMarshaler)) {
			return true
		}
	}
	return false
}

// tryDecode returns an error if v, encoded as value, is not what value is decoded to.
func tryDecode(v reflect.Value, value driver.Value) error {
	back := reflect.New(v.Type()).Elem()
	if err := decodeValue(value, back, 0); err != nil {
		return &UnsupportedError{v.Type(), "it could not be read again"}
	}
	if name := lostField(v, back); name != "" {
		return &UnsupportedError{v.Type(), "the marshaler of a type that it embeds leaves out field " + name}
	}
	return nil
}

// lostField returns the name of a field that has a value in v, and none in back.
func lostField(v, back reflect.Value) string {
	for v.Kind() == reflect.Pointer && !v.IsNil() && !back.IsNil() {
		v, back = v.Elem(), back.Elem()
	}
	if v.Kind() != reflect.Struct || !promotes(v.Type()) {
		return ""
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.IsExported() && f.Tag.Get("json") != "-" && !v.Field(i).IsZero() && back.Field(i).IsZero() {
			return f.Name
		}
	}
	return ""
}
