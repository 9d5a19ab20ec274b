package govalue

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

type (
	cart struct {
		Items  []item
		Prices map[string]int
		Note   []byte
		Next   *cart `json:",omitempty"`
	}
	item struct {
		Tags []string
		More map[int]map[string]int
	}
	ids     []int
	setOf   map[string]struct{}
	rawList []byte
)

// Nil slices and maps are stored empty, whatever they are in, so that values can be pushed onto them and set in them.
func TestNilIsStoredEmpty(t *testing.T) {
	var list []int
	var object map[string]int
	for _, c := range []struct {
		v    any
		text string
	}{
		{list, `[]`},
		{object, `{}`},
		{[]byte(nil), `{"$binary":""}`},
		{rawList(nil), `{"$binary":""}`},
		{ids(nil), `[]`},
		{setOf(nil), `{}`},
		{[]any(nil), `[]`},
		{map[string]any(nil), `{}`},
		{&list, `[]`},
		{&object, `{}`},
		{[][]int{nil, {1}}, `[[],[1]]`},
		{[1]map[string][]string{{"a": nil}}, `[{"a":[]}]`},
		{map[string]map[string]int{"a": nil}, `{"a":{}}`},
		{[]any{list, object, ids(nil)}, `[[],{},[]]`},
		{map[string]any{"a": cart{}}, `{"a":{"Items":[],"Note":{"$binary":""},"Prices":{}}}`},
		{cart{}, `{"Items":[],"Note":{"$binary":""},"Prices":{}}`},
		{cart{Items: []item{{}}, Next: &cart{}}, `{"Items":[{"More":{},"Tags":[]}],"Next":{"Items":[],"Note":{"$binary":""},"Prices":{}},"Note":{"$binary":""},"Prices":{}}`},
		{struct{ L *[]int }{}, `{"L":null}`},
		{struct {
			cart
			L []int `json:",string"` //nolint:staticcheck // what it is tested for
		}{}, `{"Items":[],"L":[],"Note":{"$binary":""},"Prices":{}}`},

		// The options of tags mean what they mean in encoding/json.
		{struct {
			L []int             `json:",omitempty"`
			M map[string]string `json:",omitempty"`
			B []byte            `json:",omitempty"`
			R json.RawMessage   `json:",omitempty"`
			P *[]int            `json:",omitempty"`
		}{}, `{}`},
		{struct {
			L []int           `json:",omitzero"`
			R json.RawMessage `json:",omitzero"`
			T time.Time       `json:",omitzero"`
		}{}, `{}`},
		{struct {
			L []int `json:",omitzero"`
		}{[]int{}}, `{"L":[]}`},

		// Types with a marshaler write themselves, nil ones too.
		{json.RawMessage(nil), `null`},
		{struct{ R json.RawMessage }{}, `{"R":null}`},
		{[]json.RawMessage{nil}, `[null]`},
		{pairs(nil), `{}`},
		{[]any{Nils(nil)}, `[0]`},
	} {
		value, err := Encode(c.v)
		if err != nil || value.Text() != c.text {
			t.Errorf("%#v is stored as %s, %v; want %s", c.v, value.Text(), err, c.text)
		}
	}
}

// Null reads as nil, or as a zero value inside of something; what has been stored as null before is read as ever.
func TestDecodeNull(t *testing.T) {
	null := driver.NullValue
	for _, c := range []struct {
		v    driver.Value
		want any
		fits bool
	}{
		{null, []int(nil), true},
		{null, map[string]int(nil), true},
		{null, []byte(nil), true},
		{null, (*int)(nil), true},
		{null, nullInt{}, true},
		{null, driver.NullValue, true},
		{null, json.RawMessage("null"), true},
		{null, 0, false},
		{null, "", false},
		{null, cart{}, false},
		{null, time.Time{}, false},
		{null, driver.Doc{}, false},
		{null, json.Number(""), false},
		{null, day{}, false},
		{driver.ArrayValue(null), []int{0}, true},
		{driver.ArrayValue(null), []cart{{}}, true},
		{driver.ArrayValue(null), []*cart{nil}, true},
		{driver.ArrayValue(null), []driver.Value{null}, true},
		{driver.ArrayValue(null), []nullInt{{}}, true},
		{driver.ArrayValue(null), []any{nil}, true},
		{driver.ArrayValue(null), []day{{}}, true},
	} {
		got, err := decodeAs(c.v, c.want)
		if c.fits && (err != nil || !reflect.DeepEqual(got, c.want)) {
			t.Errorf("%s as %T: %#v, %v", c.v.Text(), c.want, got, err)
		}
		if !c.fits && !errors.Is(err, driver.ErrType) {
			t.Errorf("%s as %T: %#v, %v, want ErrType", c.v.Text(), c.want, got, err)
		}
	}
}
