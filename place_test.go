package atomicsession_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

type embedded struct {
	Inner int `json:"inner"`
}

type marshals struct{ N int }

func (m marshals) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]int{"n": m.N}) }
func (m *marshals) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &map[string]*int{"n": &m.N})
}

type prefs struct {
	*embedded
	Theme    string                          `json:"theme"`
	Pages    map[string]int                  `json:"pages"`
	ByNumber map[int]string                  `json:"by_number"`
	Any      any                             `json:"any"`
	Own      marshals                        `json:"own"`
	Whole    atomicsession.JSON[map[int]int] `json:"whole"`
	Sub      *struct{ X []item }             `json:"sub"`
	At       time.Time                       `json:"at"`
	Pair     [2]int                          `json:"pair"`
	Secret   string                          `json:"-"`
	private  int                             //nolint:unused // that is what it is for
	Untagged int
}

// Of leads to where the paths together lead, and refuses, at every use, what a struct does not have.
func TestOf(t *testing.T) {
	outer := atomicsession.NewKey[prefs]("p")
	for path, ok := range map[string]bool{
		"theme": true, "inner": true, "pages.home": true, "by_number.7": true, "any.x.y": true, "own.n": true, "sub.X.0.sku": true,
		"at": true, "pair.1": true, "Untagged": true, "sub": true, "whole": true,
		"Theme": false, "them": false, "theme.x": false, "by_number.x": false, "whole.1": false, "sub.X.0.price": false, "sub.X.sku": false,
		"at.year": false, "pair.2": false, "pair.x": false, "Secret": false, "private": false, "embedded": false, "untagged": false,
	} {
		key := atomicsession.NewKey[any](path).Of(outer)
		if got := key.Path(); got != atomicsession.Path("p."+path) {
			t.Errorf("%s: the path is %q", path, got)
		}
		wantUses(t, key, path, func(err error) bool {
			missing := errors.Is(err, atomicsession.ErrPath) && strings.Contains(err.Error(), "has no field") &&
				atomicsession.StatusCode(err) == http.StatusInternalServerError
			return missing != ok
		})
	}
}

// wantUses uses a key in every way there is, for a visitor without a session, and looks at the errors.
func wantUses(t *testing.T, key atomicsession.Key[any], name string, want func(error) bool) {
	t.Helper()
	ctx := context.Background()
	for use, f := range map[string]func(s *atomicsession.Session) error{
		"set":       func(s *atomicsession.Session) error { return s.Update(ctx, key.Set(1)) },
		"unset":     func(s *atomicsession.Session) error { return s.Update(ctx, key.Unset()) },
		"condition": func(s *atomicsession.Session) error { return s.Update(ctx, atomicsession.If(key.Absent())) },
		"comparison": func(s *atomicsession.Session) error {
			return s.Update(ctx, atomicsession.If(atomicsession.Not(key.Eq(1))))
		},
		"inside": func(s *atomicsession.Session) error { return s.Update(ctx, visits.Of(key).Unset()) },
		"get":    func(s *atomicsession.Session) error { _, _, err := key.Get(ctx, s); return err },
		"take":   func(s *atomicsession.Session) error { _, _, err := key.Take(ctx, s); return err },
		"swap":   func(s *atomicsession.Session) error { _, _, err := key.Swap(ctx, s, 1); return err },
		"read":   func(s *atomicsession.Session) error { var v any; return s.Read(ctx, key.Into(&v)) },
	} {
		err := request(t, newManager(t, newStore(), nil), "", func(_ context.Context, s *atomicsession.Session) error { return f(s) })
		if !want(err) {
			t.Errorf("%s of %s: %v", use, name, err)
		}
	}
}

// Places that are none are so at every use.
func TestNoPlace(t *testing.T) {
	any1 := atomicsession.NewKey[any]
	for name, key := range map[string]atomicsession.Key[any]{
		"empty":                     any1(""),
		"empty inside":              any1("").Of(atomicsession.Path("a")),
		"inside of empty":           any1("a").Of(atomicsession.Path("")),
		"inside of an element":      any1("a").Of(cart.Element()),
		"malformed":                 any1("a..b"),
		"entry of a malformed map":  atomicsession.NewMap[any]("").At("user_id"),
		"negative index":            atomicsession.NewList[any]("a").Index(-1),
		"index no array can have":   atomicsession.NewList[any]("a").Index(1_000_000_000),
		"inside of a missing field": any1("x").Of(any1("y").Of(atomicsession.NewKey[prefs]("p"))),
		"no name of an entry":       any1("50%").Of(atomicsession.NewMap[any]("m")),
		"digits as an entry":        any1("12").Of(atomicsession.NewMap[any]("m")),
	} {
		wantUses(t, key, name, func(err error) bool { return errors.Is(err, atomicsession.ErrPath) })
	}
}

// Every kind of key is one of its own kind inside a place of any kind.
func TestOfIsOfItsKind(t *testing.T) {
	b := newSite(t, nil).browser()
	carts := atomicsession.NewMap[item]("carts")
	qty := atomicsession.NewCounter("qty")
	b.must(cart.Set([]item{{"tea", 1}}), carts.At("a.b").Set(item{"fig", 2}))
	b.must(
		qty.Of(cart.Index(0)).Inc(5),
		qty.Of(carts.At("a.b")).Inc(5),
		tags.Of(atomicsession.Path("o.p")).Push("x"),
		atomicsession.NewMap[int]("m").Of(atomicsession.NewKey[map[string]any]("k")).At("1").Set(1),
		visits.Of(tags.Of(atomicsession.Path("q")).Path()).Unset(),
	)
	b.wantDocument(`{"cart":[{"qty":6,"sku":"tea"}],"carts":{"a%2Eb":{"qty":7,"sku":"fig"}},"k":{"m":{"%31":1}},"o":{"p":{"tags":["x"]}}}`)
}
