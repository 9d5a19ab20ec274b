package govalue

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// names are strings with what a path could not reach, and what looks like their encoding.
var names = []string{
	"", "a", "a.b", "%", "%25", "%2", "%2E", "%2e", "$", "$a", "a$", "a\x00b", "\xff", "a\xffb", "\xe2\x82", "\u20ac", "\ufffd", "12", "1", "0", "1a", "a1", ".", "..",
	"%%", "%31", "٣", "user@host.example", "\U0001f600.", "$1", "1.2",
}

func FuzzName(f *testing.F) {
	for _, name := range names {
		f.Add(name, "a")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		name := EncodeName(a)
		if back, err := DecodeName(name); back != a || err != nil {
			t.Errorf("%q is stored as %q and comes back as %q, %v", a, name, back, err)
		}
		if _, isIndex := driver.Index(name); isIndex {
			t.Errorf("%q is stored as the index %q", a, name)
		}
		p := driver.Path(name)
		if err := p.Check(driver.Limits{Name: 3*len(a) + 1}); err != nil || p.Len() != 1 {
			t.Errorf("%q is stored as %q: %v", a, name, err)
		}
		if a != b && name == EncodeName(b) {
			t.Errorf("%q and %q are both stored as %q", a, b, name)
		}
		if decoded, err := DecodeName(b); err == nil && EncodeName(decoded) != b {
			t.Errorf("%q is no name of %q, but read as one", b, decoded)
		}
	})
}

func TestNamesDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, s := range names {
		name := EncodeName(s)
		if other, taken := seen[name]; taken {
			t.Errorf("%q and %q are both stored as %q", s, other, name)
		}
		seen[name] = s
	}
	for s, want := range map[string]string{"": "%", "a.b": "a%2Eb", "$a$": "%24a$", "12": "%312", "1a": "1a", "50%": "50%25", "\xff": "%FF", "é": "é"} {
		if got := EncodeName(s); got != want {
			t.Errorf("%q is stored as %q, want %q", s, got, want)
		}
	}
	for _, name := range []string{"%2", "%zz", "a%", "%%", "%2e", "%41", "a.b", "$a", "12", "", "%E2%82%AC", "a%24"} {
		if s, err := DecodeName(name); err == nil {
			t.Errorf("%q is read as the name %q", name, s)
		}
	}
}
