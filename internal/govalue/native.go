package govalue

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
)

// native returns v as the Go value that says the same.
func native(v driver.Value) any {
	return convert(v, func(f float64) any { return f })
}

// plainJSON returns v as encoding/json would have written it: times and bytes are strings there. But whole numbers have all
// their digits, of which encoding/json keeps seventeen, so that an integer decoded from them is the same number.
func plainJSON(v driver.Value) ([]byte, error) {
	if v.Kind() == driver.JSON {
		return []byte(v.JSON()), nil
	}
	return json.Marshal(convert(v, func(f float64) any {
		if f == math.Trunc(f) {
			return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
		}
		return f
	}))
}

// isNumber reports whether text is one number in JSON.
func isNumber(text string) bool {
	return text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9')
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
	case driver.JSON:
		return json.RawMessage(v.JSON())
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
