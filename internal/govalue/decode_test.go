package govalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func decoded[T any](v driver.Value) (t T, err error) {
	err = Decode(v, &t)
	return t, err
}

// survives reports what is wrong with encoding v and decoding it again as a T.
func survives[T any](v T) error {
	value, err := Encode(v)
	if err != nil {
		return err
	}
	got, err := decoded[T](value)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, v) {
		return fmt.Errorf("%#v came back as %#v, stored as %s", v, got, value.Text())
	}
	return nil
}

type everything struct {
	Bool    bool
	Ints    []int64
	Small   int8
	Uint    uint32 `json:"u,omitempty"`
	Float   float64
	Narrow  float32 `json:",omitzero"`
	Text    string  `json:"text,omitempty"`
	Quoted  int64   `json:",string"`
	Bytes   []byte
	Fixed   [4]byte
	Map     map[string]map[int8]string
	Pointer *everything `json:",omitempty"`
	Plain   plain
	Exported
}

func TestRoundTrip(t *testing.T) {
	// JSON has no text that is not UTF-8; such a text is refused, as other tests show.
	var clean func(e *everything)
	clean = func(e *everything) {
		e.Text = strings.ToValidUTF8(e.Text, "")
		for _, m := range e.Map {
			for k, v := range m {
				m[k] = strings.ToValidUTF8(v, "")
			}
		}
		if e.Pointer != nil {
			clean(e.Pointer)
		}
	}
	check := func(e everything) bool {
		clean(&e)
		if err := survives(e); err != nil {
			t.Error(err)
			return false
		}
		return true
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 200, Rand: rand.New(rand.NewSource(1))}); err != nil {
		t.Error(err)
	}
}

