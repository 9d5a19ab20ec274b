package roundtrip

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
)

// This is what "equal" means where the documentation says that what Set takes, Get gives back equal. It is written without a look
// at how the library does it.

// difference returns where and how got, what came back, does not equal set; "" if it does.
func difference(set, got reflect.Value) string {
	if n, ok := namedTypes[set.Type()]; ok && n.equal != nil {
		if n.equal(set.Interface(), got.Interface()) {
			return ""
		}
		return differ(set, got)
	}
	switch set.Kind() {
	case reflect.Pointer:
		if set.IsNil() || got.IsNil() {
			if got.IsNil() && isNull(set) {
				return ""
			}
			return differ(set, got)
		}
		return difference(set.Elem(), got.Elem())
	case reflect.Interface:
		if set.IsNil() || got.IsNil() {
			if set.IsNil() && got.IsNil() {
				return ""
			}
			return differ(set, got)
		}
		if set.Elem().Type() != got.Elem().Type() {
			return fmt.Sprintf(" is %s, not %s", got.Elem().Type(), set.Elem().Type())
		}
		return difference(set.Elem(), got.Elem())
	case reflect.Slice, reflect.Array:
		if set.Len() != got.Len() {
			return differ(set, got)
		}
		for i := range set.Len() {
			if d := difference(set.Index(i), got.Index(i)); d != "" {
				return "." + strconv.Itoa(i) + d
			}
		}
		return ""
	case reflect.Map:
		if set.Len() != got.Len() {
			return differ(set, got)
		}
		for iter := set.MapRange(); iter.Next(); {
			v := got.MapIndex(iter.Key())
			if !v.IsValid() {
				return fmt.Sprintf(".%v is missing", iter.Key())
			}
			if d := difference(iter.Value(), v); d != "" {
				return fmt.Sprintf(".%v%s", iter.Key(), d)
			}
		}
		return ""
	case reflect.Struct:
		for _, f := range fieldsOf(set.Type()) {
			a, b := set.FieldByIndex(f.Index), got.FieldByIndex(f.Index)
			if b.IsZero() && (f.omitZero && isZero(a) || f.embedded && a.Kind() == reflect.Pointer && nothingStored(a)) {
				continue
			}
			if d := difference(a, b); d != "" {
				return "." + f.Name + d
			}
		}
		return ""
	}
	if set.Equal(got) {
		return ""
	}
	return differ(set, got)
}

func differ(set, got reflect.Value) string { return fmt.Sprintf(": set %#v, got %#v", set, got) }

// isNull reports whether v is stored as null.
func isNull(v reflect.Value) bool {
	if n, ok := namedTypes[v.Type()]; ok && n.null != nil {
		return n.null(v.Interface())
	}
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil() || isNull(v.Elem())
	case reflect.Interface:
		return v.IsNil()
	}
	return false
}

// nothingStored reports whether v, an embedded struct or a pointer to one, adds no field to what is stored.
func nothingStored(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return true
		}
		v = v.Elem()
	}
	for _, f := range fieldsOf(v.Type()) {
		fv := v.FieldByIndex(f.Index)
		switch {
		case f.embedded && nothingStored(fv):
		case f.omitEmpty && isEmpty(fv):
		case f.omitZero && isZero(fv):
		case fv.Type() == valueType && fv.IsZero():
		default:
			return false
		}
	}
	return true
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isZero is what omitzero goes by: for a pointer to a type with an IsZero, too.
func isZero(v reflect.Value) bool {
	if z, ok := reflect.TypeAssert[interface{ IsZero() bool }](v); ok && !(v.Kind() == reflect.Pointer && v.IsNil()) {
		return z.IsZero()
	}
	return v.IsZero()
}

// sameNumber reports whether two numbers in JSON have one value.
func sameNumber(a, b string) bool {
	if a == "" {
		a = "0"
	}
	if b == "" {
		b = "0"
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}

// sameRaw reports whether two texts of JSON say the same.
func sameRaw(a, b json.RawMessage) bool {
	parse := func(text json.RawMessage) (v any) {
		d := json.NewDecoder(bytes.NewReader(orNull(text)))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return a // which equals nothing
		}
		return v
	}
	return sameTree(parse(a), parse(b))
}

// sameTree compares what encoding/json reads into an any, numbers by value.
func sameTree(a, b any) bool {
	if x, ok := asNumber(a); ok {
		y, ok := asNumber(b)
		return ok && (sameNumber(x, y) || a == float64Of(b) || b == float64Of(a))
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameTree(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			w, ok := b[name]
			if !ok || !sameTree(v, w) {
				return false
			}
		}
		return true
	case nil, bool, string:
		return a == b
	}
	return false
}

// float64Of returns the float64 that an integer is exactly; nil if x is not one.
func float64Of(x any) any {
	if i, ok := x.(int64); ok && big.NewRat(i, 1).Cmp(new(big.Rat).SetFloat64(float64(i))) == 0 {
		return float64(i)
	}
	return nil
}

// asNumber returns a number as the text that stands for it in JSON.
func asNumber(x any) (string, bool) {
	switch x := x.(type) {
	case json.Number:
		return string(x), true
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64), true
	}
	return "", false
}
