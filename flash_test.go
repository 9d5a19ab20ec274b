package atomicsession_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

var notice = atomicsession.NewFlash[string]("notice")

// The messages come once, in their order, and a page without any writes nothing.
func TestFlash(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	take := func(calls []string, want ...string) {
		t.Helper()
		site.store.took()
		_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
			if got := notice.Take(ctx, s); !slices.Equal(got, want) {
				t.Errorf("the messages are %q, not %q", got, want)
			}
			return nil
		})
		wantCalls(t, site.store, calls...)
	}
	take(nil)
	_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		notice.Add(ctx, s, "one")
		notice.Add(ctx, s, "two", "three")
		return s.Update(ctx, views.Inc(1), notice.Push("four"))
	})
	take([]string{"load", "update"}, "one", "two", "three", "four")
	take([]string{"load"})

	_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		for i := range 25 {
			notice.Add(ctx, s, string(rune('a'+i)))
		}
		return nil
	})
	take([]string{"load", "update"}, strings.Split("fghijklmnopqrstuvwxy", "")...)

	b.must(atomicsession.Path("notice").Set("of an older program"))
	take([]string{"load", "update"})
	take([]string{"load"})
}

// What fails fails nobody: the log tells of mistakes in the program, and of nothing that it knows already or that is nobody's mistake.
func TestFlashFails(t *testing.T) {
	use := func(ctx context.Context, s *atomicsession.Session) {
		notice.Add(ctx, s, "one")
		if got := notice.Take(ctx, s); got != nil {
			t.Errorf("messages %q", got)
		}
	}
	tests := map[string]struct {
		use     func(ctx context.Context, s *atomicsession.Session, store *store)
		warning int
	}{
		"store": {func(ctx context.Context, s *atomicsession.Session, store *store) {
			store.fail(driver.ErrUnavailable)
			use(ctx, s)
		}, 0},
		"ended": {func(ctx context.Context, s *atomicsession.Session, _ *store) {
			must(t, s.Destroy(ctx))
			notice.Add(ctx, s, "x")
		}, 0},
		"cancelled": {func(ctx context.Context, s *atomicsession.Session, _ *store) {
			ctx, end := context.WithCancel(ctx)
			end()
			use(ctx, s)
		}, 0},
		"mistake": {func(ctx context.Context, s *atomicsession.Session, _ *store) {
			atomicsession.NewFlash[chan int]("notice").Add(ctx, s, nil)
		}, 1},
		"path": {func(ctx context.Context, s *atomicsession.Session, _ *store) {
			if got := atomicsession.NewFlash[int]("a..b").Take(ctx, s); got != nil {
				t.Error(got)
			}
		}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sink, store := new(sink), newStore()
			m := newManager(t, store, sink.options())
			must(t, request(t, m, newToken(t, m), func(ctx context.Context, s *atomicsession.Session) error {
				must(t, s.Touch(ctx))
				test.use(ctx, s, store)
				return nil
			}))
			if n := strings.Count(sink.log.String(), "flash messages are lost"); n != test.warning {
				t.Errorf("%d warnings: %s", n, &sink.log)
			}
		})
	}
	use(t.Context(), new(atomicsession.Session))
}

// Nobody is told of a page whose message is lost, but by the store's own report.
func TestFlashPage(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(views.Inc(1))
	site.store.fail(driver.ErrUnavailable, "update")
	resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		notice.Add(r.Context(), s, "saved")
		w.WriteHeader(http.StatusAccepted)
	})
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("the answer is %d", resp.StatusCode)
	}
}