func TestRoundTripOfScalars(t *testing.T) {
	for _, f := range []any{
		func(v bool) error { return survives(v) }, func(v string) error { return survives(strings.ToValidUTF8(v, "?")) },
		func(v int) error { return survives(v) }, func(v int64) error { return survives(v) }, func(v int16) error { return survives(v) },
		func(v uint32) error { return survives(v) }, func(v float64) error { return survives(v) },
		func(v float32) error { return survives(v) }, func(v []byte) error { return survives(v) },
		func(v uint64) error { return survives(v >> 1) }, func(v []*int64) error { return survives(v) },
		func(v map[int64]bool) error { return survives(v) }, func(v [3]int8) error { return survives(v) },
		func(ms int32) error { return survives(time.UnixMilli(int64(ms) * 1000).UTC()) },
	} {
		call, random := reflect.ValueOf(f), rand.New(rand.NewSource(1))
		for range 50 {
			arg, ok := quick.Value(call.Type().In(0), random)
			if !ok {
				t.Fatal("no value")
			}
			if err, _ := reflect.TypeAssert[error](call.Call([]reflect.Value{arg})[0]); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	value := func(text string) driver.Value {
		v, err := driver.ParseValue(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	check := func(name string, got any, err error, want any) {
		t.Helper()
		if wantErr, ok := want.(error); ok {
			if !errors.Is(err, wantErr) {
				t.Errorf("%s: got %v, %v, want %v", name, got, err, want)
			}
		} else if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v, want %#v", name, got, err, want)
		}
	}
	for _, c := range []struct {
		text string
		want []any // as int64, int, int8, uint64, float64, string, bool
	}{
		{`1`, []any{int64(1), 1, int8(1), uint64(1), 1.0, driver.ErrType, driver.ErrType}},
		{`1.0`, []any{int64(1), 1, int8(1), uint64(1), 1.0, driver.ErrType, driver.ErrType}},
		{`1.5`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, 1.5, driver.ErrType, driver.ErrType}},
		{`-200`, []any{int64(-200), -200, driver.ErrType, driver.ErrType, -200.0, driver.ErrType, driver.ErrType}},
		{`9007199254740993`, []any{int64(1<<53 + 1), anInt(1<<53 + 1), driver.ErrType, uint64(1<<53 + 1), driver.ErrType, driver.ErrType, driver.ErrType}},
		{`9223372036854775807`, []any{int64(math.MaxInt64), anInt(math.MaxInt64), driver.ErrType, uint64(math.MaxInt64), driver.ErrType, driver.ErrType, driver.ErrType}},
		{`9223372036854775808.0`, []any{driver.ErrType, driver.ErrType, driver.ErrType, uint64(1 << 63), float64(1 << 63), driver.ErrType, driver.ErrType}},
		{`-9223372036854775808.0`, []any{int64(math.MinInt64), anInt(math.MinInt64), driver.ErrType, driver.ErrType, -float64(1 << 63), driver.ErrType, driver.ErrType}},
		{`1e300`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, 1e300, driver.ErrType, driver.ErrType}},
		{`"1"`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, "1", driver.ErrType}},
		{`true`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, true}},
		{`null`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType}},
		{`[1]`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType}},
		{`{"$date":"2026-01-02T03:04:05.000Z"}`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType}},
		{`{"$binary":"AQ=="}`, []any{driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType, driver.ErrType}},
	} {
		v := value(c.text)
		for i, f := range []func(driver.Value) (any, error){
			as[int64], as[int], as[int8], as[uint64], as[float64], as[string], as[bool],
		} {
			got, err := f(v)
			check(fmt.Sprintf("%s, case %d", c.text, i), got, err, c.want[i])
		}
	}
	mixed := `{"a":[1,1.5,"x",null,true,{"$date":"2026-01-02T03:04:05.678Z"},{"$binary":"AQ=="},{"b":[]}],"c":{}}`
	native := map[string]any{"a": []any{int64(1), 1.5, "x", nil, true, moment, []byte{1}, map[string]any{"b": []any{}}}, "c": map[string]any{}}
	for _, c := range []struct {
		text string
		f    func(driver.Value) (any, error)
		want any
	}{
		{mixed, as[any], native},
		{mixed, as[map[string]any], native},
		{`[1,2]`, as[[]any], []any{int64(1), int64(2)}},
		{`[1,2]`, as[[]int], []int{1, 2}},
		{`[1,"x"]`, as[[]int], driver.ErrType},
		{`[]`, as[[]int], []int{}},
		{`[1152921504606846976.0,1.0]`, as[[]int64], []int64{1 << 60, 1}},
		{`null`, as[[]int], []int(nil)},
		{`null`, as[any], nil},
		{`null`, as[*int], (*int)(nil)},
		{`null`, as[map[string]any], map[string]any(nil)},
		{`null`, as[[]any], []any(nil)},
		{`null`, as[[]byte], []byte(nil)},
		{`null`, as[plain], driver.ErrType},
		{`null`, as[time.Time], driver.ErrType},
		{`{"A":1,"X":2}`, as[plain], plain{A: 1}},
		{`{"A":"x"}`, as[plain], driver.ErrType},
		{`[]`, as[plain], driver.ErrType},
		{`[]`, as[map[string]any], driver.ErrType},
		{`{}`, as[[]any], driver.ErrType},
		{`{"$date":"2026-01-02T03:04:05.678Z"}`, as[time.Time], moment},
		{`{"$date":"2026-01-02T03:04:05.678Z"}`, as[*time.Time], &moment},
		{`"2026-01-02T03:04:05Z"`, as[time.Time], driver.ErrType},
		{`"AQ=="`, as[[]byte], driver.ErrType},
		{`{"$binary":"AQ=="}`, as[[]byte], []byte{1}},
		{`{"T":{"$date":"2026-01-02T03:04:05.678Z"},"B":{"$binary":"AQ=="}}`, as[struct {
			T time.Time
			B []byte
		}], struct {
			T time.Time
			B []byte
		}{moment, []byte{1}}},
		{`5`, as[json.Number], json.Number("5")},
		{`5`, as[fmt.Stringer], driver.ErrType},
		{`5`, as[chan int], driver.ErrType},
		{`5`, as[driver.Value], driver.IntValue(5)},
		{`5`, as[Level], Level(5)},
	} {
		got, err := c.f(value(c.text))
		check(c.text+fmt.Sprintf(" as %T", c.want), got, err, c.want)
	}
}

func as[T any](v driver.Value) (any, error) {
	t, err := decoded[T](v)
	return t, err
}

// A field with the option "string" reads what it has written: a float, though its digits are those of an integer.
func TestQuotedFields(t *testing.T) {
	type quoted struct {
		F float64     `json:",string"`
		G float32     `json:",string"`
		P *float64    `json:",string"`
		I int64       `json:",string"`
		U uint64      `json:",string"`
		B bool        `json:",string"`
		S string      `json:",string"`
		N json.Number `json:",string"`
	}
	whole := float64(float32(1e17)) // 99999998430674944, of which 99999998430674940 are the shortest digits
	for _, q := range []quoted{
		{N: "0"},
		{F: whole, G: float32(whole), P: &whole, I: math.MinInt64, U: math.MaxInt64, B: true, S: `"\`, N: "0.12345678901234567890123"},
		{F: 1e300, G: -0.1, P: new(5e-324), S: "1", N: "-7"},
	} {
		if err := survives(q); err != nil {
			t.Error(err)
		}
	}
	// Without quotes it was stored before the field had the option.
	old, err := driver.ParseDoc(`{"F":1.5,"G":2,"I":3,"B":true,"S":"x","N":4}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decoded[quoted](driver.ObjectValue(old))
	if want := (quoted{F: 1.5, G: 2, I: 3, B: true, S: "x", N: "4"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// anInt returns n as an int, or what is wrong with it where an int is too short.
func anInt(n int64) any {
	if int64(int(n)) == n {
		return int(n)
	}
	return driver.ErrType
}
