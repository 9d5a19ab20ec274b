package govalue

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Types for the rules of encoding/json: embedding, tags, options, marshalers.
type (
	plain    struct{ A, B int }
	Exported struct{ A, C int }
	inner    struct{ C, D int }
	deep     struct{ Exported }
	named    struct {
		Exported `json:"exported"`
	}
	Level     int
	shouted   string
	pointered struct{ S string }
	moody     struct{ N int }
	lazy      struct{ N int }
	Tree      struct {
		Name     string
		Children []*Tree `json:",omitempty"`
		*Tree    `json:"-"`
	}
	Loop struct {
		*Loop
		N int
	}
	Nils  []int
	Diamo struct {
		left
		right
	}
	left  struct{ Exported }
	right struct{ Exported }
)

func (l Level) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "level %d", int(l)), nil }

func (s shouted) MarshalJSON() ([]byte, error)    { return json.Marshal(strings.ToUpper(string(s))) }
func (p *pointered) MarshalJSON() ([]byte, error) { return json.Marshal([]string{p.S}) }
func (m moody) IsZero() bool                      { return m.N == 13 }
func (l *lazy) IsZero() bool                      { return l.N == 7 }
func (n Nils) MarshalJSON() ([]byte, error)       { return fmt.Appendf(nil, "%d", len(n)), nil }

var moment = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// encoding/json is the oracle of how Go values look: what it writes and what is encoded here must say the same.
func TestEncodeFollowsEncodingJSON(t *testing.T) {
	five, text := 5, "five"
	for name, v := range map[string]any{
		"nil": nil, "bool": true,
		"ints":   []any{int8(-1), int16(2), int32(3), int64(math.MinInt64), uint(4), uint8(5), uint16(6), uint32(7), uint64(math.MaxInt64)},
		"floats": []any{1.5, float32(0.25), 1e300}, "strings": []string{"", "é", "\x00\n\"<>&", "\u2028"},
		"pointers": []any{&five, &text, new(*int), (*string)(nil)}, "time": moment, "pointer to time": &moment,
		"bytes": []byte("hello"), "no bytes": []byte{}, "array of bytes": [3]byte{1, 2, 3},
		"empty slice": []int{}, "empty map": map[string]int{},
		"map of any": map[string]any{"a": 1, "b": []any{nil, true}}, "int keys": map[int]string{-1: "x", 2: "y"},
		"uint keys": map[uint8]int{200: 1}, "keys with String": map[time.Month]int{time.May: 1},
		"text keys": map[netip.Addr]int{netip.MustParseAddr("::1"): 1}, "text keys of a string kind": map[Level]int{3: 1},
		"marshaler": shouted("hi"), "text marshaler": Level(3), "raw": json.RawMessage(`{"a":[1,2.50]}`),
		"nil raw": json.RawMessage(nil), "number": json.Number("12"), "empty number": json.Number(""),
		"marshaler of a nil slice": Nils(nil), "standard types": []any{netip.MustParseAddr("1.2.3.4"), url.URL{Path: "/"}},
		"pointer receiver by pointer": &pointered{"x"}, "pointer receiver in a slice": []pointered{{"x"}},
		"pointer receiver in a pointed struct": &struct{ P pointered }{pointered{"x"}},

		"struct": plain{1, 2}, "unexported field": struct{ A, b int }{1, 2}, "embedded": struct{ Exported }{},
		"embedded twice removed": struct{ deep }{}, "embedded with a name": named{}, "embedded pointer": struct{ *Exported }{&Exported{1, 2}},
		"embedded nil pointer": struct{ *Exported }{}, "embedded unexported": struct{ inner }{inner{1, 2}},
		"embedded unexported pointer": struct{ *inner }{&inner{1, 2}},
		"embedded unexported with a name": struct {
			inner `json:"i"`
		}{inner{1, 2}},
		"embedded unexported with a name and omitzero": struct {
			inner `json:"i,omitzero"`
		}{},
		"embedded scalar": struct{ Level }{3}, "embedded interface": struct{ fmt.Stringer }{moment},
		"embedded time": struct{ time.Time }{moment},
		"hidden": struct {
			Exported
			A string
		}{A: "outer"},
		"ambiguous": struct {
			Exported
			inner
		}{},
		"the tagged wins": struct {
			Exported
			X struct{} `json:"-"`
			inner2
		}{},
		"recursive": &Tree{Name: "a", Children: []*Tree{{Name: "b"}}}, "embeds itself": Loop{N: 1, Loop: &Loop{N: 2}},

		"renamed": struct {
			A int `json:"a"`
		}{1}, "dash": struct {
			A int `json:"-,"` //nolint:staticcheck // what it is tested for
		}{1}, "skipped": struct {
			A int `json:"-"`
			B int
		}{1, 2},
		"name with punctuation": struct {
			A int `json:"a/b@c~ d"`
		}{1}, "name that does not count": struct {
			A int `json:"it's"` //nolint:staticcheck // what it is tested for
		}{1},
		"name of letters": struct {
			A int `json:"größe"`
		}{1},
		"omitempty": struct {
			I int            `json:",omitempty"`
			S string         `json:",omitempty"`
			L []int          `json:",omitempty"`
			M map[string]int `json:",omitempty"`
			P *int           `json:",omitempty"`
			F float64        `json:",omitempty"`
			B bool           `json:",omitempty"`
			X any            `json:",omitempty"`
			T time.Time      `json:",omitempty"` //nolint:modernize // what it is tested for
			Z [0]int         `json:",omitempty"`
			A [2]int         `json:",omitempty"`
		}{L: []int{}, M: map[string]int{}, T: moment},
		"omitempty kept": struct {
			I int    `json:",omitempty"`
			S string `json:"s,omitempty"`
			P *int   `json:",omitempty"`
		}{1, "x", new(int)},
		"omitzero": struct {
			I int        `json:",omitzero"`
			S plain      `json:",omitzero"`
			T time.Time  `json:",omitzero"`
			P *time.Time `json:",omitzero"`
			M moody      `json:",omitzero"`
			L lazy       `json:",omitzero"`
			E []int      `json:",omitzero"`
			X any        `json:",omitzero"`
			A [2]int     `json:",omitempty,omitzero"`
		}{M: moody{13}, L: lazy{7}, P: &time.Time{}, X: time.Time{}, E: []int{}},
		"omitzero kept": struct {
			M moody                      `json:",omitzero"`
			L lazy                       `json:",omitzero"`
			Z interface{ IsZero() bool } `json:",omitzero"`
		}{moody{0}, lazy{0}, moody{1}},
		"omitzero in an interface": struct {
			Z interface{ IsZero() bool } `json:",omitzero"`
			N interface{ IsZero() bool } `json:",omitzero"`
		}{Z: (*lazy)(nil)},
		"string": struct {
			I int        `json:",string"`
			U uint8      `json:"u,string"`
			F float64    `json:",string"`
			B bool       `json:",string"`
			S string     `json:",string"`
			P *int       `json:",string"`
			N *int       `json:",string"`
			L Level      `json:",string"`
			X any        `json:",string"` //nolint:staticcheck // what it is tested for
			V []int      `json:",string"` //nolint:staticcheck // what it is tested for
			A netip.Addr `json:",string"` //nolint:staticcheck // what it is tested for
		}{1, 2, 1.5, true, `a"b`, &five, nil, 3, 4, []int{5}, netip.MustParseAddr("::1")},
	} {
		t.Run(name, func(t *testing.T) {
			var value driver.Value
			var err error
			if v != nil {
				value, err = encoder{loose: true}.value(reflect.ValueOf(v), 0) // whether it can be read again is another matter
			}
			if err != nil {
				t.Fatal(err)
			}
			got := appendJSON(nil, value)
			want, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(loose(t, got), loose(t, want)) {
				t.Errorf("encoded as %s, by encoding/json as %s", got, want)
			}
		})
	}
}

