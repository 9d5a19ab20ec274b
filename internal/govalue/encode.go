package govalue

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// maxDepth ends the recursion on cyclic values. No valid document is that deep.
const maxDepth = 200

// UnsupportedError is the error of a type that cannot be stored, or not with this value, which is a mistake in the program. It
// matches [driver.ErrValue].
type UnsupportedError struct {
	Type reflect.Type
	Why  string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%v: type %s cannot be stored: %s", driver.ErrValue, e.Type, e.Why)
}

func (e *UnsupportedError) Unwrap() error { return driver.ErrValue }

// Encode returns what is stored of v. The error matches [driver.ErrValue]. What Encode does not look at is whether strings are
// UTF-8, numbers finite, names fit for a path and times within the years 0 to 9999: see [driver.Update.Validate].
func Encode(v any) (driver.Value, error) {
	switch v := v.(type) { // what most sessions hold, without reflection
	case nil:
		return driver.NullValue, nil
	case driver.Value:
		return v, nil
	case string:
		return driver.StringValue(v), nil
	case int:
		return driver.IntValue(int64(v)), nil
	case int64:
		return driver.IntValue(v), nil
	case float64:
		return driver.FloatValue(v), nil
	case bool:
		return driver.BoolValue(v), nil
	case time.Time:
		return driver.TimeValue(v), nil
	case []byte:
		return driver.BytesValue(v), nil
	}
	rv := reflect.ValueOf(v)
	if err := traitsOf(rv.Type()).unreadable; err != nil {
		return driver.Value{}, err
	}
	return encoder{}.value(rv, 0)
}

// encoder encodes values that will be decoded into the same type. A loose one encodes what an any holds, of which the type is
// forgotten, so it need not be readable.
type encoder struct{ loose bool }

func (e encoder) value(v reflect.Value, depth int) (driver.Value, error) {
	if depth > maxDepth {
		return driver.Value{}, &UnsupportedError{v.Type(), "this value is cyclic, or deeper than any session can hold"}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return driver.NullValue, nil
		}
		return e.value(v.Elem(), depth+1)
	case reflect.Interface:
		if v.IsNil() {
			return driver.NullValue, nil
		}
		if !e.loose && v.Type().NumMethod() > 0 {
			return driver.Value{}, &UnsupportedError{v.Type(), forgotten}
		}
		return encoder{loose: true}.value(v.Elem(), depth+1)
	}
	if v.CanInterface() { // not an embedded struct of an unexported type
		if tr := traitsOf(v.Type()); tr.special() {
			return e.special(v, tr, depth)
		}
	}
	return e.kind(v, depth)
}

// kind encodes v by its kind, whatever its methods.
func (e encoder) kind(v reflect.Value, depth int) (driver.Value, error) {
	switch v.Kind() {
	case reflect.Bool:
		return driver.BoolValue(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return driver.IntValue(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return driver.Value{}, fmt.Errorf("%w: %s above the int64 range, which a json.Number or a JSON[T] keeps", driver.ErrValue, v.Type())
		}
		return driver.IntValue(int64(v.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return driver.FloatValue(v.Float()), nil
	case reflect.String:
		return driver.StringValue(v.String()), nil
	case reflect.Slice:
		if v.Type().Elem() == reflect.TypeFor[byte]() {
			return driver.BytesValue(v.Bytes()), nil
		}
		return e.elems(v, depth)
	case reflect.Array:
		return e.elems(v, depth)
	case reflect.Map:
		return e.object(v, depth)
	case reflect.Struct:
		return e.fields(v, depth)
	}
	return driver.Value{}, &UnsupportedError{v.Type(), noJSON(v.Kind())}
}

func (e encoder) elems(v reflect.Value, depth int) (driver.Value, error) {
	elems := make([]driver.Value, v.Len())
	for i := range elems {
		var err error
		if elems[i], err = e.value(v.Index(i), depth+1); err != nil {
			return driver.Value{}, err
		}
	}
	return driver.ArrayValue(elems...), nil
}

func (e encoder) object(v reflect.Value, depth int) (driver.Value, error) {
	anyName := v.Type().Implements(anyNameType)
	fields := make([]driver.Field, 0, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		name, err := e.key(iter.Key())
		if err != nil {
			return driver.Value{}, err
		}
		if anyName {
			name = EncodeName(name)
		}
		value, err := e.value(iter.Value(), depth+1)
		if err != nil {
			return driver.Value{}, err
		}
		fields = append(fields, driver.Field{Name: name, Value: value})
	}
	doc, err := driver.NewDoc(fields...)
	return driver.ObjectValue(doc), err
}

// key follows encoding/json: strings, types with a text form, integers.
func (e encoder) key(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	if k.Kind() == reflect.Pointer && k.IsNil() {
		return "", nil
	}
	name, err := keyText(k)
	if tr := traitsOf(k.Type()); err == nil && !e.loose && (tr.writes || tr.reads) {
		err = faithfulKey(k, name)
	}
	return name, err
}

func faithfulKey(k reflect.Value, name string) error {
	back := reflect.New(k.Type()).Elem()
	err := decodeMapKey(name, back)
	if err == nil {
		again, _ := keyText(back)
		if again == name {
			return nil
		}
	}
	return &UnsupportedError{k.Type(), "it does not read what is written of this key of a map"}
}

func keyText(k reflect.Value) (string, error) {
	m, ok := reflect.TypeAssert[encoding.TextMarshaler](k)
	if !ok {
		m, ok = reflect.TypeAssert[encoding.TextMarshaler](addressable(k).Addr())
	}
	switch {
	case ok:
		text, err := m.MarshalText()
		if err != nil {
			err = fmt.Errorf("%w: key of a map, %s: %w", driver.ErrValue, k.Type(), err)
		}
		return string(text), err
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10), nil
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10), nil
	}
	return "", &UnsupportedError{k.Type(), noKey}
}

func (e encoder) fields(v reflect.Value, depth int) (driver.Value, error) {
	visible := visibleFields(v.Type())
	if len(visible) == 0 && v.NumField() > 0 {
		return driver.Value{}, &UnsupportedError{v.Type(), hollow}
	}
	var fields []driver.Field
	for _, f := range visible {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitted(fv) { // the error is an embedded nil pointer
			continue
		}
		if f.throughHidden && !e.loose {
			return driver.Value{}, &UnsupportedError{v.Type(), "field " + f.name + " is behind an embedded pointer that cannot be set"}
		}
		value, err := e.value(fv, depth+1)
		if err != nil {
			return driver.Value{}, err
		}
		if !value.Exists() && fv.Kind() == reflect.Struct { // the zero driver.Value
			continue
		}
		if f.quoted {
			if value, err = quote(value); err != nil {
				return driver.Value{}, err
			}
		}
		fields = append(fields, driver.Field{Name: f.name, Value: value})
	}
	doc, err := driver.NewDoc(fields...)
	return driver.ObjectValue(doc), err
}

// quote does what the option "string" of a json tag does.
func quote(v driver.Value) (driver.Value, error) {
	if v.Kind() == driver.Null {
		return v, nil
	}
	if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
		return v, fmt.Errorf("%w: not a finite number", driver.ErrValue)
	}
	return driver.StringValue(string(appendJSON(nil, v))), nil
}
