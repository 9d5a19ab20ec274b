package govalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

type failing struct{}

var errFailing = errors.New("will not")

func (failing) MarshalJSON() ([]byte, error) { return nil, errFailing }

type failingText struct{ S string }

func (failingText) MarshalText() ([]byte, error) { return nil, errFailing }

type badJSON string

type keyed struct{ N int }

func (k keyed) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%d", k.N), nil }

type readOnly struct{ N int }

func (r *readOnly) UnmarshalJSON([]byte) error { return errFailing }

func (b badJSON) MarshalJSON() ([]byte, error) { return []byte(b), nil }

func TestUnencodable(t *testing.T) {
	cyclicSlice := []any{nil}
	cyclicSlice[0] = cyclicSlice
	cyclicMap := map[string]any{}
	cyclicMap["me"] = cyclicMap
	cyclicTree := &Tree{Name: "a"}
	cyclicTree.Children = []*Tree{cyclicTree, cyclicTree}
	type pointer *pointer
	var cyclicPointer pointer
	cyclicPointer = &cyclicPointer
	for name, v := range map[string]any{
		"channel": make(chan int), "function": func() {}, "nil function": (func())(nil), "complex": 1i,
		"in a slice": []any{1, make(chan int)}, "in a map": map[string]any{"a": func() {}}, "in a struct": struct{ C chan int }{},
		"cyclic slice": cyclicSlice, "cyclic map": cyclicMap, "cyclic tree": cyclicTree, "cyclic pointer": cyclicPointer,
		"uint64 overflow": uint64(math.MaxInt64 + 1), "uint overflow": []uint{math.MaxUint},
		"map with float keys": map[float64]int{1: 1}, "map with struct keys": map[plain]int{{}: 1}, "map with any keys": map[any]int{1: 1},
		"marshaler fails": failing{}, "text marshaler fails": &failingText{}, "key fails": map[failingText]int{{}: 1},
		"marshaler writes no JSON": badJSON("{"), "two values": badJSON("1 2"), "name twice": badJSON(`{"a":1,"a":2}`),
		"lone surrogate": badJSON(`"\ud800"`), "diamond": Diamo{}, "no exported field": struct{ a int }{1}, "all fields left out": struct {
			A int `json:"-"`
		}{1}, "written, not read": Level(3), "written, not read, inside": []struct{ L *Level }{{new(Level)}}, "key written, not read": map[keyed]int{{1}: 1},
		"interface with methods": struct{ S fmt.Stringer }{moment}, "embedded interface": struct{ fmt.Stringer }{moment},
		"through a hidden pointer": struct{ *inner }{&inner{1, 2}}, "promoted marshaler": struct {
			time.Time
			Note string
		}{moment, "lost"}, "read, not written": readOnly{1},
		"no number": json.Number("x"), "quoted number": json.Number(`"1"`), "NaN as a string": struct {
			F float64 `json:",string"`
		}{math.NaN()},
	} {
		if value, err := Encode(v); !errors.Is(err, driver.ErrValue) {
			t.Errorf("%s: encoded as %s, %v", name, value.Text(), err)
		}
	}
	if _, err := Encode(failing{}); !errors.Is(err, errFailing) {
		t.Errorf("the marshaler's error is lost: %v", err)
	}
}

// What can be encoded but not stored is refused when the update is checked.
func TestInvalidValues(t *testing.T) {
	bad := "\xff"
	for name, v := range map[string]any{
		"NaN": math.NaN(), "infinity": []float64{math.Inf(-1)}, "float32 infinity": float32(math.Inf(1)),
		"string": bad, "string in a struct": struct{ S string }{bad}, "key": map[string]int{bad: 1}, "text": badText(bad),
		"empty name": map[string]int{"": 1}, "nil key": map[*netip.Addr]int{nil: 1}, "name with a dot": map[string]int{"a.b": 1}, "name with $": map[string]int{"$a": 1},
		"name with NUL": map[string]int{"a\x00": 1}, "tag with a dot": struct {
			A int `json:"a.b"`
		}{}, "year 10000": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "far future": time.Unix(1<<62, 0), "far past": time.Unix(-1<<62, 0),
		"far future inside": []time.Time{time.Unix(1<<62, 0)}, "no value": driver.Value{}, "no value inside": []driver.Value{{}},
	} {
		value, err := Encode(v)
		if err == nil {
			err = (&driver.Update{Ops: []driver.Op{driver.Set{Path: "a", Value: value}}}).Validate()
		}
		if !errors.Is(err, driver.ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type badText string

func (b badText) MarshalText() ([]byte, error) { return []byte(b), nil }
