package foreigntypes

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"
)

// same is what a session promises of the values it gives back: they are what it took, except that times are in UTC and to
// the millisecond, and that nil slices and maps are empty ones.
func same[T any](a, b T) bool {
	return sameValue(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem())
}

func sameValue(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return a.IsValid() == b.IsValid() && !a.IsValid()
	}
	if a.Type() == reflect.TypeFor[time.Time]() && a.CanInterface() {
		return a.Interface().(time.Time).UnixMilli() == b.Interface().(time.Time).UnixMilli()
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil()
		}
		return a.Kind() == reflect.Pointer && a.Pointer() == b.Pointer() || sameValue(a.Elem(), b.Elem())
	case reflect.Slice, reflect.Array:
		for i := range min(a.Len(), b.Len()) {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return a.Len() == b.Len()
	case reflect.Map:
		for iter := a.MapRange(); iter.Next(); {
			if !sameValue(iter.Value(), b.MapIndex(iter.Key())) {
				return false
			}
		}
		return a.Len() == b.Len()
	case reflect.Struct:
		for i := range a.NumField() {
			if !sameValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// byText says that values are equal whose text is.
func byText[T fmt.Stringer](a, b T) bool { return a.String() == b.String() }

// byTextOf is byText for a type whose pointer has the text.
func byTextOf[T any, P interface {
	*T
	fmt.Stringer
}](a, b T) bool {
	return P(&a).String() == P(&b).String()
}

// byJSON says that values are equal whose JSON means the same, to the last digit.
func byJSON[T any](a, b T) bool { return same(meaning(a), meaning(b)) }

func meaning(v any) any {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice && rv.Len() == 0 && rv.Type().Elem().Kind() != reflect.Uint8 {
		return []any{} // nil or not
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var x any
	if err := d.Decode(&x); err != nil {
		return err
	}
	return exact(x)
}

// exact puts into a decoded JSON value one text for all the ways to write a number.
func exact(x any) any {
	switch x := x.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(x.String())
		return r.RatString()
	case []any:
		for i := range x {
			x[i] = exact(x[i])
		}
	case map[string]any:
		for name := range x {
			x[name] = exact(x[name])
		}
	}
	return x
}
