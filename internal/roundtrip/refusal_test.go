package roundtrip

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession/driver"
)

// mayBeRefused reports whether there is something in v that is a reason to refuse it. What has none must be accepted.
func mayBeRefused(v reflect.Value) bool {
	n, isNamed := namedTypes[v.Type()]
	switch {
	case isNamed && n.doubtful != nil:
		return n.doubtful(v.Interface())
	case isNamed && n.equal != nil: // it has its own ways, and nothing against any of its values
		return false
	}
	switch v.Kind() {
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return v.Uint() > math.MaxInt64
	case reflect.Float32, reflect.Float64:
		return math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)
	case reflect.String:
		return !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return v.Kind() == reflect.Pointer && hollow(v.Type().Elem())
		}
		return mayBeRefused(v.Elem())
	case reflect.Slice, reflect.Array:
		if hollow(v.Type().Elem()) {
			return true
		}
		for i := range v.Len() {
			if mayBeRefused(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		if hollow(v.Type().Elem()) {
			return true
		}
		for iter := v.MapRange(); iter.Next(); {
			if unfit(nameOf(iter.Key())) || mayBeRefused(iter.Value()) {
				return true
			}
		}
	case reflect.Struct:
		if hollow(v.Type()) {
			return true
		}
		for _, f := range fieldsOf(v.Type()) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if unfit(name) && name != "" || mayBeRefused(v.FieldByIndex(f.Index)) && !(f.embedded && !visible(f.Type)) {
				return true
			}
		}
	}
	return false
}

// hollow reports whether values of t are inside a struct with nothing to store.
func hollow(t reflect.Type) bool {
	if _, isNamed := namedTypes[t]; isNamed {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hollow(t.Elem())
	case reflect.Struct:
		full := func(f field) bool { return !hollow(f.Type) && (!f.embedded || visible(f.Type)) }
		return t.NumField() > 0 && !slices.ContainsFunc(fieldsOf(t), full)
	}
	return false
}

// visible reports whether t, or a struct that it embeds, has a field that is stored.
func visible(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for _, f := range fieldsOf(t) {
		if !f.embedded || visible(f.Type) {
			return true
		}
	}
	return false
}

// nameOf returns the name under which a map's element is stored.
func nameOf(key reflect.Value) string {
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](key); ok && key.Kind() != reflect.String {
		text, err := m.MarshalText()
		if err != nil {
			panic(err)
		}
		return string(text)
	}
	return fmt.Sprint(key)
}

// unfit reports whether no path could reach a field of that name.
func unfit(name string) bool {
	return name == "" || name[0] == '$' || strings.ContainsAny(name, ".\x00") || !utf8.ValidString(name)
}

func unfitValue(v driver.Value) bool {
	return slices.ContainsFunc(v.Elems(), unfitValue) || math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) || !utf8.ValidString(v.Str()) || unfitDoc(v.Doc())
}

func unfitDoc(d driver.Doc) bool {
	for name, v := range d.All() {
		if unfit(name) || unfitValue(v) {
			return true
		}
	}
	return false
}

// unfitClaim reports whether encoding/json would change a value that it writes from an any and reads into one.
func unfitClaim(x any) bool {
	switch x := x.(type) {
	case int64:
		return x > 1<<53 || x < -1<<53
	case float64:
		return math.IsNaN(x) || math.IsInf(x, 0)
	case string:
		return !utf8.ValidString(x)
	case []any:
		return slices.ContainsFunc(x, unfitClaim)
	case map[string]any:
		for name, e := range x {
			if unfitClaim(name) || unfitClaim(e) {
				return true
			}
		}
	}
	return false
}
