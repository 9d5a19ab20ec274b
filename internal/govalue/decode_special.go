package govalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// takesJSON reports whether t, or what it points to, is given a value of kind JSON as it is.
func takesJSON(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer && !endless(t) {
		t = t.Elem()
	}
	return t.Kind() == reflect.Interface || has(t, jsonUnmarshaler)
}

func decodeNull(v driver.Value, t reflect.Value, depth int) error {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return nil
	}
	if t.CanInterface() {
		switch p := t.Addr().Interface().(type) {
		case *driver.Value:
			*p = v
			return nil
		case json.Unmarshaler:
			if !exact(t.Type()) {
				return unmarshal(v, t, p.UnmarshalJSON)
			}
		}
	}
	if depth > 0 || t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		return nil
	}
	zero, err := encoder{loose: true}.value(t, 0)
	return fit(v, t, err == nil && zero.Kind() == driver.Null)
}

// unmarshal hands v to f as JSON.
func unmarshal(v driver.Value, t reflect.Value, f func([]byte) error) error {
	err := guarded(f, appendJSON(nil, v))
	if err == nil {
		return nil
	}
	m := &MismatchError{Stored: v.Kind(), Type: t.Type(), Cause: err}
	if inner, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && inner.Type != nil {
		m.Field, m.Type = inner.Field, inner.Type
		if kind, ok := kindOf(inner.Value); ok && (m.Field != "" || v.Kind() == driver.JSON) {
			m.Stored = kind
		}
	}
	return m
}

// guarded calls an unmarshaler. If it panics, as some do on the zero value of their type, that is an error: the value, which Take
// may have removed, must reach the caller all the same.
func guarded(f func([]byte) error, text []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the unmarshaler panicked: %v", p)
		}
	}()
	return f(text)
}

// kindOf returns the kind of what encoding/json describes as "string", "number 1.5" and so on.
func kindOf(described string) (driver.Kind, bool) {
	what, _, _ := strings.Cut(described, " ")
	kind, ok := map[string]driver.Kind{
		"string": driver.String, "number": driver.Float, "bool": driver.Bool, "array": driver.Array, "object": driver.Object,
	}[what]
	return kind, ok
}
