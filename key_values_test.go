package atomicsession_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// valueCase is a value that is set, and what must come back of the same type.
type valueCase struct {
	name   string
	send   func(*browser) (any, error)
	want   any
	stored string // the text of what is stored
}

// back is the case of a value that comes back as want. It goes through every typed way into the session and out of it.
func back[T any](stored string, v, want T) valueCase {
	send := func(b *browser) (any, error) {
		key, list := atomicsession.NewKey[T]("a"), atomicsession.NewList[T]("list")
		if err := b.update(key.Set(v), atomicsession.Path("list").Unset()); err != nil {
			return nil, err
		}
		doc := b.document()
		if got := doc[len(`{"a":`) : len(doc)-1]; got != stored {
			return nil, fmt.Errorf("stored as %s, want %s", got, stored)
		}
		err := b.update(list.Push(v), atomicsession.Path("map.x").SetIfAbsent(v), atomicsession.If(key.Eq(v)))
		if err != nil {
			return nil, err
		}
		var got []T
		err = b.do(func(ctx context.Context, s *atomicsession.Session) error {
			elems, _, err := list.Get(ctx, s)
			if err != nil {
				return err
			}
			fields, _, err := atomicsession.NewKey[map[string]T]("map").Get(ctx, s)
			if err != nil {
				return err
			}
			x, _, err := key.Get(ctx, s)
			if err != nil {
				return err
			}
			got = append(elems, fields["x"], x)
			x, ok, err := key.Take(ctx, s, atomicsession.Path("map").Unset())
			if err == nil && !ok {
				err = errors.New("nothing to take")
			}
			got = append(got, x)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, x := range got[1:] {
			if !reflect.DeepEqual(x, got[0]) {
				return nil, fmt.Errorf("different: %#v", got)
			}
		}
		return got[0], nil
	}
	return valueCase{fmt.Sprintf("%T %v", v, v), send, want, stored}
}

func same[T any](stored string, v T) valueCase { return back(stored, v, v) }

func checkValues(t *testing.T, cases ...valueCase) {
	t.Helper()
	b := newSite(t, nil).browser()
	for _, c := range cases {
		got, err := c.send(b)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s came back as %#v, %v; want %#v", c.name, got, err, c.want)
		}
	}
}

// Types like those of other modules.
type (
	decimal       string              // writes a number
	quotedDecimal struct{ S string }  // writes a string
	nullID        struct{ ID string } // null if it is empty
	date          struct{ Y, M int }  // does not read its zero value
)

func (d decimal) MarshalJSON() ([]byte, error)     { return []byte(d), nil }
func (d *decimal) UnmarshalJSON(text []byte) error { *d = decimal(text); return nil }

func (q quotedDecimal) MarshalJSON() ([]byte, error)     { return json.Marshal(q.S) }
func (q *quotedDecimal) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &q.S) }

func (n nullID) MarshalJSON() ([]byte, error) {
	if n.ID == "" {
		return []byte("null"), nil
	}
	return json.Marshal(n.ID)
}

func (n *nullID) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*n = nullID{}
		return nil
	}
	return json.Unmarshal(text, &n.ID)
}

func (d date) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%04d-%02d", d.Y, d.M), nil }

func (d *date) UnmarshalText(text []byte) error {
	t, err := time.Parse("2006-01", string(text))
	d.Y, d.M = t.Year(), int(t.Month())
	return err
}

