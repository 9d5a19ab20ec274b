package driver_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func TestNewDoc(t *testing.T) {
	one := val(`1`)
	d, err := driver.NewDoc(driver.Field{Name: "b", Value: one}, driver.Field{Name: "a", Value: one})
	if err != nil || d.Text() != `{"a":1,"b":1}` {
		t.Errorf("got %s, %v", d.Text(), err)
	}
	if _, err := driver.NewDoc(driver.Field{Name: "a"}, driver.Field{Name: "b"}, driver.Field{Name: "a"}); !errors.Is(err, driver.ErrValue) {
		t.Errorf("a name given twice: error is %v, want ErrValue", err)
	}
	if got := new(driver.Doc).Text(); got != `{}` {
		t.Errorf("the zero document is %s", got)
	}
}

func TestOnly(t *testing.T) {
	d := doc(`{"a":1,"b":2,"c":3}`)
	for want, names := range map[string][]string{
		`{}`:                  nil,
		`{"a":1}`:             {"", "a", "aa"},
		`{"b":2,"c":3}`:       {"b", "c"},
		`{"a":1,"b":2,"c":3}`: {"a", "b", "c", "d", "e"},
	} {
		if got := d.Only(names); got.Text() != want {
			t.Errorf("of %q there is %s, want %s", names, got.Text(), want)
		}
	}
	if d.Only([]string{"b"}).With("b", val(`9`)); d.Text() != `{"a":1,"b":2,"c":3}` {
		t.Errorf("it has become %s", d.Text())
	}
}

func TestDocIsImmutable(t *testing.T) {
	d := doc(`{"a":1,"b":2,"c":3}`)
	for _, test := range []struct {
		got  driver.Doc
		want string
	}{
		{d.With("b", val(`9`)), `{"a":1,"b":9,"c":3}`},
		{d.With("bb", val(`9`)), `{"a":1,"b":2,"bb":9,"c":3}`},
		{d.With("z", val(`9`)).With("0", val(`8`)), `{"0":8,"a":1,"b":2,"c":3,"z":9}`},
		{d.With("a", driver.Value{}), `{"b":2,"c":3}`},
		{d.With("c", driver.Value{}).With("d", val(`9`)), `{"a":1,"b":2,"d":9}`},
		{d.With("z", driver.Value{}), `{"a":1,"b":2,"c":3}`},
		{d, `{"a":1,"b":2,"c":3}`},
	} {
		if got := test.got.Text(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestDocAccess(t *testing.T) {
	d := doc(`{"b":{"x":[1,{"y":null}]},"a":0}`)
	var names []string
	for name, v := range d.All() {
		names = append(names, name)
		if f := d.At(len(names) - 1); f.Name != name || !driver.Identical(f.Value, v) || !driver.Identical(d.Get(name), v) {
			t.Errorf("%s is not at %d", name, len(names)-1)
		}
		if name == "b" {
			break
		}
	}
	if !slices.Equal(names, []string{"a", "b"}) || d.Len() != 2 {
		t.Errorf("names are %q", names)
	}
	for p, want := range map[driver.Path]string{
		"a": `0`, "b.x.0": `1`, "b.x.1.y": `null`, "b.x": `[1,{"y":null}]`,
		"": ``, "c": ``, "a.b": ``, "b.x.2": ``, "b.x.00": ``, "b.x.y": ``, "b.x.-1": ``, "b.x.1.y.z": ``, "b.": `{"x":[1,{"y":null}]}`,
	} {
		if got := d.Lookup(p).Text(); got != want {
			t.Errorf("at %q is %q, want %q", p, got, want)
		}
	}
}

func TestOverlaps(t *testing.T) {
	for _, test := range []struct {
		p, q driver.Path
		want bool
	}{
		{"a", "a", true},
		{"a", "a.b", true},
		{"a.b", "a.b.c.d", true},
		{"a", "ab", false},
		{"a", "b", false},
		{"a.b", "a.c", false},
		{"a.b", "a.bc", false},
		{"a.1", "a.10", false},
	} {
		if driver.Overlaps(test.p, test.q) != test.want || driver.Overlaps(test.q, test.p) != test.want {
			t.Errorf("%s and %s overlap: not %t", test.p, test.q, test.want)
		}
	}
}