type inner2 struct {
	B int `json:"C"`
}

func loose(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// What JSON would lose is kept: the kinds stay what they are, inside structs too.
func TestEncodeKeepsKinds(t *testing.T) {
	type all struct {
		N *int      `json:"n"`
		I int64     `json:"i"`
		F float64   `json:"f"`
		T time.Time `json:"t"`
		P *time.Time
		B []byte `json:"b"`
		V driver.Value
		R json.RawMessage
		J json.Number
	}
	value, err := Encode(all{
		I: 1<<53 + 1, F: 1, T: moment, P: &moment, B: []byte{1}, V: driver.FloatValue(2),
		R: json.RawMessage(`{"x":1,"y":1.0}`), J: "3.0",
	})
	want := `{"J":3.0,"P":{"$date":"2026-01-02T03:04:05.678Z"},"R":{"x":1,"y":1.0},"V":2.0,"b":{"$binary":"AQ=="},` +
		`"f":1.0,"i":9007199254740993,"n":null,"t":{"$date":"2026-01-02T03:04:05.678Z"}}`
	if err != nil || value.Text() != want {
		t.Errorf("encoded as %s, %v; want %s", value.Text(), err, want)
	}
	doc, err := Encode(value.Doc()) // a document goes back as it came
	if err != nil || !driver.Identical(doc, value) {
		t.Errorf("encoded again as %s, %v", doc.Text(), err)
	}
}

// Here encoding/json panics; a session must not.
func TestEncodeWhatReflectionMayNotCall(t *testing.T) {
	value, err := Encode(struct {
		moody `json:"m,omitzero"`
	}{moody{13}})
	if err != nil || value.Text() != `{"m":{"N":13}}` {
		t.Errorf("encoded as %s, %v", value.Text(), err)
	}
}
