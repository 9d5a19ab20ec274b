package govalue

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// A value of kind JSON fits what its JSON fits, by the same rules as any other value.
func TestDecodeJSON(t *testing.T) {
	type address struct {
		Street string `json:"address.street"`
		Number int    `json:"address.number"`
	}
	for _, c := range []struct {
		text string
		want any
		fits bool
	}{
		{`"x"`, "x", true},
		{`5`, int64(5), true},
		{`5`, 5, true},
		{`5`, int8(5), true},
		{`300`, int8(0), false},
		{`5`, 5.0, true},
		{`5`, float32(5), true},
		{`true`, true, true},
		{`null`, (*int)(nil), true},
		{`null`, 0, false},
		{`null`, []int(nil), true},
		{` 5 `, 5, true},
		{`5`, json.Number("5"), true},
		{`0.12345678901234567890123`, json.Number("0.12345678901234567890123"), true},
		{`0.12345678901234567890123`, 0.0, false}, // it would be another number
		{`0.12345678901234567890123`, float32(0), false},
		{`12345678901234567890`, uint64(12345678901234567890), true},
		{`12345678901234567890`, int64(0), false},
		{`12345678901234567890`, uint32(0), false},
		{`12345678901234567890`, *number("12345678901234567890"), true},
		{`12345678901234567890`, "", false},
		{`"2026-01-02T03:04:05.678Z"`, time.Time{}, false}, // a text is no time here
		{`["2026-01-02T03:04:05.678Z"]`, []time.Time{moment}, true},
		{`["AQ=="]`, [][]byte{{1}}, true},
		{`"2026-01-02"`, day{2026, 1, 2}, true},
		{`[1,2.5]`, []any{int64(1), 2.5}, true},
		{`{"a":1}`, map[string]any{"a": int64(1)}, true},
		{`{"a.b":{"$c":1}}`, map[string]map[string]int{"a.b": {"$c": 1}}, true},
		{`{"a.b":0.12345678901234567890123}`, map[string]float64(nil), false},
		{`{"address.street":"x","address.number":1}`, address{"x", 1}, true},
		{`{"address.street":1}`, address{}, false},
		{`{"a.b":1}`, map[string]json.RawMessage{"a.b": json.RawMessage("1")}, true},
		{`{"a.b":[1,{"c":null}]}`, map[string]any{"a.b": []any{int64(1), map[string]any{"c": nil}}}, true},
		{`{"a.b":1}`, driver.JSONValue(`{"a.b":1}`), true},
		{`{"a.b":1}`, driver.Doc{}, false},
		{`[{"a":1,"a":2}]`, []map[string]int(nil), false},
		{`[]`, 0, false},
		{`{}`, struct{ a int }{}, false},
		{`{"":1}`, struct{}{}, false},
	} {
		got, err := decodeAs(driver.JSONValue(c.text), c.want)
		if c.fits && (err != nil || !reflect.DeepEqual(got, c.want)) {
			t.Errorf("%s as %T: %#v, %v", c.text, c.want, got, err)
		}
		if !c.fits && !errors.Is(err, driver.ErrType) {
			t.Errorf("%s as %T: %#v, %v, want ErrType", c.text, c.want, got, err)
		}
	}
}

// The short ways for common types answer as reflection does.
func TestDecodeShortcuts(t *testing.T) {
	values := []driver.Value{
		driver.NullValue, driver.BoolValue(true), driver.IntValue(5), driver.IntValue(math.MaxInt64), driver.FloatValue(5), driver.FloatValue(1.5),
		driver.FloatValue(1e300), driver.FloatValue(-1 << 63), driver.StringValue("5"), driver.BytesValue([]byte{5}), driver.TimeValue(moment),
		driver.ArrayValue(driver.IntValue(5)), driver.ObjectValue(driver.Doc{}), driver.JSONValue(`5`), driver.JSONValue(`"x"`), driver.JSONValue(`1e-400`),
		driver.JSONValue(`null`), driver.JSONValue(`{"a.b":1}`),
	}
	for _, v := range values {
		for _, f := range []func(driver.Value) (any, error){as[any], as[driver.Value], as[string], as[bool], as[int64], as[float64], as[time.Time], as[[]byte]} {
			got, err := f(v)
			want := reflect.Zero(reflect.TypeFor[any]()).Interface()
			var wantErr error
			if got != nil {
				want, wantErr = decodeAs(v, got)
			}
			if !reflect.DeepEqual(got, want) && err == nil || (err == nil) != (wantErr == nil) {
				t.Errorf("%s as %T: %v, %v; by reflection %v, %v", v.Text(), got, got, err, want, wantErr)
			}
		}
	}
}

