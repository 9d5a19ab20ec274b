package atomicsession

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// decode turns a stored value into a T, or says that it does not fit. Numbers fit if T can hold them exactly. What it
// returns with an error means nothing.
func decode[T any](v driver.Value) (t T, err error) {
	switch p := any(&t).(type) {
	case *any:
		*p = native(v)
		return t, nil
	case *driver.Value:
		*p = v
		return t, nil
	case *string:
		*p = v.Str()
		return t, expect[T](v, v.Kind() == driver.String)
	case *bool:
		*p = v.Bool()
		return t, expect[T](v, v.Kind() == driver.Bool)
	case *int64:
		*p = v.Int() + int64(v.Float())
		return t, expect[T](v, driver.Equal(v, driver.IntValue(*p)))
	case *int:
		*p = int(v.Int() + int64(v.Float()))
		return t, expect[T](v, driver.Equal(v, driver.IntValue(int64(*p))))
	case *float64:
		*p = v.Float() + float64(v.Int())
		return t, expect[T](v, driver.Equal(v, driver.FloatValue(*p)))
	case *time.Time:
		*p = v.Time()
		return t, expect[T](v, v.Kind() == driver.Time)
	case *[]byte:
		*p = v.Bytes()
		return t, expect[T](v, v.Kind() == driver.Bytes || v.Kind() == driver.Null)
	case *[]any:
		*p, _ = native(v).([]any)
		return t, expect[T](v, v.Kind() == driver.Array || v.Kind() == driver.Null)
	case *map[string]any:
		*p, _ = native(v).(map[string]any)
		return t, expect[T](v, v.Kind() == driver.Object || v.Kind() == driver.Null)
	}
	text, err := plainJSON(v)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil || v.Kind() == driver.Null && !holdsNil[T]() { // encoding/json takes null for anything
		return t, expect[T](v, false)
	}
	return t, nil
}

func holdsNil[T any]() bool {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return true
	}
	return false
}

// expect returns the error of a stored value that does not fit.
func expect[T any](v driver.Value, fits bool) error {
	if fits {
		return nil
	}
	return fmt.Errorf("%w: a stored %s does not fit type %s", ErrType, v.Kind(), reflect.TypeFor[T]())
}

// native returns v as the Go value that says the same.
func native(v driver.Value) any {
	return convert(v, func(f float64) any { return f })
}

// plainJSON returns v as encoding/json would have written it: times and bytes are strings there. But whole numbers have all
// their digits, of which encoding/json keeps seventeen, so that an integer decoded from them is the same number.
func plainJSON(v driver.Value) ([]byte, error) {
	return json.Marshal(convert(v, func(f float64) any {
		if f == math.Trunc(f) && math.Abs(f) < 1e21 {
			return json.Number(strconv.FormatFloat(f, 'f', 0, 64))
		}
		return f
	}))
}

// convert is native with a choice of what floats become.
func convert(v driver.Value, float func(float64) any) any {
	switch v.Kind() {
	case driver.Bool:
		return v.Bool()
	case driver.Int:
		return v.Int()
	case driver.Float:
		return float(v.Float())
	case driver.String:
		return v.Str()
	case driver.Bytes:
		return v.Bytes()
	case driver.Time:
		return v.Time()
	case driver.Array:
		elems := make([]any, len(v.Elems()))
		for i, e := range v.Elems() {
			elems[i] = convert(e, float)
		}
		return elems
	case driver.Object:
		fields := make(map[string]any, v.Doc().Len())
		for name, value := range v.Doc().All() {
			fields[name] = convert(value, float)
		}
		return fields
	}
	return nil
}
