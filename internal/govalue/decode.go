package govalue

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// MismatchError is the error of a stored value that does not fit a type. It matches [driver.ErrType], and what the type's own
// unmarshaler has answered, which may hold the value and so is not part of the text.
type MismatchError struct {
	Field  string // the path inside the value of the part that does not fit, "" for the value itself
	Stored driver.Kind
	Type   reflect.Type // of that part
	Cause  error        // nil if the kind is wrong
}

func (e *MismatchError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%v: a stored %s does not fit type %s", driver.ErrType, e.Stored, e.Type)
	}
	return fmt.Sprintf("%v: field %q: a stored %s does not fit type %s", driver.ErrType, e.Field, e.Stored, e.Type)
}

func (e *MismatchError) Unwrap() []error {
	if e.Cause == nil {
		return []error{driver.ErrType}
	}
	return []error{driver.ErrType, e.Cause}
}

// Readable returns an error if no stored value can ever be decoded into a T.
func Readable[T any]() error {
	switch any((*T)(nil)).(type) {
	case *any, *string, *bool, *int64, *int, *float64, *time.Time, *[]byte, *[]any, *map[string]any, *driver.Value, *driver.Doc:
		return nil
	}
	if err := traitsOf(reflect.TypeFor[T]()).unreadable; err != nil {
		return err
	}
	return nil
}

// Decode turns a stored value into a T; the error is a [*MismatchError]. Numbers fit if T can hold them exactly, or to the nearest
// float32. Null fits what can be nil, types whose UnmarshalJSON takes it, and those whose zero value is stored as null; inside
// a struct it leaves everything else at zero, as encoding/json does.
func Decode[T any](v driver.Value) (t T, err error) {
	fits := true
	switch p := any(&t).(type) {
	case *any:
		*p = native(v)
	case *driver.Value:
		*p = v
	case *string:
		*p, fits = v.Str(), v.Kind() == driver.String
	case *bool:
		*p, fits = v.Bool(), v.Kind() == driver.Bool
	case *int64:
		*p, fits = integer(v)
	case *float64:
		*p, fits = float(v)
	case *time.Time:
		*p, fits = v.Time(), v.Kind() == driver.Time
	case *[]byte:
		*p, fits = v.Bytes(), v.Kind() == driver.Bytes || v.Kind() == driver.Null
	default:
		err = decodeValue(v, reflect.ValueOf(&t).Elem(), 0)
	}
	if !fits {
		err = mismatch(v, reflect.TypeFor[T](), nil)
	}
	if err != nil {
		return *new(T), err // nothing half-decoded
	}
	return t, nil
}

func mismatch(v driver.Value, t reflect.Type, cause error) error {
	return &MismatchError{Stored: v.Kind(), Type: t, Cause: cause}
}

// integer returns a number that is whole and within the int64 range.
func integer(v driver.Value) (int64, bool) {
	n := v.Int() + int64(v.Float())
	return n, driver.Equal(v, driver.IntValue(n))
}

// float returns a number that a float64 can hold.
func float(v driver.Value) (float64, bool) {
	f := v.Float() + float64(v.Int())
	return f, driver.Equal(v, driver.FloatValue(f))
}

// decodeValue sets t, which is zero, to what v says. Depth 0 is the value that was asked for.
func decodeValue(v driver.Value, t reflect.Value, depth int) error {
	if v.Kind() == driver.Null {
		return decodeNull(v, t, depth)
	}
	if t.Kind() == reflect.Pointer {
		t.Set(reflect.New(t.Type().Elem()))
		return decodeValue(v, t.Elem(), depth)
	}
	if !t.CanInterface() { // an embedded struct of an unexported type
		return decodeKind(v, t, depth)
	}
	switch p := t.Addr().Interface().(type) {
	case *driver.Value:
		*p = v
		return nil
	case *driver.Doc:
		*p = v.Doc()
		return fit(v, t, v.Kind() == driver.Object)
	case *time.Time:
		if v.Kind() == driver.Time || depth == 0 {
			*p = v.Time()
			return fit(v, t, v.Kind() == driver.Time)
		}
		return unmarshal(v, t, p.UnmarshalJSON)
	case *json.Number:
		text, err := plainJSON(v)
		*p = json.Number(text)
		return fit(v, t, err == nil && (v.IsNumber() || v.Kind() == driver.JSON && isNumber(string(text))))
	case json.Unmarshaler:
		return unmarshal(v, t, p.UnmarshalJSON)
	case interface{ UnmarshalText([]byte) error }:
		if v.Kind() != driver.String {
			return mismatch(v, t.Type(), nil)
		}
		if err := p.UnmarshalText([]byte(v.Str())); err != nil {
			return mismatch(v, t.Type(), err)
		}
		return nil
	}
	if v.Kind() == driver.JSON && t.Kind() != reflect.Interface {
		return unmarshal(v, t, func(text []byte) error { return json.Unmarshal(text, t.Addr().Interface()) })
	}
	return decodeKind(v, t, depth)
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
	zero, err := encodeValue(t, 0)
	return fit(v, t, err == nil && zero.Kind() == driver.Null)
}

