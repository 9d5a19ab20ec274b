package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// DamagedField expects a session, in which somebody has damaged the field n and left the field a alone, to be damaged for those alone who
// look at n.
func DamagedField(t *testing.T, s interface {
	driver.Store
	driver.FieldLoader
}, k driver.Key, now time.Time,
) {
	t.Helper()
	if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
		t.Errorf("Load: error %v, want %v", err, driver.ErrCorrupt)
	}
	for _, names := range [][]string{{"n"}, {"a", "n"}} {
		if _, err := s.LoadFields(t.Context(), now, k, names); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("LoadFields %q: error %v, want %v", names, err, driver.ErrCorrupt)
		}
	}
	r, err := s.LoadFields(t.Context(), now, k, []string{"a"})
	if err != nil || r.Data.Len() != 1 || r.ID != k.ID {
		t.Errorf("LoadFields of what is not damaged: %s, error %v", r.Data.Text(), err)
	}
	if r, err = s.LoadFields(t.Context(), now, k, nil); err != nil || r.Data.Len() != 0 || r.ID != k.ID {
		t.Errorf("LoadFields of nothing: %s, error %v", r.Data.Text(), err)
	}
}

// DamagedInside expects a session of ann, in whose array or object n somebody has damaged what is inside, and left the field a alone, to
// be damaged for those alone who read n.
func DamagedInside(t *testing.T, s interface {
	driver.Store
	driver.FieldLoader
}, k driver.Key, now time.Time,
) {
	t.Helper()
	whole, err := s.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.LoadFields(t.Context(), now, k, []string{"a", "n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []driver.Doc{whole.Data, part.Data} {
		if parsed, err := d.Parse("a"); err != nil || !parsed.Get("a").Exists() {
			t.Errorf("of what is not damaged: %s, error %v", parsed.Get("a").Text(), err)
		}
		for _, names := range [][]string{nil, {"n"}, {"a", "n"}} {
			if _, err := d.Parse(names...); !errors.Is(err, driver.ErrCorrupt) {
				t.Errorf("Parse %q: error %v, want %v", names, err, driver.ErrCorrupt)
			}
		}
	}
}
