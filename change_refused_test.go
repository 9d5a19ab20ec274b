package atomicsession_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

type failingMarshaler struct{}

var errMarshaler = errors.New("first line\n\tsecond line")

func (failingMarshaler) MarshalJSON() ([]byte, error) { return nil, errMarshaler }

type wrongMarshaler string

func (w wrongMarshaler) MarshalJSON() ([]byte, error) { return []byte(w), nil }

// What cannot be stored is refused at the door, with an error of one line that says why and, where there is one, the way out.
func TestRefusedValues(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	cyclic := map[string]any{}
	cyclic["me"] = cyclic
	for _, c := range []struct {
		v      any
		status int
		text   string // what the error says
	}{
		{uint64(math.MaxUint64), 400, "uint64 above the int64 range, which a json.Number or a JSON[T] keeps"},
		{largeUint(), 400, "above the int64 range"},
		{math.NaN(), 400, "not a finite number"},
		{map[string]float64{"a": math.Inf(-1)}, 400, "not a finite number"},
		{float32(math.Inf(1)), 400, "not a finite number"},
		{"\xff", 400, "string is not UTF-8: kept only as bytes"},
		{struct{ S []string }{[]string{"a\xc3"}}, 400, "string is not UTF-8"},
		{map[string]int{"\xff": 1}, 400, "name is not UTF-8"},
		{map[string]int{"": 1}, 400, "empty name: kept only as a value of kind JSON"},
		{map[string]any{"x": map[string]int{"a.b": 1}}, 400, "name contains '.' or NUL: kept only as a value of kind JSON"},
		{map[string]int{"a\x00": 1}, 400, "name contains '.' or NUL: kept only as a value of kind JSON"},
		{map[string]int{"$a": 1}, 400, "name begins with '$': kept only as a value of kind JSON"},
		{struct {
			A int `json:"a.b"`
		}{}, 400, "name contains '.' or NUL: kept only as a value of kind JSON"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), 400, "time outside the years 0 to 9999"},
		{driver.Value{}, 400, "no value"},
		{json.Number("x"), 400, "json.Number is not a number"},
		{json.Number(" 1"), 400, "json.Number is not a number"},
		{json.RawMessage("{"), 400, "which json.RawMessage wrote"},
		{json.RawMessage(`{"a":1,"a":2}`), 400, "name given twice"},
		{wrongMarshaler("1 2"), 400, "which atomicsession_test.wrongMarshaler wrote"},
		{failingMarshaler{}, 400, "atomicsession_test.failingMarshaler: first line; second line"},
		{cyclic, 500, "cyclic, or deeper than any session can hold"},

		{make(chan int), 500, "type chan int cannot be stored: there is no JSON for a chan"},
		{func() {}, 500, "type func() cannot be stored: there is no JSON for a func"},
		{1i, 500, "type complex128 cannot be stored"},
		{struct{ C chan int }{}, 500, "type chan int cannot be stored"},
		{struct{ E error }{errMarshaler}, 500, "type error cannot be stored: which type is in the interface is not stored"},
		{struct{ a int }{1}, 500, "type struct { a int } cannot be stored: it has no exported field"},
		{map[string]any{"x": struct{ a int }{1}}, 500, "it has no exported field"},
		{map[float64]int{}, 500, "type float64 cannot be stored: keys of this type have no text"},
		{date{}, 500, "type atomicsession_test.date cannot be stored: it does not read what is written of this value"},
		{struct {
			time.Time
			Note string
		}{Note: "treasure"}, 500, "its marshaler leaves out what would not come back"},
	} {
		for _, change := range []atomicsession.Change{
			atomicsession.Path("a").Set(c.v), atomicsession.Path("a").SetIfAbsent(c.v), atomicsession.Path("a").Push(c.v), atomicsession.Path("a").AddToSet(c.v),
		} {
			err := b.update(change)
			if !errors.Is(err, atomicsession.ErrValue) || atomicsession.StatusCode(err) != c.status || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%T: got %v, status %d; want %d, %s", c.v, err, atomicsession.StatusCode(err), c.status, c.text)
			}
			wantSecretive(t, err)
		}
	}
	wantCalls(t, site.store)
}

// largeUint returns a uint above the int64 range, or a uint64 where uint holds none.
func largeUint() any {
	n := uint64(math.MaxInt64) + 1
	if uint64(uint(n)) == n {
		return []uint{uint(n)}
	}
	return []uint64{n}
}