// Numbers that marshalers write come back digit by digit; those that are numbers to the operators, by value.
func TestNumbersOfMarshalers(t *testing.T) {
	const long, money = "0.12345678901234567890123", "123456789012345.6789"
	huge, _ := new(big.Int).SetString("-12345678901234567890123", 10)
	const digits = "0.3333333333333333333"
	third, _, err := big.ParseFloat(digits, 10, 64, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	type invoice struct {
		Total decimal             `json:"total"`
		Lines []json.Number       `json:"lines"`
		Taxes map[string]*big.Int `json:"taxes"`
	}
	checkValues(t,
		same("0.1", json.Number("0.1")), back("1.1", json.Number("1.10"), json.Number("1.1")), back("1000.0", json.Number("1e3"), json.Number("1000")),
		same("9223372036854775807", json.Number("9223372036854775807")), same(kept("12345678901234567890"), json.Number("12345678901234567890")),
		same(kept(long), json.Number(long)), same(kept("1e-400"), json.Number("1e-400")), same(kept("-9007199254740993.0"), json.Number("-9007199254740993.0")),
		same("0.1", decimal("0.1")), same(kept(money), decimal(money)), same(kept(long), decimal(long)), back("1.1", decimal("1.10"), decimal("1.1")),
		same(strconv.Quote(money), quotedDecimal{money}),
		same("9007199254740993", big.NewInt(9007199254740993)), same(kept(huge.String()), huge), same(kept(huge.String()), *huge),
		same(`"1/3"`, big.NewRat(1, 3)), same(strconv.Quote(digits), third),
		same(`{"a":`+kept(long)+`,"b":[1,`+kept(money)+`]}`, json.RawMessage(`{"a":`+long+`,"b":[1,`+money+`]}`)),
		same(`{"lines":[1,`+kept(long)+`],"taxes":{"vat":`+kept(huge.String())+`},"total":`+kept(money)+`}`,
			invoice{decimal(money), []json.Number{"1", long}, map[string]*big.Int{"vat": huge}}),
		back[any](kept(long), json.Number(long), json.RawMessage(long)),
	)
	// Where the application demands a number, it must be one.
	b := newSite(t, nil).browser()
	for _, c := range []atomicsession.Change{
		atomicsession.Path("n").Inc(json.Number(long)), atomicsession.Path("n").Mul(decimal(money)), atomicsession.Path("n").Inc(huge), atomicsession.Path("n").Set(json.Number("treasure")),
	} {
		if err := b.update(c); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("got %v", err)
		}
	}
	b.must(atomicsession.Path("n").Inc(json.Number("1.50")), atomicsession.Path("i").Inc(big.NewInt(2)))
	b.wantDocument(`{"i":2,"n":1.5}`)
}

// The text of a marshaler is not the text form of values.
func TestTextOfMarshalersIsNoTextForm(t *testing.T) {
	for _, text := range []string{
		`{"$date":"2026-01-02T03:04:05.000Z"}`, `{"$binary":"AQ=="}`, `{"$json":"1"}`, `{"a.b":1}`, `{"":1}`, `{"$inc":{"n":1}}`,
	} {
		checkValues(t, same(kept(text), json.RawMessage(text)), same(`[{"d":`+kept(text)+`}]`, json.RawMessage(`[{"d":`+text+`}]`)))
	}
}

// What is empty comes back empty, alone or inside something.
func TestNullableTypes(t *testing.T) {
	type order struct {
		Customer nullID `json:"customer"`
		Agent    nullID `json:"agent,omitzero"`
		Paid     sql.NullTime
	}
	checkValues(t,
		same("null", nullID{}), same(`"x"`, nullID{"x"}), same(`[null,"x"]`, []nullID{{}, {"x"}}), same(`{"a":null}`, map[string]nullID{"a": {}}),
		same(`[null,null]`, [2]nullID{}), same(`{"Paid":{"Time":{"$date":"0001-01-01T00:00:00.000Z"},"Valid":false},"customer":null}`, order{}),
		same(`{"String":"","Valid":false}`, sql.NullString{}), same(`{"V":0,"Valid":false}`, sql.Null[int]{}),
		back("null", &nullID{}, nil), same("null", (*nullID)(nil)), same[any]("null", nil), back("null", json.RawMessage(nil), json.RawMessage("null")),
		same(`""`, netip.Addr{}), same(`""`, netip.Prefix{}),
	)
}

