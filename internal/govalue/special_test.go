package govalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Types that write or read themselves.
type (
	amount  string             // a decimal, as a number
	quoted  struct{ s string } // a decimal, as a string
	nullInt struct {
		N     int
		Valid bool
	}
	day      struct{ Y, M, D int } // whose zero value it writes, and does not read
	pairs    []pair                // an object whose order counts
	pair     struct{ K, V string }
	redacted string               // which is read, too
	masked   string               // which is read as what it is
	mail     string               // which is read in lower case
	nonce    struct{ S []string } // never writes the same
	stamped  struct {
		time.Time
		Note string
	}
	greeting  struct{ Name string }         // writes more than it has
	hidden    struct{ Name, Secret string } // writes less
	color     int                           // written as a number, read from a name too
	tag       struct{ S string }            // the key of a map
	onPointer struct{ s string }
	zoned     struct{ time.Time }
)

func (a amount) MarshalJSON() ([]byte, error)     { return []byte(a), nil }
func (a *amount) UnmarshalJSON(text []byte) error { *a = amount(text); return nil }

func (q quoted) MarshalJSON() ([]byte, error)     { return json.Marshal(q.s) }
func (q *quoted) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &q.s) }

func (n nullInt) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(n.N), 10), nil
}

func (n *nullInt) UnmarshalJSON(text []byte) error {
	if n.Valid = string(text) != "null"; !n.Valid {
		return nil
	}
	return json.Unmarshal(text, &n.N)
}

func (d day) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%04d-%02d-%02d", d.Y, d.M, d.D), nil
}

func (d *day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	*d = day{t.Year(), int(t.Month()), t.Day()}
	return err
}

func (p pairs) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	for i, e := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "%q:%q", e.K, e.V)
	}
	return append(b, '}'), nil
}

func (p *pairs) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		k, _ := d.Token()
		v, err := d.Token()
		if err != nil {
			return err
		}
		*p = append(*p, pair{k.(string), v.(string)})
	}
	return nil
}

func (redacted) MarshalJSON() ([]byte, error)       { return []byte(`"***"`), nil }
func (r *redacted) UnmarshalJSON(text []byte) error { *r = redacted(text); return nil }
func (masked) MarshalText() ([]byte, error)         { return []byte("***"), nil }
func (m mail) MarshalText() ([]byte, error)         { return []byte(m), nil }
func (m *mail) UnmarshalText(text []byte) error     { *m = mail(bytes.ToLower(text)); return nil }

var calls int

func (n nonce) MarshalJSON() ([]byte, error) {
	calls++
	return json.Marshal(append(slices.Clip(n.S), fmt.Sprint(calls)))
}

func (n *nonce) UnmarshalJSON(text []byte) error {
	err := json.Unmarshal(text, &n.S)
	n.S = n.S[:len(n.S)-1]
	return err
}

func (g greeting) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"Name": g.Name, "Text": "Hello " + g.Name})
}

func (h hidden) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"Name": h.Name}) }

func (c *color) UnmarshalJSON(text []byte) error {
	if string(text) == `"red"` {
		*c = 7
		return nil
	}
	return json.Unmarshal(text, (*int)(c))
}

func (g tag) MarshalText() ([]byte, error) { return []byte(g.S), nil }
func (g *tag) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("no tag")
	}
	g.S = string(text)
	return nil
}

func (o *onPointer) MarshalText() ([]byte, error) { return []byte("<" + o.s + ">"), nil }
func (o *onPointer) UnmarshalText(text []byte) error {
	o.s = strings.Trim(string(text), "<>")
	return nil
}

// decodeAs decodes v into a new value of the type of like.
func decodeAs(v driver.Value, like any) (any, error) {
	t := reflect.New(reflect.TypeOf(like)).Elem()
	err := Decode(v, t.Addr().Interface())
	return t.Interface(), err
}

func number(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 10)
	return n
}

