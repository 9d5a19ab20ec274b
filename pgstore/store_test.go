package pgstore

import (
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestOptionsRefused has options that cannot work, among them names that PostgreSQL would cut off, or that cannot stand in its functions.
func TestOptionsRefused(t *testing.T) {
	pool := connect(t)
	for _, o := range []Options{
		{Schema: strings.Repeat("x", 64)}, {Schema: "a$b"}, {Schema: "a\x00b"}, {Schema: "\xff"}, {Timeout: -1},
	} {
		field := "Schema"
		if o.Timeout < 0 {
			field = "Timeout"
		}
		s, err := New(pool, &o)
		if s != nil || err == nil || !strings.HasPrefix(err.Error(), "pgstore: "+field+": must ") || err.Error() != driver.OneLine(err.Error()) {
			t.Errorf("%+v: store %v, error %v; want one line that names %s", o, s, err, field)
		}
	}
	for _, o := range []*Options{nil, {}, {Schema: strings.Repeat("x", 63)}} {
		if s, err := New(pool, o); err != nil || s.schema == "" || s.timeout != defaultTimeout {
			t.Errorf("%+v: store %v, error %v", o, s, err)
		}
	}
}
