package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// watched is a session of MaxAge a day that something asks after every ten minutes, for as long as it lives.
type watched struct {
	site *site
	b    *browser
}

func newWatched(t *testing.T) *watched {
	site := newSite(t, &atomicsession.Options{MaxAge: day})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	return &watched{site, b}
}

// lived asks until the end, or for three days.
func (w *watched) lived(ask func() error) (time.Duration, error) {
	begin := w.site.clock.now()
	for {
		err := ask()
		if lived := w.site.clock.now().Sub(begin); err != nil || lived > 3*day {
			return lived, err
		}
		w.site.clock.advance(10 * time.Minute)
	}
}

// A stream that peeks does not keep its session alive, whatever it reads then; one that refreshes does.
func TestPeekIsNoUse(t *testing.T) {
	then := func(first call, reads ...call) call {
		return func(ctx context.Context, s *atomicsession.Session) error {
			err := first(ctx, s)
			for _, read := range reads {
				if err == nil {
					err = read(ctx, s)
				}
			}
			return err
		}
	}
	reads := []call{get("a"), get("b"), info, exists, user, document, csrfToken, verifyOwn}
	for _, c := range []struct {
		name string
		ask  call
		ends bool // after a day
	}{
		{"Peek", peek, true},
		{"Peek and reads", then(peek, reads...), true},
		{"two Peeks", then(peek, peek), true},
		{"Refresh", refresh, false},
		{"Refresh, then Peek", then(refresh, peek), false},
		{"Touch", touch, false},
		{"Peek, then Touch", then(peek, touch), false},
	} {
		for how, watch := range map[string]func(*watched) (time.Duration, error){
			"one stream": func(w *watched) (lived time.Duration, err error) {
				w.b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					lived, err = w.lived(func() error { return c.ask(r.Context(), s) })
				})
				return lived, err
			},
			"a request each": func(w *watched) (time.Duration, error) {
				return w.lived(func() error { return w.b.do(c.ask) })
			},
		} {
			t.Run(c.name+"/"+how, func(t *testing.T) {
				w := newWatched(t)
				lived, err := watch(w)
				switch {
				case c.ends && (lived != day || !errors.Is(err, atomicsession.ErrNotFound)):
					t.Errorf("the session has lived for %v, and then: %v", lived, err)
				case !c.ends && (lived <= day || err != nil):
					t.Errorf("the session has lived for %v, and then: %v", lived, err)
				}
			})
		}
	}
}

// verifyOwn checks a token of the session's own.
func verifyOwn(ctx context.Context, s *atomicsession.Session) error {
	token, err := s.CSRFToken(ctx)
	if err != nil {
		return err
	}
	return s.VerifyCSRF(ctx, token)
}

// Peek sees what Refresh sees, in one round trip, and sends no cookie though one is due.
func TestPeek(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: day})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	before := firstInfo(t, b)
	site.clock.advance(12 * time.Hour)
	site.store.took()
	resp := b.clone().visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		for want := int64(1); want < 4; want++ {
			if err := s.Peek(r.Context()); err != nil {
				t.Error(err)
			}
			if v, _, err := atomicsession.Path("a").Get(r.Context(), s); v != want || err != nil {
				t.Errorf("read %v, %v; want %d", v, err, want)
			}
			wantCalls(t, site.store, "load")
			if got, _, err := s.Info(r.Context()); want == 1 && (got.Expires != before.Expires || got.LastUsed != before.LastUsed || err != nil) {
				t.Errorf("the session is %+v, %v; was %+v", got, err, before)
			}
			b.must(atomicsession.Path("a").Inc(1))
			site.store.took()
		}
	})
	if c := sessionCookie(resp); c != nil {
		t.Errorf("a cookie was sent: %v", c)
	}
}
