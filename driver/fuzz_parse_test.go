package driver_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession/driver"
)

func FuzzParseValue(f *testing.F) {
	for _, text := range canonical {
		f.Add(text)
	}
	for _, pair := range unusual {
		f.Add(pair[0])
	}
	for _, text := range hostile {
		f.Add(text[:min(len(text), 500)])
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := driver.ParseValue(text)
		checkLater(t, text, v, err)
		if err != nil {
			wantParseError(t, text, err)
			if plain(text) {
				t.Errorf("plain JSON refused: %v", err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("not JSON, but taken for %s", v.Text())
		}
		checkText(t, v)
		u := driver.Update{Ops: ops(driver.Set{Path: "a", Value: v}), Limits: driver.Limits{Name: len(text)}}
		if err := u.Validate(); err != nil && v.Depth() <= 64 {
			t.Errorf("%s can be read but not written: %v", v.Text(), err)
		}
	})
}

// checkLater expects a field with the text to be v, or damaged if there was an error, whether or not it is parsed at once.
func checkLater(t *testing.T, text string, v driver.Value, failed error) {
	t.Helper()
	d, err := driver.ParseFields([]string{"a"}, []string{text})
	kind := d.Get("a").Kind()
	if err == nil {
		d, err = d.Parse()
	}
	if (err != nil) != (failed != nil) || err != nil && !errors.Is(err, driver.ErrCorrupt) {
		t.Fatalf("error %v, want %v", err, failed)
	}
	if got := d.Get("a"); err == nil && (kind != v.Kind() || got.Text() != v.Text()) {
		t.Errorf("%s of kind %v, want %s of kind %v", got.Text(), kind, v.Text(), v.Kind())
	}
}

// plain reports whether text is surely JSON within the rules that are not JSON's: names that are unique and that a path
// reaches, numbers in range, limited nesting. It gives up on escapes that may be lone surrogates.
func plain(text string) bool {
	if !json.Valid([]byte(text)) || !utf8.ValidString(text) || strings.Contains(text, `\u`) {
		return false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return plainValue(d, 0)
}

func plainValue(d *json.Decoder, depth int) bool {
	token, _ := d.Token()
	switch token := token.(type) {
	case json.Number:
		if strings.ContainsAny(string(token), ".eE") {
			_, err := token.Float64()
			return err == nil
		}
		_, err := token.Int64()
		return err == nil
	case json.Delim:
		names := map[string]bool{}
		for d.More() {
			if token == '{' {
				t, _ := d.Token()
				name := t.(string)
				if names[name] || !reachable(name) {
					return false
				}
				names[name] = true
			}
			if depth == 100 || !plainValue(d, depth+1) {
				return false
			}
		}
		_, err := d.Token()
		return err == nil
	}
	return true
}

func reachable(name string) bool {
	return !strings.Contains(name, ".") && driver.Path(name).Check(driver.Limits{Name: len(name)}) == nil
}

func FuzzPath(f *testing.F) {
	for _, test := range pathTests {
		f.Add(string(test.path[:min(len(test.path), 2000)]), "a.b")
	}
	for _, c := range evalCases {
		for _, op := range c.ops {
			f.Add(string(op.Target()), op.Target().Top())
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		p, q := driver.Path(a), driver.Path(b)
		segments := strings.Split(a, ".")
		if p.Len() != len(segments) || p.Top() != segments[0] {
			t.Errorf("%q has %d segments, the first is %q", p, p.Len(), p.Top())
		}
		for i, rest := 0, p; i < len(segments); i++ {
			var segment string
			if segment, rest = rest.Cut(); segment != segments[i] {
				t.Errorf("segment %d of %q is %q", i, p, segment)
			}
		}
		if driver.Overlaps(p, q) != driver.Overlaps(q, p) || driver.Overlaps(p, q) != (a == "" || b == "" || strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")) {
			t.Errorf("%q and %q overlap: %t, %t", p, q, driver.Overlaps(p, q), driver.Overlaps(q, p))
		}
		one := val(`1`)
		u := driver.Update{Ops: ops(driver.Set{Path: p, Value: one}, driver.Set{Path: q, Value: one})}
		d, _, err := driver.Eval(t.Context(), driver.Doc{}, &u, now)
		switch invalid := u.Validate(); {
		case errors.Is(invalid, driver.ErrConflict):
			if !driver.Overlaps(p, q) {
				t.Errorf("%q and %q: %v", p, q, invalid)
			}
		case invalid != nil:
			if p.Check(driver.Limits{}) == nil && q.Check(driver.Limits{}) == nil {
				t.Errorf("%q and %q: %v", p, q, invalid)
			}
		default:
			if err != nil || !driver.Identical(d.Lookup(p), one) || !driver.Identical(d.Lookup(q), one) {
				t.Errorf("%q and %q made %s, %v", p, q, d.Text(), err)
			}
			checkText(t, driver.ObjectValue(d))
		}
	})
}