// A value that its type would not read again is refused before it is stored.
func TestUnreadableValuesAreRefused(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	for _, v := range []any{date{}, []date{{2026, 1}, {}}, map[string]date{"a": {}}, struct{ D date }{}, map[date]int{{}: 1}} {
		err := b.update(atomicsession.Path("a").Set(v))
		if !errors.Is(err, atomicsession.ErrValue) || atomicsession.StatusCode(err) != 500 {
			t.Errorf("%T: %v", v, err)
		}
	}
	wantCalls(t, site.store)
	checkValues(t, same(`"2026-01"`, date{2026, 1}), same(`{"2026-01":1}`, map[date]int{{2026, 1}: 1}))
}

// Documents and values of the store come back as they are, of every kind.
func TestDocAndValue(t *testing.T) {
	text := `{"array":[1,2.0,null],"bool":true,"bytes":{"$binary":"AQ=="},"float":2.0,"int":9007199254740993,"json":{"$json":"{\"a.b\":1.10}"},` +
		`"null":null,"object":{"a":{}},"string":"x","time":{"$date":"2026-01-02T03:04:05.678Z"}}`
	doc, err := driver.ParseDoc(text)
	if err != nil {
		t.Fatal(err)
	}
	type prefs struct {
		Doc     driver.Doc `json:"doc"`
		Value   driver.Value
		Values  []driver.Value          `json:",omitempty"`
		Named   map[string]driver.Value `json:",omitempty"`
		Pointer *driver.Doc             `json:",omitempty"`
	}
	checkValues(t,
		same(text, doc), same("{}", driver.Doc{}), same(text, driver.ObjectValue(doc)), same(text, &doc), same("["+text+"]", []driver.Doc{doc}),
		same(`{"Value":1.0,"doc":{}}`, prefs{Value: driver.FloatValue(1)}), same(`{"doc":{}}`, prefs{}),
		same(`{"Named":{"a":null},"Pointer":`+text+`,"Value":null,"Values":[1,1.0],"doc":`+text+`}`, prefs{
			doc, driver.NullValue, []driver.Value{driver.IntValue(1), driver.FloatValue(1)}, map[string]driver.Value{"a": driver.NullValue}, &doc,
		}),
	)
	for _, v := range doc.All() {
		checkValues(t, same(v.Text(), v), same("["+v.Text()+"]", []driver.Value{v}))
	}
}

// Integers and floats, times and bytes stay what they are, also in an any of a struct.
func TestKindsInAny(t *testing.T) {
	type event struct {
		Data any            `json:"data"`
		More map[string]any `json:"more"`
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for text, x := range map[string]any{
		"9007199254740993": int64(1<<53 + 1), "-1": int64(-1), "1.0": 1.0, "1e+300": 1e300, "0.0": 0.0, `"x"`: "x", "true": true, "null": nil,
		`{"$binary":"AQ=="}`: []byte{1}, `{"$date":"2026-01-02T03:04:05.678Z"}`: at, `[1,[2.0]]`: []any{int64(1), []any{2.0}},
		`{"a":{"b":1}}`: map[string]any{"a": map[string]any{"b": int64(1)}},
	} {
		checkValues(t, same(`{"data":`+text+`,"more":{"x":`+text+`}}`, event{x, map[string]any{"x": x}}), same(text, x), same("["+text+"]", []any{x}))
	}
	// What has no kind of its own comes back as the Go value that says the same.
	b := back[any]
	checkValues(t, b("5", uint8(5), int64(5)), b("[]", []int(nil), []any{}), b(`{"A":1}`, struct{ A int }{1}, map[string]any{"A": int64(1)}),
		b(`"2026-01"`, date{2026, 1}, "2026-01"), b("1.1", json.Number("1.10"), 1.1), b(`{"a":1}`, json.RawMessage(`{"a":1}`), map[string]any{"a": int64(1)}),
		b("null", (*time.Time)(nil), nil))
}
