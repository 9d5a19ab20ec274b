package govalue

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// native returns v as the Go value that says the same.
func native(v driver.Value) any {
	switch v.Kind() {
	case driver.Bool:
		return v.Bool()
	case driver.Int:
		return v.Int()
	case driver.Float:
		return v.Float()
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
			elems[i] = native(e)
		}
		return elems
	case driver.Object:
		fields := make(map[string]any, v.Doc().Len())
		for name, value := range v.Doc().All() {
			fields[name] = native(value)
		}
		return fields
	}
	return nil
}

// appendJSON appends v as encoding/json would have written it: times and bytes are strings. But HTML is not escaped, and whole
// numbers are written without an exponent, which types of integers do not read, where that does not make another number of them.
func appendJSON(b []byte, v driver.Value) []byte {
	switch v.Kind() {
	case driver.Missing:
		return append(b, "null"...)
	case driver.Float:
		f := v.Float()
		if size := math.Abs(f); f == math.Trunc(f) && (size < 1<<53 || size >= 1<<63) { // between them it would be another Int
			return strconv.AppendFloat(b, f, 'f', -1, 64)
		}
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	case driver.Bytes:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, '"')
	case driver.Time:
		b = append(b, '"')
		b = v.Time().AppendFormat(b, time.RFC3339Nano)
		return append(b, '"')
	case driver.JSON:
		return append(b, v.JSON()...)
	case driver.Array:
		b = append(b, '[')
		for i, e := range v.Elems() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case driver.Object:
		b = append(b, '{')
		for i := range v.Doc().Len() {
			if i > 0 {
				b = append(b, ',')
			}
			f := v.Doc().At(i)
			b = append(driver.StringValue(f.Name).AppendTo(b), ':')
			b = appendJSON(b, f.Value)
		}
		return append(b, '}')
	}
	return v.AppendTo(b) // null, a boolean, an integer or a string, whose text form is its JSON
}

// opened returns what v, of kind JSON, says: an object even if no path could reach its names. A number that no other kind can hold
// stays as it is.
func opened(v driver.Value) (driver.Value, error) {
	plain, err := driver.ParseJSON(v.JSON())
	if err != nil || plain.Kind() != driver.JSON || isNumber(plain) {
		return plain, err
	}
	var texts map[string]json.RawMessage
	if err := json.Unmarshal([]byte(plain.JSON()), &texts); err != nil {
		return plain, err
	}
	fields := make([]driver.Field, 0, len(texts))
	for name, text := range texts {
		value, err := driver.ParseJSON(string(text))
		if err != nil {
			return plain, err
		}
		fields = append(fields, driver.Field{Name: name, Value: value})
	}
	doc, err := driver.NewDoc(fields...)
	return driver.ObjectValue(doc), err
}

// isNumber reports whether v is a number, be it one that only its JSON can hold.
func isNumber(v driver.Value) bool {
	text := v.JSON()
	return v.IsNumber() || text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9')
}