// What a type writes itself is stored so that it reads the same again.
func TestTypesThatWriteThemselves(t *testing.T) {
	long := "0.12345678901234567890123"
	precise, _, err := big.ParseFloat("1.0000000000000000000000001", 10, 60, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    any
		text string // what is stored
		back any    // if not v
	}{
		{amount("1"), `1`, nil},
		{amount("0.1"), `0.1`, nil},
		{amount("1.10"), `1.1`, amount("1.1")},
		{amount("1e3"), `1000.0`, amount("1000")},
		{amount(long), `{"$json":"` + long + `"}`, nil},
		{amount("123456789012345.6789"), `{"$json":"123456789012345.6789"}`, nil},
		{amount("1e400"), `{"$json":"1e400"}`, nil},
		{amount("null"), `null`, nil},
		{[]amount{"2", amount(long)}, `[2,{"$json":"` + long + `"}]`, nil},
		{map[string]amount{"a": amount(long)}, `{"a":{"$json":"` + long + `"}}`, nil},
		{struct{ A *amount }{new(amount(long))}, `{"A":{"$json":"` + long + `"}}`, nil},
		{quoted{long}, `"` + long + `"`, nil},
		{number("9007199254740993"), `9007199254740993`, nil},
		{number("-12345678901234567890123"), `{"$json":"-12345678901234567890123"}`, nil},
		{*number("9223372036854775808"), `{"$json":"9223372036854775808"}`, nil},
		{number("100000000000000000000"), `1e+20`, nil},
		{precise, `"` + precise.Text('g', -1) + `"`, new(big.Float).SetPrec(64).Set(precise)},
		{big.NewRat(1, 3), `"1/3"`, nil},
		{json.Number("1.10"), `1.1`, json.Number("1.1")},
		{json.Number(long), `{"$json":"` + long + `"}`, nil},
		{json.Number(""), `0`, json.Number("0")},
		{json.RawMessage(`{"d":{"$date":"2026-01-02T03:04:05.678Z"}}`), `{"d":{"$json":"{\"$date\":\"2026-01-02T03:04:05.678Z\"}"}}`, nil},
		{
			json.RawMessage(`{"a":[{"x.y":"<b>"},` + long + `,1.50]}`), `{"a":[{"$json":"{\"x.y\":\"<b>\"}"},{"$json":"` + long + `"},1.5]}`,
			json.RawMessage(`{"a":[{"x.y":"<b>"},` + long + `,1.5]}`),
		},
		{json.RawMessage(` {"b":1, "a":"\u003c"} `), `{"a":"<","b":1}`, json.RawMessage(`{"a":"<","b":1}`)},
		{json.RawMessage(nil), `null`, json.RawMessage("null")},
		{nullInt{}, `null`, nil},
		{nullInt{5, true}, `5`, nil},
		{&nullInt{}, `null`, (*nullInt)(nil)},
		{[]nullInt{{}, {1, true}}, `[null,1]`, nil},
		{map[string]nullInt{"a": {}}, `{"a":null}`, nil},
		{struct{ A, B nullInt }{B: nullInt{1, true}}, `{"A":null,"B":1}`, nil},
		{day{2026, 1, 2}, `"2026-01-02"`, nil},
		{pairs{{"a", "1"}, {"b", "2"}}, `{"a":"1","b":"2"}`, nil},
		{pairs{{"b", "2"}, {"a", "1"}}, `{"$json":"{\"b\":\"2\",\"a\":\"1\"}"}`, nil},
		{[]pairs{{{"b", "2"}, {"a", "1"}}}, `[{"$json":"{\"b\":\"2\",\"a\":\"1\"}"}]`, nil},
		{mail("ann@example.org"), `"ann@example.org"`, nil},
		{greeting{"Ann"}, `{"Name":"Ann","Text":"Hello Ann"}`, nil},
		{hidden{Name: "Ann"}, `{"Name":"Ann"}`, nil},
		{color(7), `7`, nil},
		{stamped{Time: moment}, `"2026-01-02T03:04:05.678Z"`, nil},
		{map[tag]int{{"x"}: 1}, `{"x":1}`, nil},
		{map[netip.Addr]day{netip.MustParseAddr("::1"): {2026, 1, 2}}, `{"::1":"2026-01-02"}`, nil},
		{onPointer{"x"}, `"<x>"`, nil},
		{&onPointer{"x"}, `"<x>"`, nil},
		{map[string]onPointer{"a": {"x"}}, `{"a":"<x>"}`, nil},
		{struct{ A onPointer }{onPointer{"x"}}, `{"A":"<x>"}`, nil},
		{net.IP(nil), `""`, nil},
		{netip.Prefix{}, `""`, nil},
		{zoned{moment.In(time.FixedZone("", 3600)).Add(1)}, `"2026-01-02T04:04:05.678000001+01:00"`, nil},
		{driver.ObjectValue(driver.Doc{}), `{}`, nil},
		{struct{ V driver.Value }{}, `{}`, nil}, // no value is no field
		{struct{ D driver.Doc }{}, `{"D":{}}`, nil},
	} {
		value, err := Encode(c.v)
		if err != nil || value.Text() != c.text {
			t.Errorf("%T %v: stored as %s, %v; want %s", c.v, c.v, value.Text(), err, c.text)
			continue
		}
		if c.back == nil {
			c.back = c.v
		}
		if back, err := decodeAs(value, c.v); err != nil || !reflect.DeepEqual(back, c.back) {
			t.Errorf("%T %v: came back as %#v, %v; want %#v", c.v, c.v, back, err, c.back)
		}
	}
	// Nothing can be told of a type that never writes the same.
	value, err := Encode(nonce{})
	if back, backErr := decoded[nonce](value); err != nil || backErr != nil || len(back.S) != 0 {
		t.Errorf("came back as %v, %v, %v", back, err, backErr)
	}
}

// What would come back as something else, or not at all, is refused.
func TestUnfaithful(t *testing.T) {
	precise, _, err := big.ParseFloat("0.12345678901234567890123", 10, 200, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"written, not read": day{}, "inside": struct{ D []day }{[]day{{}}}, "as the element of a map": map[string]day{"a": {}},
		"redacted": redacted("x"), "masked": masked("x"), "normalized": mail("Ann@example.org"), "left out": hidden{"Ann", "x"},
		"promoted": stamped{moment, "lost"}, "promoted inside": []struct{ S *stamped }{{&stamped{moment, "lost"}}},
		"key": map[tag]int{{}: 1}, "key written, not read": map[Level]int{3: 1}, "too precise": precise, "too precise inside": []*big.Float{precise},
		"interface inside": []struct{ S fmt.Stringer }{{moment}}, "empty list of what cannot be read": []chan int{},
		"nil pointer to what cannot be read": (*struct{ a int })(nil), "empty map with keys that have no text": map[float64]int{},
		"raw message of nothing": json.RawMessage{},
	} {
		value, err := Encode(v)
		if !errors.Is(err, driver.ErrValue) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: stored as %s, %v", name, value.Text(), err)
		}
	}
	// In an any, nobody expects the type again.
	for _, v := range []any{day{}, masked("x"), stamped{moment, "lost"}, map[tag]int{{}: 1}, struct{ S fmt.Stringer }{moment}, (*day)(nil), (*time.Time)(nil)} {
		if _, err := Encode([]any{v}); err != nil {
			t.Errorf("%T in an any: %v", v, err)
		}
	}
}
