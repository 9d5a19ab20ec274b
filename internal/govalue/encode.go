package govalue

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// maxDepth ends the recursion on cyclic values. No valid document is that deep.
const maxDepth = 200

// UnsupportedError is the error of a type that cannot be stored, which is a mistake in the program. It matches [driver.ErrValue].
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
	value, err := encodeValue(rv, 0)
	if err == nil && traitsOf(rv.Type()).unsure {
		err = tryDecode(rv, value)
	}
	return value, err
}

func encodeValue(v reflect.Value, depth int) (driver.Value, error) {
	if depth > maxDepth {
		return driver.Value{}, fmt.Errorf("%w: nested too deeply, or cyclic", driver.ErrValue)
	}
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return driver.NullValue, nil
	}
	if v.CanInterface() { // not an embedded struct of an unexported type
		if value, ok, err := encodeSpecial(v); ok {
			return value, err
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return driver.BoolValue(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return driver.IntValue(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return driver.Value{}, fmt.Errorf("%w: unsigned integer outside the int64 range", driver.ErrValue)
		}
		return driver.IntValue(int64(v.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return driver.FloatValue(v.Float()), nil
	case reflect.String:
		return driver.StringValue(v.String()), nil
	case reflect.Pointer, reflect.Interface:
		return encodeValue(v.Elem(), depth+1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return driver.BytesValue(v.Bytes()), nil
		}
		return encodeElems(v, depth)
	case reflect.Array:
		return encodeElems(v, depth)
	case reflect.Map:
		return encodeMap(v, depth)
	case reflect.Struct:
		return encodeStruct(v, depth)
	}
	return driver.Value{}, &UnsupportedError{v.Type(), "there is no JSON for a " + v.Kind().String()}
}

// wholeJSON is a value that is stored as one of kind JSON, which is the text.
type wholeJSON interface{ StoredJSON() (string, error) }

// encodeSpecial encodes the types that say themselves how; false if v is not of one.
func encodeSpecial(v reflect.Value) (driver.Value, bool, error) {
	x := v.Interface()
	if v.CanAddr() && v.Kind() != reflect.Pointer {
		switch v.Addr().Interface().(type) {
		case json.Marshaler, encoding.TextMarshaler:
			x = v.Addr().Interface()
		}
	}
	switch x := x.(type) {
	case driver.Value:
		return x, true, nil
	case *driver.Value:
		return *x, true, nil
	case driver.Doc:
		return driver.ObjectValue(x), true, nil
	case *driver.Doc:
		return driver.ObjectValue(*x), true, nil
	case time.Time:
		return driver.TimeValue(x), true, nil
	case *time.Time:
		return driver.TimeValue(*x), true, nil
	case json.Number:
		text := cmp.Or(x.String(), "0")
		value, err := driver.ParseJSON(text)
		if err != nil || !value.IsNumber() && value.JSON() != text {
			err = fmt.Errorf("%w: malformed json.Number", driver.ErrValue)
		}
		return value, true, err
	case wholeJSON:
		text, err := x.StoredJSON()
		if err != nil {
			err = fmt.Errorf("%w: %T: %w", driver.ErrValue, x, err)
		}
		return driver.JSONValue(text), true, err
	case json.Marshaler:
		text, err := x.MarshalJSON()
		if err != nil {
			return driver.Value{}, true, fmt.Errorf("%w: %T: %w", driver.ErrValue, x, err)
		}
		value, err := driver.ParseJSON(string(text))
		return value, true, err
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			return driver.Value{}, true, fmt.Errorf("%w: %T: %w", driver.ErrValue, x, err)
		}
		return driver.StringValue(string(text)), true, nil
	}
	return driver.Value{}, false, nil
}

func encodeElems(v reflect.Value, depth int) (driver.Value, error) {
	elems := make([]driver.Value, v.Len())
	for i := range elems {
		var err error
		if elems[i], err = encodeValue(v.Index(i), depth+1); err != nil {
			return driver.Value{}, err
		}
	}
	return driver.ArrayValue(elems...), nil
}

func encodeMap(v reflect.Value, depth int) (driver.Value, error) {
	fields := make([]driver.Field, 0, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		name, err := encodeMapKey(iter.Key())
		if err != nil {
			return driver.Value{}, err
		}
		value, err := encodeValue(iter.Value(), depth+1)
		if err != nil {
			return driver.Value{}, err
		}
		fields = append(fields, driver.Field{Name: name, Value: value})
	}
	doc, err := driver.NewDoc(fields...)
	return driver.ObjectValue(doc), err
}

// encodeMapKey follows encoding/json: strings, types with a text form, integers.
func encodeMapKey(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](k); ok {
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		if err != nil {
			err = fmt.Errorf("%w: key of a map: %w", driver.ErrValue, err)
		}
		return string(text), err
	}
	switch {
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10), nil
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10), nil
	}
	return "", &UnsupportedError{k.Type(), "as the key of a map"}
}

func encodeStruct(v reflect.Value, depth int) (driver.Value, error) {
	visible := visibleFields(v.Type())
	if len(visible) == 0 && v.NumField() > 0 {
		return driver.Value{}, &UnsupportedError{v.Type(), "it has no exported field"}
	}
	var fields []driver.Field
	for _, f := range visible {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitted(fv) { // the error is an embedded nil pointer
			continue
		}
		value, err := encodeValue(fv, depth+1)
		if err != nil {
			return driver.Value{}, err
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
	text, err := plainJSON(v)
	if err != nil { // not a finite number
		return v, fmt.Errorf("%w: %w", driver.ErrValue, err)
	}
	return driver.StringValue(string(text)), nil
}
