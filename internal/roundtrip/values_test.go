package roundtrip

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var oddStrings = []string{
	"", "a", "é", "漢字😀", "\x00", "\u2028\u2029", "\ufffd", "\ufeff", "\"\\/<>&'", "line\r\nline\t", "null", "true", "1", "1.0", "{}", "[]", "$date", "a.b",
	`{"$date":"2026-01-02T03:04:05.000Z"}`, " ", strings.Repeat("long ", 50), "\u007f\u0080", "e\u0301",
}

func (g *generator) str() string {
	if g.oneIn(300) {
		return "\xff" // which is refused
	}
	return pick(g, oddStrings)
}

// name returns the name of a field of a map: now and then one that no path could reach.
func (g *generator) name() string {
	if g.oneIn(200) {
		return pick(g, []string{"", "a.b", "$inc", "\x00", "\xff"})
	}
	return pick(g, []string{"a", "b", "c", "0", "01", "-1", "A", "é", "a$", "a b", "漢", "\"", "\\", "'", "__proto__", "a/b", "ÿ", "_id", "\u2028"})
}

func (g *generator) integer(bits int) int64 {
	switch g.IntN(4) {
	case 0:
		return pick(g, []int64{0, 1, -1, 1<<(bits-1) - 1, -1 << (bits - 1)})
	case 1:
		return int64(g.IntN(256) - 128)
	}
	return int64(g.Uint64()) >> (64 - bits) >> g.IntN(bits)
}

func (g *generator) unsigned(bits int) uint64 {
	n := g.Uint64() >> (64 - bits) >> g.IntN(bits)
	if bits == 64 && !g.oneIn(100) {
		n &= math.MaxInt64 // what is above is refused
	}
	return n
}

var oddFloats = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, 1e21, 1e-7, 123456789.123456789, 1 << 53, 1<<53 + 2, 1 << 63, -1 << 63, 1e300, math.MaxFloat64,
	math.SmallestNonzeroFloat64, math.MaxFloat32, math.Pi, 5e-324, 2.5, 1e15, 1e16, 1e17, 9007199254740993,
}

func (g *generator) float() float64 {
	switch {
	case g.oneIn(300):
		return pick(g, []float64{math.NaN(), math.Inf(1), math.Inf(-1)}) // which are refused
	case g.oneIn(2):
		return pick(g, oddFloats)
	}
	for {
		if f := math.Float64frombits(g.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
}

func (g *generator) time() time.Time {
	switch g.IntN(6) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(0, 0)
	case 2:
		return time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	}
	t := time.Unix(g.Int64N(4e9), g.Int64N(1e9))
	return t.In(time.FixedZone("", (g.IntN(27)-13)*3600))
}

// value returns a random value of type t.
func (g *generator) value(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	g.fill(v, 4)
	return v
}

// fill sets v, which is zero. Depth bounds what is in an any.
func (g *generator) fill(v reflect.Value, depth int) {
	t := v.Type()
	if n, ok := namedTypes[t]; ok && n.random != nil {
		v.Set(reflect.ValueOf(n.random(g)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(g.oneIn(2))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(g.integer(t.Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(g.unsigned(t.Bits()))
	case reflect.Float32, reflect.Float64:
		f := g.float()
		for t.Bits() == 32 && math.IsInf(float64(float32(f)), 0) && !math.IsInf(f, 0) {
			f = g.float()
		}
		v.SetFloat(f)
	case reflect.String:
		v.SetString(g.str())
	case reflect.Interface:
		if x := g.native(depth); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	case reflect.Pointer:
		if !g.oneIn(4) {
			v.Set(reflect.New(t.Elem()))
			g.fill(v.Elem(), depth)
		}
	case reflect.Slice:
		if n := g.IntN(5) - 1; n >= 0 { // else nil
			v.Set(reflect.MakeSlice(t, n, n))
			g.fillElems(v, depth)
		}
	case reflect.Array:
		g.fillElems(v, depth)
	case reflect.Map:
		g.fillMap(v, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if t.Field(i).IsExported() && !g.oneIn(6) {
				g.fill(v.Field(i), depth)
			}
		}
	default:
		panic(fmt.Sprintf("no value of %s", t))
	}
}

func (g *generator) fillElems(v reflect.Value, depth int) {
	for i := range v.Len() {
		g.fill(v.Index(i), depth)
	}
}

func (g *generator) fillMap(v reflect.Value, depth int) {
	n := g.IntN(5) - 1
	if n < 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n {
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if key.Kind() == reflect.String {
			key.SetString(g.name())
		} else {
			g.fill(key, depth)
		}
		g.fill(elem, depth)
		v.SetMapIndex(key, elem)
	}
}

// native returns what an any gives back as it is.
func (g *generator) native(depth int) any {
	n := 11
	if depth == 0 {
		n = 8
	}
	switch g.IntN(n) {
	case 0:
		return nil
	case 1:
		return g.oneIn(2)
	case 2:
		return g.integer(64)
	case 3:
		return g.float()
	case 4:
		return g.str()
	case 5:
		return []byte(g.str())
	case 6:
		return g.time().UTC().Truncate(time.Millisecond)
	case 7:
		return json.RawMessage(pick(g, []string{`{"a.b":1.10}`, `{"":{"$x":null}}`, `0.12345678901234567890123`, `1e999`}))
	case 8, 9:
		elems := make([]any, g.IntN(3))
		for i := range elems {
			elems[i] = g.native(depth - 1)
		}
		return elems
	}
	fields := map[string]any{}
	for range g.IntN(3) {
		fields[g.name()] = g.native(depth - 1)
	}
	return fields
}

// stored returns a random value as a store keeps it.
func (g *generator) stored(depth int) driver.Value {
	switch x := g.native(depth).(type) {
	case nil:
		return driver.NullValue
	case bool:
		return driver.BoolValue(x)
	case int64:
		return driver.IntValue(x)
	case float64:
		return driver.FloatValue(x)
	case string:
		return driver.StringValue(x)
	case []byte:
		return driver.BytesValue(x)
	case time.Time:
		return driver.TimeValue(x)
	case json.RawMessage:
		return driver.JSONValue(string(x))
	case []any:
		elems := make([]driver.Value, len(x))
		for i := range elems {
			elems[i] = g.stored(depth - 1)
		}
		return driver.ArrayValue(elems...)
	}
	return driver.ObjectValue(g.doc(depth - 1))
}

func (g *generator) doc(depth int) driver.Doc {
	doc := driver.Doc{}
	for range g.IntN(3) {
		doc = doc.With(g.name(), g.stored(max(depth, 0)))
	}
	return doc
}
