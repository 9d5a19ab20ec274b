package govalue

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

func decodeMap(v driver.Value, t reflect.Value, depth int) error {
	mt := t.Type()
	t.Set(reflect.MakeMapWithSize(mt, v.Doc().Len()))
	for name, e := range v.Doc().All() {
		key, elem := reflect.New(mt.Key()).Elem(), reflect.New(mt.Elem()).Elem()
		if err := decodeName(name, key, mt); err != nil {
			return inside(name, &MismatchError{Stored: driver.String, Type: mt.Key(), Cause: err})
		}
		if err := decodeValue(e, elem, depth+1); err != nil {
			return inside(name, err)
		}
		t.SetMapIndex(key, elem)
	}
	return nil
}

// decodeName sets key to what a stored name is in a map of type t.
func decodeName(name string, key reflect.Value, t reflect.Type) (err error) {
	if t.Implements(anyNameType) {
		if name, err = DecodeName(name); err != nil {
			return err
		}
	}
	return decodeMapKey(name, key)
}

// decodeMapKey reverses [encoder.key].
func decodeMapKey(name string, key reflect.Value) error {
	if key.Kind() == reflect.String {
		key.SetString(name)
		return nil
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](key.Addr()); ok {
		return guarded(u.UnmarshalText, []byte(name))
	}
	switch {
	case key.CanInt():
		n, err := strconv.ParseInt(name, 10, key.Type().Bits())
		key.SetInt(n)
		return err
	case key.CanUint():
		n, err := strconv.ParseUint(name, 10, key.Type().Bits())
		key.SetUint(n)
		return err
	}
	return &UnsupportedError{key.Type(), noKey}
}

func decodeStruct(v driver.Value, t reflect.Value, depth int) error {
	visible := visibleFields(t.Type())
	if len(visible) == 0 && (t.NumField() > 0 || v.Doc().Len() > 0) { // it would hold nothing of v
		return mismatch(v, t.Type(), nil)
	}
	for name, value := range v.Doc().All() {
		f := fieldNamed(visible, name)
		if f == nil || f.name != name && v.Doc().Get(f.name).Exists() {
			continue
		}
		ft, ok := settable(t, f.index)
		if !ok {
			return inside(name, mismatch(value, f.typ, nil))
		}
		if f.quoted {
			value = unquote(value, f.typ)
		}
		if err := decodeValue(value, ft, depth+1); err != nil {
			return inside(name, err)
		}
	}
	return nil
}

// fieldNamed returns the field of that name, else one whose name differs in case alone, else nil.
func fieldNamed(fields []structField, name string) *structField {
	var similar *structField
	for i := range fields {
		switch f := &fields[i]; {
		case f.name == name:
			return f
		case similar == nil && strings.EqualFold(f.name, name):
			similar = f
		}
	}
	return similar
}

// settable returns the field, with the embedded structs that lead to it; false if one of them cannot be set.
func settable(t reflect.Value, index []int) (reflect.Value, bool) {
	for i, n := range index {
		if i > 0 && t.Kind() == reflect.Pointer {
			if t.IsNil() {
				if !t.CanSet() {
					return t, false
				}
				t.Set(reflect.New(t.Type().Elem()))
			}
			t = t.Elem()
		}
		t = t.Field(n)
	}
	return t, t.CanSet() || t.Kind() == reflect.Struct // whose fields can be set
}

// unquote undoes quote, for a field of type t. What is no quoted value stays as it is: it was stored before the field had the
// option.
func unquote(v driver.Value, t reflect.Type) driver.Value {
	if v.Kind() != driver.String {
		return v
	}
	inner, err := driver.ParseJSON(v.Str())
	if err != nil {
		return v
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if inner.Kind() == driver.Int && (t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64) {
		f, _ := strconv.ParseFloat(v.Str(), 64) // of which these are the shortest digits
		return driver.FloatValue(f)
	}
	if inner.Kind() != driver.String && t.Kind() == reflect.String && !exact(t) {
		return v
	}
	return inner
}
