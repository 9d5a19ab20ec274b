package atomicsession_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

var hits = atomicsession.NewMap[int]("o.hits")

// Any string is a name, and none reaches another entry or field: each random map comes back, be it set whole or entry by entry, and is
// what it would be without a session after entries were changed.
func TestMapOfAnyNames(t *testing.T) {
	parts := []string{"", "a", ".", "%", "$", "\x00", "\xff", "0", "12", "%25", "%2E", "hits", "é", "\u20ac"[:2]}
	for round := range 200 {
		b := newSite(t, nil).browser()
		want := map[string]int{}
		b.must(atomicsession.Path("o.other").Set("same"), atomicsession.Path("hits").Set("same"))
		for range 5 {
			m := map[string]int{}
			for range rand.IntN(4) {
				var name strings.Builder
				for range rand.IntN(4) {
					name.WriteString(parts[rand.IntN(len(parts))])
				}
				m[name.String()] = rand.IntN(100)
			}
			var changes []atomicsession.Change
			switch rand.IntN(3) {
			case 0:
				want = maps.Clone(m)
				changes = append(changes, hits.Set(m))
			case 1:
				for name, n := range m {
					want[name] = n
					changes = append(changes, hits.At(name).Set(n))
				}
			default:
				for name := range m {
					delete(want, name)
					changes = append(changes, hits.At(name).Unset())
				}
			}
			b.must(changes...)
			if round == 0 {
				b.must(hits.Path().SetIfAbsent(map[string]int{}))
			}
			wantMap(t, b, want)
		}
	}
}

func wantMap(t *testing.T, b *browser, want map[string]int) {
	t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		got, _, err := hits.Get(ctx, s)
		if len(want)+len(got) > 0 && !reflect.DeepEqual(got, want) {
			doc, _ := s.Document(ctx)
			t.Errorf("got %v, want %v; the document is %s", got, want, doc.Text())
		}
		for name, n := range want {
			if v, ok, err := hits.At(name).Get(ctx, s); v != n || !ok || err != nil {
				t.Errorf("%q: got %d, %v, %v, want %d", name, v, ok, err, n)
			}
		}
		for _, path := range []atomicsession.Path{"o.other", "hits"} {
			if v, _, err := path.Get(ctx, s); v != "same" || err != nil {
				t.Errorf("%s has become %v, %v", path, v, err)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMap(t *testing.T) {
	b := newSite(t, nil).browser()
	one, two := map[string]int{"a.b": 1}, map[string]int{"12": 2, "": 3}
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		if m, ok, err := hits.Get(ctx, s); m != nil || ok || err != nil {
			t.Errorf("of nothing: %v, %v, %v", m, ok, err)
		}
		if m, ok, err := hits.Swap(ctx, s, one, atomicsession.If(hits.Absent())); m != nil || ok || err != nil {
			t.Errorf("swapped for nothing: %v, %v, %v", m, ok, err)
		}
		if m, ok, err := hits.Swap(ctx, s, two, atomicsession.If(hits.Exists())); !maps.Equal(m, one) || !ok || err != nil {
			t.Errorf("swapped for one: %v, %v, %v", m, ok, err)
		}
		got := map[string]int{"left": 1}
		if err := s.Read(ctx, hits.Into(&got)); !maps.Equal(got, two) || err != nil {
			t.Errorf("read %v, %v", got, err)
		}
		if m, ok, err := hits.Take(ctx, s, visits.Inc(1)); !maps.Equal(m, two) || !ok || err != nil {
			t.Errorf("took %v, %v, %v", m, ok, err)
		}
		if m, ok, err := hits.Take(ctx, s); m != nil || ok || err != nil {
			t.Errorf("took again %v, %v, %v", m, ok, err)
		}
		return s.Update(ctx, hits.Set(nil))
	})
	if err != nil {
		t.Error(err)
	}
	b.wantDocument(`{"o":{"hits":{}},"visits":1}`)
	b.must(hits.Unset())
	b.wantDocument(`{"o":{},"visits":1}`)
	if got := hits.Path(); got != "o.hits" {
		t.Errorf("the path is %q", got)
	}
}

// What no map has written is not read as if one had: the same entry would have two names.
func TestMapOfOtherNames(t *testing.T) {
	b := newSite(t, nil).browser()
	for _, stored := range []any{map[string]int{"12": 1}, map[string]int{"50%": 1}, map[string]int{"%2e": 1}, map[string]string{"a": "x"}, 5} {
		b.must(hits.Path().Set(stored))
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			if m, ok, err := hits.Lenient().Get(ctx, s); m != nil || ok || err != nil {
				t.Errorf("%v: lenient: %v, %v, %v", stored, m, ok, err)
			}
			m, ok, err := hits.Get(ctx, s)
			if m != nil || ok {
				t.Errorf("%v: got %v, %v", stored, m, ok)
			}
			return err
		})
		typeErr, ok := errors.AsType[*atomicsession.TypeError](err)
		if !ok || strings.Contains(err.Error(), "entries") || typeErr.Field == "" && typeErr.Type != reflect.TypeFor[map[string]int]() {
			t.Errorf("%v: %v", stored, err)
		}
		if names, isMap := stored.(map[string]int); isMap && !strings.Contains(err.Error(), "no name that a Map has written") {
			t.Errorf("%v: %v", names, err)
		}
	}
	if err := b.update(hits.Set(map[string]int{strings.Repeat("x", 2000): 1})); !errors.Is(err, atomicsession.ErrTooLarge) {
		t.Errorf("a long name: %v", err)
	}
	if err := b.update(atomicsession.NewMap[chan int]("m").Set(nil)); !errors.Is(err, atomicsession.ErrValue) {
		t.Errorf("of channels: %v", err)
	}
}
