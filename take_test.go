package atomicsession_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/atomicsession/atomicsession"
)

func TestTake(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	flash := atomicsession.NewKey[string]("flash")
	seen := atomicsession.NewCounter("seen")
	b.must(flash.Set("saved"), atomicsession.Path("other").Set(1))
	for i, want := range []string{"saved", ""} {
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			got, ok, err := flash.Take(ctx, s, seen.Inc(1))
			if got != want || ok != (want != "") {
				t.Errorf("take %d got %q, %v", i, got, ok)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	b.wantDocument(`{"other":1,"seen":2}`)
}

func TestTakeHasOneWinner(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a.coupon").Set("SAVE10"))
	var winners atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
				v, ok, err := atomicsession.Path("a.coupon").Take(ctx, s)
				if ok {
					winners.Add(1)
					if v != "SAVE10" {
						t.Errorf("took %v", v)
					}
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d requests got the value", winners.Load())
	}
}

// A value that is not of the type asked for is with the caller, and nowhere else: nothing is put back.
func TestTakeOfTheWrongType(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(map[string]any{"b": "text"}), atomicsession.Path("list").Set([]any{1, "two", 3}))
	for path, want := range map[string]string{"a.b": `"text"`, "list.1": `"two"`} {
		site.store.took()
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			n, ok, err := atomicsession.NewKey[int](path).Take(ctx, s)
			if n != 0 || ok {
				t.Errorf("took %d, %v from %s", n, ok, path)
			}
			return err
		})
		var typeErr *atomicsession.TypeError
		if !errors.Is(err, atomicsession.ErrType) || !errors.As(err, &typeErr) || typeErr.Value.Text() != want || typeErr.Path != path {
			t.Errorf("%s: %v", path, err)
		}
		if calls := site.store.took(); !slices.Equal(calls, []string{"update"}) {
			t.Errorf("the store was asked for %v", calls)
		}
	}
	b.wantDocument(`{"a":{},"list":[1,null,3]}`)
}

func TestTakeFails(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	down := errors.New("down")
	for name, c := range map[string]struct {
		f    call
		want error
	}{
		"path":      {take("a..b"), atomicsession.ErrPath},
		"condition": {takeIf(atomicsession.Path("a").Eq(2)), atomicsession.ErrCondition},
		"store":     {take("a"), down},
	} {
		if name == "store" {
			site.store.fail(down)
		}
		if err := b.do(c.f); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		site.store.before(nil)
	}
	b.wantDocument(`{"a":1}`)
}

func takeIf(c atomicsession.Condition) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.Path("a").Take(ctx, s, atomicsession.If(c))
		return err
	}
}
