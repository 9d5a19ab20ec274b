package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// A request that a sign-in has overtaken neither changes anything nor begins a session, whose cookie might take the place of
// the new one.
func TestOvertakenBySignIn(t *testing.T) {
	t.Run("renew", func(t *testing.T) { testOvertaken(t, renew(atomicsession.User("42"))) })
	t.Run("reset", func(t *testing.T) {
		testOvertaken(t, reset(atomicsession.User("42"), atomicsession.Path("cart").Set(1)))
	})
}

func testOvertaken(t *testing.T, signIn call) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(1))
	old := b.clone()
	if err := b.do(signIn); err != nil {
		t.Fatal(err)
	}
	update := func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("a").Set(1))
	}
	for name, f := range map[string]func(context.Context, *atomicsession.Session) error{
		"update": update, "destroy": destroy, "sign-out": reset(), "touch": touch,
		"read, then update": func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(info(ctx, s), update(ctx, s))
		},
		"read, then destroy": func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(info(ctx, s), destroy(ctx, s))
		},
	} {
		resp := old.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := f(r.Context(), s); !errors.Is(err, atomicsession.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		})
		if sessionCookie(resp) != nil {
			t.Errorf("%s: a cookie was set", name)
		}
	}
	b.wantDocument(`{"cart":1}`)

	site.clock.advance(driver.RenewalWindow) // a browser that missed the new cookie is not locked out
	old.must(atomicsession.Path("c").Set(1))
	old.wantDocument(`{"c":1}`)
	b.wantDocument(`{"cart":1}`)
	if _, err := site.sessions.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, site.store, 2)
}

// A cookie that was due is not sent once the request has found out that its token is dead: it might arrive last.
func TestDeadTokenIsNotSent(t *testing.T) {
	for name, end := range map[string]call{"renewed": renew(atomicsession.User("42")), "destroyed": destroy} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Path("cart").Set(1))
		site.clock.advance(24 * time.Hour)
		old := b.clone()
		resp := old.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := s.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
				t.Error(err)
			}
			if err := b.do(end); err != nil {
				t.Error(err)
			}
			if err := s.Update(r.Context(), atomicsession.Path("a").Set(2)); !errors.Is(err, atomicsession.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		})
		if c := sessionCookie(resp); c != nil {
			t.Errorf("%s: a cookie was set: %v", name, c)
		}
	}
}

// Every update that is acknowledged while other requests of the browser sign in is in the one session there is.
func TestSignInUnderLoad(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("n").Set(0))
	var acked atomic.Int64
	var under, done sync.WaitGroup
	under.Add(8)
	for range 8 {
		tab := b.clone()
		done.Go(func() {
			for i := range 100 {
				if i == 10 {
					under.Done()
				}
				switch err := tab.do(func(ctx context.Context, s *atomicsession.Session) error {
					return s.Update(ctx, atomicsession.Path("n").Inc(1))
				}); {
				case err == nil:
					acked.Add(1)
				case !errors.Is(err, atomicsession.ErrNotFound):
					t.Error(err)
				}
			}
		})
	}
	under.Wait()
	if err := b.do(renew(atomicsession.User("42"))); err != nil {
		t.Error(err)
	}
	done.Wait()
	b.wantDocument(fmt.Sprintf(`{"n":%d}`, acked.Load()))
	wantRows(t, site.store, 1)
}
