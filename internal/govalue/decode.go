package govalue

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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
	switch {
	case errors.Is(e.Cause, errName):
		return fmt.Sprintf("%v: field %q: %v", driver.ErrType, e.Field, errName)
	case e.Field == "":
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

// Unreadable returns why no stored value can ever be decoded into a t, nil if one can.
func Unreadable(t reflect.Type) *UnsupportedError { return traitsOf(t).unreadable }

// Decode sets what into points to to what a stored value says; on an error, a [*MismatchError], it leaves that as it is. Numbers fit if
// the type can hold them exactly, or to the nearest float32. Null fits what can be nil, types whose UnmarshalJSON takes it, and those
// whose zero value is stored as null; inside a struct it leaves everything else at zero, as encoding/json does. A value of kind JSON fits
// what its JSON fits.
func Decode(v driver.Value, into any) error {
	switch p := into.(type) { // without reflection
	case *any:
		*p = native(v)
		return nil
	case *driver.Value:
		*p = v
		return nil
	case *string:
		if v.Kind() == driver.String {
			*p = v.Str()
			return nil
		}
	case *bool:
		if v.Kind() == driver.Bool {
			*p = v.Bool()
			return nil
		}
	case *int64:
		if n, fits := integer(v); fits {
			*p = n
			return nil
		}
	case *float64:
		if f, fits := float(v); fits {
			*p = f
			return nil
		}
	case *time.Time:
		if v.Kind() == driver.Time {
			*p = v.Time()
			return nil
		}
	case *[]byte:
		if v.Kind() == driver.Bytes {
			*p = v.Bytes()
			return nil
		}
	}
	t := reflect.ValueOf(into).Elem()
	decoded := reflect.New(t.Type()).Elem()
	if err := decodeValue(v, decoded, 0); err != nil {
		return err
	}
	t.Set(decoded)
	return nil
}

func mismatch(v driver.Value, t reflect.Type, cause error) error {
	return &MismatchError{Stored: v.Kind(), Type: public(t), Cause: cause}
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

// decodeValue sets t, which is settable and zero, to what v says. Depth 0 is the value that was asked for.
func decodeValue(v driver.Value, t reflect.Value, depth int) error {
	if v.Kind() == driver.JSON && !takesJSON(t.Type()) {
		inside, err := opened(v)
		if err != nil {
			return mismatch(v, t.Type(), err)
		}
		v = inside
	}
	if v.Kind() == driver.Null {
		return decodeNull(v, t, depth)
	}
	if t.Kind() == reflect.Pointer {
		if endless(t.Type()) {
			return mismatch(v, t.Type(), nil)
		}
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
	case json.Unmarshaler:
		return unmarshal(v, t, p.UnmarshalJSON)
	case *json.Number:
		*p = json.Number(appendJSON(nil, v))
		return fit(v, t, isNumber(v))
	case encoding.TextUnmarshaler:
		if v.Kind() != driver.String {
			return mismatch(v, t.Type(), nil)
		}
		if err := guarded(p.UnmarshalText, []byte(v.Str())); err != nil {
			return mismatch(v, t.Type(), err)
		}
		return nil
	}
	return decodeKind(v, t, depth)
}

func fit(v driver.Value, t reflect.Value, fits bool) error {
	if fits {
		return nil
	}
	return mismatch(v, t.Type(), nil)
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
