package atomicsession

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

// maxEncodeDepth ends the recursion on cyclic values. No valid document is that deep.
const maxEncodeDepth = 200

// encode turns a Go value into one that sessions store. It follows encoding/json, but keeps what JSON would lose: times
// and bytes stay what they are, and so does the difference between integers and floats.
func encode(v any) (driver.Value, error) {
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
		if v == nil {
			return driver.NullValue, nil
		}
		return driver.BytesValue(v), nil
	}
	return encodeValue(reflect.ValueOf(v), 0)
}

func encodeValue(v reflect.Value, depth int) (driver.Value, error) {
	if depth > maxEncodeDepth {
		return driver.Value{}, fmt.Errorf("%w: nested too deeply, or cyclic", ErrValue)
	}
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return driver.NullValue, nil
	}
	if v.CanInterface() { // not an embedded struct of an unexported type
		if value, ok, err := encodeSpecial(v); ok {
			return value, err
		}
	}
	if (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.IsNil() {
		return driver.NullValue, nil
	}
	switch v.Kind() {
	case reflect.Bool:
		return driver.BoolValue(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return driver.IntValue(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return driver.Value{}, fmt.Errorf("%w: unsigned integer outside the int64 range", ErrValue)
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
	return driver.Value{}, fmt.Errorf("%w: a %s cannot be stored", ErrValue, v.Type())
}

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
	case time.Time:
		return driver.TimeValue(x), true, nil
	case *time.Time:
		return driver.TimeValue(*x), true, nil
	case json.Number:
		value, err := driver.ParseValue(cmp.Or(x.String(), "0"))
		if err != nil || !value.IsNumber() {
			err = fmt.Errorf("%w: malformed json.Number", ErrValue)
		}
		return value, true, err
	case json.Marshaler:
		text, err := x.MarshalJSON()
		if err != nil {
			return driver.Value{}, true, fmt.Errorf("%w: %T: %w", ErrValue, x, err)
		}
		value, err := driver.ParseValue(string(text))
		return value, true, err
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			return driver.Value{}, true, fmt.Errorf("%w: %T: %w", ErrValue, x, err)
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
		name, err := mapKey(iter.Key())
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

// mapKey follows encoding/json: strings, types with a text form, integers.
func mapKey(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](k); ok {
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		if err != nil {
			err = fmt.Errorf("%w: key of a map: %w", ErrValue, err)
		}
		return string(text), err
	}
	switch {
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10), nil
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10), nil
	}
	return "", fmt.Errorf("%w: a map with %s keys cannot be stored", ErrValue, k.Type())
}