func fit(v driver.Value, t reflect.Value, fits bool) error {
	if fits {
		return nil
	}
	return mismatch(v, t.Type(), nil)
}

// unmarshal hands v to f as JSON.
func unmarshal(v driver.Value, t reflect.Value, f func([]byte) error) error {
	text, err := plainJSON(v)
	if err == nil {
		err = f(text)
	}
	if err == nil {
		return nil
	}
	m := &MismatchError{Stored: v.Kind(), Type: t.Type(), Cause: err}
	if inner, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && inner.Type != nil {
		m.Field, m.Type = inner.Field, inner.Type
	}
	return m
}

// decodeKind sets t by its kind.
func decodeKind(v driver.Value, t reflect.Value, depth int) error {
	switch t.Kind() {
	case reflect.Bool:
		t.SetBool(v.Bool())
		return fit(v, t, v.Kind() == driver.Bool)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := integer(v)
		t.SetInt(n)
		return fit(v, t, ok && t.Int() == n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, ok := unsigned(v)
		t.SetUint(n)
		return fit(v, t, ok && t.Uint() == n)
	case reflect.Float32:
		f, ok := float(v)
		t.SetFloat(f)
		return fit(v, t, ok && !t.OverflowFloat(f) && (v.Kind() == driver.Float || t.Float() == f))
	case reflect.Float64:
		f, ok := float(v)
		t.SetFloat(f)
		return fit(v, t, ok)
	case reflect.String:
		t.SetString(v.Str())
		return fit(v, t, v.Kind() == driver.String)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			t.Set(reflect.ValueOf(native(v)))
			return nil
		}
	case reflect.Slice:
		return decodeSlice(v, t, depth)
	case reflect.Array:
		if v.Kind() == driver.Array && len(v.Elems()) <= t.Len() {
			return decodeElems(v, t, depth)
		}
	case reflect.Map:
		if v.Kind() == driver.Object {
			return decodeMap(v, t, depth)
		}
	case reflect.Struct:
		if v.Kind() == driver.Object {
			return decodeStruct(v, t, depth)
		}
	}
	return mismatch(v, t.Type(), nil)
}

// unsigned is integer for an uint64, which a float may fill.
func unsigned(v driver.Value) (uint64, bool) {
	if f := v.Float(); f >= 1<<63 && f < 1<<64 {
		return uint64(f), true
	}
	n, ok := integer(v)
	return uint64(n), ok && n >= 0
}

func decodeSlice(v driver.Value, t reflect.Value, depth int) error {
	if t.Type().Elem().Kind() == reflect.Uint8 {
		switch {
		case v.Kind() == driver.Bytes:
			t.SetBytes(v.Bytes())
			return nil
		case v.Kind() == driver.String && depth > 0: // as JSON from elsewhere has it
			b, err := base64.StdEncoding.DecodeString(v.Str())
			if err != nil {
				return mismatch(v, t.Type(), err)
			}
			t.SetBytes(b)
			return nil
		}
	}
	if v.Kind() != driver.Array {
		return mismatch(v, t.Type(), nil)
	}
	n := len(v.Elems())
	t.Set(reflect.MakeSlice(t.Type(), n, n))
	return decodeElems(v, t, depth)
}

func decodeElems(v driver.Value, t reflect.Value, depth int) error {
	for i, e := range v.Elems() {
		if err := decodeValue(e, t.Index(i), depth+1); err != nil {
			return inside(strconv.Itoa(i), err)
		}
	}
	return nil
}

// inside puts the name of what a mismatch is inside of in front of its field.
func inside(name string, err error) error {
	if m, ok := errors.AsType[*MismatchError](err); ok {
		if m.Field != "" {
			name += "." + m.Field
		}
		m.Field = name
	}
	return err
}
