package govalue

import (
	"encoding/base64"
	"reflect"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
)

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

// unsigned is integer for an uint64, which a float may fill, and a number that only its JSON can hold.
func unsigned(v driver.Value) (uint64, bool) {
	if v.Kind() == driver.JSON {
		n, err := strconv.ParseUint(v.JSON(), 10, 64)
		return n, err == nil
	}
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
