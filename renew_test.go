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

func TestRenew(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("cart", 1))
	before, old := firstInfo(t, b), b.clone()
	if err := b.do(renew(atomicsession.Set("name", "Ann"), atomicsession.User("42"))); err != nil {
		t.Fatal(err)
	}
	b.wantDocument(`{"cart":1,"name":"Ann"}`)
	if after := firstInfo(t, b); after.ID != before.ID || after.User != "42" {
		t.Errorf("renewed into %+v", after)
	}
	if b.token() == old.token() {
		t.Error("the token is the same")
	}
	old.wantDocument(`{}`) // the old secret is dead
	if err := old.do(destroy); !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("Destroy with the old secret: %v", err)
	}
	b.wantDocument(`{"cart":1,"name":"Ann"}`) // and ends nothing
}

// A request that a sign-in has overtaken neither changes anything nor begins a session, whose cookie might take the place of
// the new one.
func TestOvertakenBySignIn(t *testing.T) {
	t.Run("renew", func(t *testing.T) { testOvertaken(t, renew(atomicsession.User("42"))) })
	t.Run("regenerate", func(t *testing.T) {
		testOvertaken(t, regenerate(atomicsession.User("42"), atomicsession.Set("cart", 1)))
	})
}

func testOvertaken(t *testing.T, signIn call) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("cart", 1))
	old := b.clone()
	if err := b.do(signIn); err != nil {
		t.Fatal(err)
	}
	token := func(ctx context.Context, s *atomicsession.Session) error {
		_, err := s.CSRFToken(ctx)
		return err
	}
	update := func(ctx context.Context, s *atomicsession.Session) error { return s.Set(ctx, "a", 1) }
	for name, f := range map[string]func(context.Context, *atomicsession.Session) error{
		"update": update, "CSRF token": token, "destroy": destroy,
		"read, then update": func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(info(ctx, s), update(ctx, s))
		},
		"read, then CSRF token": func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(info(ctx, s), token(ctx, s))
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

	again := old.clone() // somebody who signs in again must get in
	if err := again.do(renew(atomicsession.User("42"), atomicsession.Set("b", 1))); err != nil {
		t.Error(err)
	}
	again.wantDocument(`{"b":1}`)

	site.clock.advance(driver.RenewalWindow) // a browser that missed the new cookie is not locked out
	old.must(atomicsession.Set("c", 1))
	old.wantDocument(`{"c":1}`)
	b.wantDocument(`{"cart":1}`)
	if _, err := site.sessions.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := site.store.rows(t); n != 3 {
		t.Errorf("there are %d sessions", n)
	}
}

// A cookie that was due is not sent once the request has found out that its token is dead: it might arrive last.
func TestDeadTokenIsNotSent(t *testing.T) {
	for name, end := range map[string]call{"renewed": renew(atomicsession.User("42")), "destroyed": destroy} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Set("cart", 1))
		site.clock.advance(24 * time.Hour)
		old := b.clone()
		resp := old.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := s.Set(r.Context(), "a", 1); err != nil {
				t.Error(err)
			}
			if err := b.do(end); err != nil {
				t.Error(err)
			}
			if err := s.Set(r.Context(), "a", 2); !errors.Is(err, atomicsession.ErrNotFound) {
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
	b.must(atomicsession.Set("n", 0))
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
					return s.Update(ctx, atomicsession.Inc("n", 1))
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
	if n := site.store.rows(t); n != 1 {
		t.Errorf("there are %d sessions", n)
	}
}

func TestRenewTwiceInARequest(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
	resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := errors.Join(s.Renew(r.Context()), s.Set(r.Context(), "b", 2), s.Renew(r.Context())); err != nil {
			t.Error(err)
		}
	})
	if n := len(resp.Header.Values("Set-Cookie")); n != 1 {
		t.Errorf("%d cookies are set", n)
	}
	b.wantDocument(`{"a":1,"b":2}`)
}

// Of parallel renewals of one token by requests that have seen the session, one wins, and the others say so.
func TestConcurrentRenew(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
	const n = 8
	var ready, done sync.WaitGroup
	ready.Add(n)
	var winners atomic.Int32
	tabs := make([]*browser, n)
	for i := range tabs {
		tabs[i] = b.clone()
		done.Go(func() {
			err := tabs[i].do(func(ctx context.Context, s *atomicsession.Session) error {
				err := info(ctx, s)
				ready.Done()
				ready.Wait()
				return errors.Join(err, s.Renew(ctx))
			})
			switch {
			case err == nil:
				winners.Add(1)
				tabs[i].wantDocument(`{"a":1}`)
			case !errors.Is(err, atomicsession.ErrNotFound):
				t.Error(err)
			}
		})
	}
	done.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d renewals won", winners.Load())
	}
	if n := site.store.rows(t); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
}

// No update is lost to a renewal: one that is acknowledged is there, whichever came first.
func TestUpdatesDuringRenew(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("n", 0))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := s.Update(ctx, atomicsession.Inc("n", 1)); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := s.Renew(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	b.wantDocument(`{"n":20}`)
}

func TestRenewThatFailsChangesNothing(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", "x"))
	for name, c := range map[string]struct {
		changes []atomicsession.Change
		want    error
	}{
		"condition": {[]atomicsession.Change{atomicsession.If(atomicsession.Absent("a")), atomicsession.User("1")}, atomicsession.ErrCondition},
		"type":      {[]atomicsession.Change{atomicsession.Inc("a", 1), atomicsession.User("1")}, atomicsession.ErrType},
		"user":      {[]atomicsession.Change{atomicsession.User("a\x00b")}, atomicsession.ErrValue},
	} {
		resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := s.Renew(r.Context(), c.changes...); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
			if u, err := s.User(r.Context()); u != "" || err != nil {
				t.Errorf("%s: the user is %q, %v", name, u, err)
			}
		})
		if sessionCookie(resp) != nil {
			t.Errorf("%s: a cookie was set", name)
		}
	}
	b.wantDocument(`{"a":"x"}`)
}

// Only a step that changes the secret binds a user: whoever knew the old secret must not share the session.
func TestUserIsBoundWithANewSecretOnly(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	err := b.update(atomicsession.Set("a", 1), atomicsession.User("42"))
	if err == nil || atomicsession.StatusCode(err) != http.StatusInternalServerError {
		t.Errorf("Update bound a user: %v", err)
	}
	if n := site.store.rows(t); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestUnbindUser(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	if err := errors.Join(b.do(renew(atomicsession.User("42"))), b.do(renew(atomicsession.User("")))); err != nil {
		t.Fatal(err)
	}
	if got := firstInfo(t, b).User; got != "" {
		t.Errorf("the user is %q", got)
	}
}