// A mismatch says where it is, what is there and what was to be there; never the value.
func TestMismatch(t *testing.T) {
	type inner struct {
		Qty int `json:"qty"`
	}
	for _, c := range []struct {
		v      string
		like   any
		field  string
		stored driver.Kind
		text   string
	}{
		{`"treasure"`, 0, "", driver.String, `wrong type: a stored string does not fit type int`},
		{`{"items":[{"qty":1},{"qty":"treasure"}]}`, struct {
			Items []inner `json:"items"`
		}{}, "items.1.qty", driver.String, `wrong type: field "items.1.qty": a stored string does not fit type int`},
		{`{"a":{"b":{"$date":"2026-01-02T03:04:05.678Z"}}}`, map[string]map[string]bool{}, "a.b", driver.Time, `wrong type: field "a.b": a stored time does not fit type bool`},
		{`[1,"treasure"]`, [2]*int{}, "1", driver.String, `wrong type: field "1": a stored string does not fit type int`},
		{`{"treasure":1}`, map[int]int{}, "treasure", driver.String, `wrong type: field "treasure": a stored string does not fit type int`},
		{`"treasure"`, nullInt{}, "", driver.String, `wrong type: a stored string does not fit type int`},
		{`{"$json":"{\"a.b\":{\"qty\":\"treasure\"}}"}`, map[string]inner{}, "a.b.qty", driver.String, `wrong type: field "a.b.qty": a stored string does not fit type int`},
		{`"treasure"`, day{}, "", driver.String, `wrong type: a stored string does not fit type govalue.day`},
		{`300`, int8(0), "", driver.Int, `wrong type: a stored int does not fit type int8`},
	} {
		v, err := driver.ParseValue(c.v)
		if err != nil {
			t.Fatal(err)
		}
		_, err = decodeAs(v, c.like)
		var m *MismatchError
		if !errors.As(err, &m) || m.Field != c.field || m.Stored != c.stored || err.Error() != c.text || !errors.Is(err, driver.ErrType) {
			t.Errorf("%s as %T: %v", c.v, c.like, err)
		}
	}
	// What the type's own unmarshaler said can be asked for, but is not printed.
	_, err := decoded[day](driver.StringValue("treasure"))
	var cause *time.ParseError
	if !errors.As(err, &cause) || cause.Value != "treasure" {
		t.Errorf("the cause of %v is lost", err)
	}
}

type (
	self  *self
	loops []loops
	nests map[string]nests
)

// What no value fits is known beforehand.
func TestUnreadable(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[chan int](),
		reflect.TypeFor[func()](),
		reflect.TypeFor[complex64](),
		reflect.TypeFor[[]chan int](),
		reflect.TypeFor[map[string]*func()](),
		reflect.TypeFor[struct{ a int }](),
		reflect.TypeFor[*[2]struct{ a int }](),
		reflect.TypeFor[error](),
		reflect.TypeFor[[]json.Unmarshaler](),
		reflect.TypeFor[map[float64]int](),
		reflect.TypeFor[map[*int]int](),
		reflect.TypeFor[self](),
		reflect.TypeFor[*self](),
		reflect.TypeFor[struct{ C chan int }](),
		reflect.TypeFor[struct{ E error }](),
		reflect.TypeFor[struct{ S struct{ a int } }](),
	} {
		if err := Unreadable(typ); !errors.Is(err, driver.ErrValue) {
			t.Errorf("%s: error is %v, want ErrValue", typ, err)
		}
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[any](),
		reflect.TypeFor[int](),
		reflect.TypeFor[driver.Doc](),
		reflect.TypeFor[*driver.Value](),
		reflect.TypeFor[[]driver.Doc](),
		reflect.TypeFor[time.Time](),
		reflect.TypeFor[json.Number](),
		reflect.TypeFor[big.Int](),
		reflect.TypeFor[*big.Float](),
		reflect.TypeFor[struct{}](),
		reflect.TypeFor[loops](),
		reflect.TypeFor[nests](),
		reflect.TypeFor[*Tree](),
		reflect.TypeFor[Loop](),
		reflect.TypeFor[map[day]int](),
		reflect.TypeFor[json.RawMessage](),
	} {
		if err := Unreadable(typ); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
}
