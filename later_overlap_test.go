package atomicsession_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// What has the effect of one after the other is one update, and all else is two.
func TestLaterOverlaps(t *testing.T) {
	type changes = []atomicsession.Change
	list := atomicsession.NewList[int]("list")
	for name, test := range map[string]struct {
		changes []changes
		updates int
		want    string
	}{
		"set, set":              {[]changes{{b.Set(1)}, {b.Set(2)}}, 1, `{"a":1,"b":2}`},
		"inc, inc":              {[]changes{{n.Inc(1)}, {n.Inc(-3)}}, 1, `{"a":1,"n":-2}`},
		"inc, inc, float":       {[]changes{{b.Inc(1)}, {b.Inc(0.5)}}, 2, `{"a":1,"b":1.5}`},
		"inc, inc, greatest":    {[]changes{{b.Inc(int64(math.MaxInt64))}, {b.Inc(-1)}, {b.Inc(1)}}, 1, `{"a":1,"b":9223372036854775807}`},
		"inc, inc, least":       {[]changes{{b.Inc(int64(math.MinInt64 + 1))}, {b.Inc(-1)}}, 1, `{"a":1,"b":-9223372036854775808}`},
		"set, inc":              {[]changes{{b.Set(1)}, {b.Inc(2)}}, 2, `{"a":1,"b":3}`},
		"inc, set":              {[]changes{{b.Inc(2)}, {b.Set(1)}}, 2, `{"a":1,"b":1}`},
		"unset, set":            {[]changes{{a.Unset()}, {a.Set(3)}}, 2, `{"a":3}`},
		"inside":                {[]changes{{atomicsession.Path("b").Set(map[string]int{"x": 1})}, {atomicsession.Path("b.y").Set(2)}}, 2, `{"a":1,"b":{"x":1,"y":2}}`},
		"around":                {[]changes{{atomicsession.Path("b.y").Set(2)}, {atomicsession.Path("b").Set(1)}}, 2, `{"a":1,"b":1}`},
		"beside":                {[]changes{{atomicsession.Path("b.y").Set(2)}, {atomicsession.Path("b.x").Set(1)}}, 1, `{"a":1,"b":{"x":1,"y":2}}`},
		"a name that begins so": {[]changes{{atomicsession.Path("b.y").Set(2)}, {atomicsession.Path("b.yy").Set(1)}}, 1, `{"a":1,"b":{"y":2,"yy":1}}`},
		"elements rising":       {[]changes{{atomicsession.Path("l.0").Set("x")}, {atomicsession.Path("l.1").SetIfAbsent("y")}}, 1, `{"a":1,"l":{"0":"x","1":"y"}}`},
		"elements falling":      {[]changes{{atomicsession.Path("l.1").Set("x")}, {atomicsession.Path("l.0").SetIfAbsent("y")}}, 2, `{"a":1,"l":{"0":"y","1":"x"}}`},
		"push, push":            {[]changes{{list.Push(1)}, {list.Push(2)}}, 2, `{"a":1,"list":[1,2]}`},
		"rename to":             {[]changes{{b.Set(1)}, {a.Rename("b")}}, 2, `{"b":1}`},
		"rename from":           {[]changes{{a.Rename("e")}, {a.Set(2)}}, 2, `{"a":2,"e":1}`},
		"nothing":               {[]changes{{}, {nil}}, 0, `{"a":1}`},
		"half of one":           {[]changes{{b.Set(1)}, {c.Set(1), b.Inc(1)}}, 2, `{"a":1,"b":2,"c":{"d":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			m := newManager(t, s, nil)
			token := newToken(t, m)
			s.took()
			later(t, m, token, func(_ http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
				for _, changes := range test.changes {
					must(t, session.Later(r.Context(), changes...))
				}
			})
			if got := s.took(); len(got) != test.updates {
				t.Errorf("%q, want %d updates", got, test.updates)
			}
			if got := stored(t, m, token); got != test.want {
				t.Errorf("stored %s, want %s", got, test.want)
			}
		})
	}
}

// As much is queued as one update holds.
func TestLaterMany(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	token := newToken(t, m)
	s.took()
	later(t, m, token, func(_ http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		for i := range 2 * driver.MaxOps {
			must(t, session.Later(r.Context(), n.Inc(1), atomicsession.Path(fmt.Sprint("f", i%driver.MaxOps)).Set(i)))
		}
	})
	wantCalls(t, s, "update", "update", "update")
	if got := stored(t, m, token); !strings.Contains(got, `"n":2000`) || !strings.Contains(got, `"f999":1999`) {
		t.Errorf("stored %s", got)
	}
}

// The elements of a list come by their number in one update, so falling numbers are two: the null that fills a list up is met.
func TestLaterPadding(t *testing.T) {
	m := newManager(t, newStore(), nil)
	token := newToken(t, m, atomicsession.Path("l").Set([]int{}))
	later(t, m, token, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		must(t, s.Later(r.Context(), atomicsession.Path("l.1").Set("b")))
		must(t, s.Later(r.Context(), atomicsession.Path("l.0").SetIfAbsent("a")))
	})
	if got := stored(t, m, token); got != `{"a":1,"l":[null,"b"]}` {
		t.Error(got)
	}
}
