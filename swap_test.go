package atomicsession_test

import (
	"context"
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func TestSwap(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	for i, want := range []string{"", "Ann", "Bob"} {
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			site.store.took()
			old, ok, err := name.Swap(ctx, s, []string{"Ann", "Bob", "Cy"}[i], visits.Inc(1))
			if old != want || ok != (want != "") {
				t.Errorf("time %d: got %q, %v", i, old, ok)
			}
			if calls := site.store.took(); len(calls) != 1 {
				t.Errorf("time %d: the store was asked for %q", i, calls)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	b.wantDocument(`{"name":"Cy","visits":3}`)
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		old, ok, err := atomicsession.Path("name").Swap(ctx, s, nil)
		if old != "Cy" || !ok {
			t.Errorf("untyped: %v, %v", old, ok)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	b.wantDocument(`{"name":null,"visits":3}`)
}

func TestSwapFails(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(name.Set("Ann"))
	swap := func(path string, v any, more ...atomicsession.Change) call {
		return func(ctx context.Context, s *atomicsession.Session) error {
			_, _, err := atomicsession.Path(path).Swap(ctx, s, v, more...)
			return err
		}
	}
	for n, c := range map[string]struct {
		f    call
		want error
	}{
		"path":         {swap("a..b", 1), atomicsession.ErrPath},
		"value":        {swap("name", make(chan int)), atomicsession.ErrValue},
		"condition":    {swap("name", 1, atomicsession.If(name.Eq("Bob"))), atomicsession.ErrCondition},
		"another swap": {swap("name", 1, name.Set("Bob")), atomicsession.ErrConflict},
		"a user":       {swap("name", 1, atomicsession.User("42")), atomicsession.ErrSignIn},
		"through text": {swap("name.x", 1), atomicsession.ErrPath},
		"no middleware": {func(ctx context.Context, _ *atomicsession.Session) error {
			return swap("a", 1)(ctx, new(atomicsession.Session))
		}, atomicsession.ErrNoMiddleware},
	} {
		if err := b.do(c.f); !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v, want %v", n, err, c.want)
		}
	}
	b.wantDocument(`{"name":"Ann"}`)
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.NewKey[int]("name").Swap(ctx, s, 5)
		return err
	})
	typeErr, ok := errors.AsType[*atomicsession.TypeError](err)
	if !ok || typeErr.Value.Text() != `"Ann"` {
		t.Errorf("of another type: %v", err)
	}
	b.wantDocument(`{"name":5}`)
}

// Apply returns the fields at the top that the changes led into, in one call to the store.
func TestApply(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	apply := func(want string, changes ...atomicsession.Change) {
		t.Helper()
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			site.store.took()
			doc, err := s.Apply(ctx, changes...)
			if calls := site.store.took(); doc.Text() != want || len(calls) > 1 {
				t.Errorf("got %s, want %s; the store was asked for %q", doc.Text(), want, calls)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	apply(`{}`)
	apply(`{}`, name.Unset())
	apply(`{"a":{"x":1},"name":"Ann"}`, name.Set("Ann"), atomicsession.Path("a.x").Set(1))
	apply(`{"a":{"x":1,"y":2}}`, atomicsession.Path("a.y").Set(2), atomicsession.If(name.Exists()))
	apply(`{"b":"Ann"}`, atomicsession.Path("name").Rename("b"))
	apply(`{}`)
	var doc driver.Doc
	err := b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
		doc, err = s.Apply(ctx, visits.Inc(1), atomicsession.If(name.Exists()))
		return err
	})
	if !errors.Is(err, atomicsession.ErrCondition) || doc.Len() != 0 {
		t.Errorf("got %s, %v", doc.Text(), err)
	}
}
