package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// Once a request has seen its session alive, the end of the session is ErrNotFound for every change, and nothing begins
// another one.
func TestSeenAliveThenEnded(t *testing.T) {
	see := map[string]call{"read": get("a"), "update": update(atomicsession.Set("seen", 1)), "info": info, "csrf token": csrfToken}
	then := map[string]call{
		"update": update(atomicsession.Set("b", 2)), "renew": renew(), "touch": touch, "take": take("a"), "refresh": refresh,
	}
	for how, saw := range see {
		for what, f := range then {
			site := newSite(t, nil)
			b := site.browser()
			b.must(atomicsession.Set("a", 1))
			resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				if err := saw(r.Context(), s); err != nil {
					t.Error(err)
				}
				if err := b.clone().do(destroy); err != nil {
					t.Error(err)
				}
				err := f(r.Context(), s)
				if !errors.Is(err, atomicsession.ErrNotFound) || atomicsession.StatusCode(err) != http.StatusGone {
					t.Errorf("%s after %s of a session that ended meanwhile: %v", what, how, err)
				}
				for name, change := range then { // and so it stays
					if err := change(r.Context(), s); !errors.Is(err, atomicsession.ErrNotFound) && name != "refresh" {
						t.Errorf("%s after that: %v", name, err)
					}
				}
				if v, ok, err := s.Get(r.Context(), "a"); v != nil || ok || err != nil {
					t.Errorf("a read after that finds %v, %v, %v", v, ok, err)
				}
				if ok, err := s.Exists(r.Context()); ok || err != nil {
					t.Errorf("the session exists after that: %v, %v", ok, err)
				}
			})
			if sessionCookie(resp) != nil {
				t.Errorf("%s after %s set a cookie", what, how)
			}
			if n := site.store.rows(t); n != 0 {
				t.Errorf("%s after %s left %d sessions", what, how, n)
			}
		}
	}
}

func TestDestroy(t *testing.T) {
	for _, seen := range []bool{false, true} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Set("a", 1))
		old := b.clone()
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			if seen {
				_ = info(ctx, s)
			}
			err := s.Destroy(ctx)
			if err := s.Set(ctx, "a", 2); !errors.Is(err, atomicsession.ErrNotFound) {
				t.Errorf("an update after Destroy: %v", err)
			}
			if _, err := s.CSRFToken(ctx); !errors.Is(err, atomicsession.ErrNotFound) {
				t.Errorf("a CSRF token after Destroy: %v", err)
			}
			return errors.Join(err, s.Destroy(ctx))
		})
		if err != nil {
			t.Error(err)
		}
		if b.token() != "" {
			t.Error("the browser keeps the cookie")
		}
		old.wantDocument(`{}`)
		if n := site.store.rows(t); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	}
}

// A sign-out races slow requests that change the session. Whatever their order, nothing is left of it.
func TestDestroyWinsAgainstSlowRequests(t *testing.T) {
	for range 6 {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Set("a", 1))
		var wg sync.WaitGroup
		for range 8 {
			slow := b.clone()
			wg.Go(func() {
				_ = slow.do(func(ctx context.Context, s *atomicsession.Session) error {
					if ok, err := s.Exists(ctx); !ok || err != nil {
						return err // came too late to have seen it
					}
					err := s.Update(ctx, atomicsession.Inc("a", 1))
					if err != nil && !errors.Is(err, atomicsession.ErrNotFound) {
						t.Error(err)
					}
					return nil
				})
			})
		}
		if err := b.do(destroy); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if n := site.store.rows(t); n != 0 {
			t.Fatalf("%d sessions live after the sign-out", n)
		}
	}
}

// The same with the order made certain: the request is between its read and its write when the session is destroyed.
func TestSlowRequestDoesNotRevive(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
	old := b.clone()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		n, _, err := atomicsession.Get[int](ctx, s, "a")
		if err != nil {
			return err
		}
		if err := old.clone().do(destroy); err != nil {
			return err
		}
		return s.Set(ctx, "a", n+1)
	})
	if !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("the write is answered with %v", err)
	}
	old.wantDocument(`{}`)
}

func TestRegenerate(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
	before, old := firstInfo(t, b), b.clone()
	if err := b.do(regenerate(atomicsession.Set("b", 2), atomicsession.User("42"))); err != nil {
		t.Fatal(err)
	}
	b.wantDocument(`{"b":2}`)
	if after := firstInfo(t, b); after.ID == before.ID || after.User != "42" {
		t.Errorf("regenerated into %+v", after)
	}
	old.wantDocument(`{}`)
	if err := b.do(regenerate()); err != nil { // an empty session is one
		t.Fatal(err)
	}
	if after := firstInfo(t, b); after.User != "" {
		t.Errorf("the user %q was kept", after.User)
	}
	site.clock.advance(driver.RenewalWindow)
	if _, err := site.sessions.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := site.store.rows(t); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	old.must(atomicsession.Set("c", 3))
	old.wantDocument(`{"c":3}`)
}

// A Regenerate that fails leaves the session, the cookie and the handle as they were.
func TestRegenerateFails(t *testing.T) {
	down := errors.New("down")
	for name, c := range map[string]struct {
		fails   []string
		changes []atomicsession.Change
		want    error
	}{
		"create":    {[]string{"create"}, nil, down},
		"update":    {[]string{"update"}, nil, down},
		"condition": {nil, []atomicsession.Change{atomicsession.If(atomicsession.Exists("a"))}, atomicsession.ErrCondition},
		"path":      {nil, []atomicsession.Change{atomicsession.Set("$a", 1)}, atomicsession.ErrPath},
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, nil)
			b := site.browser()
			b.must(atomicsession.Set("a", 1))
			before := firstInfo(t, b)
			var loaded bool
			for _, loaded = range []bool{false, true} {
				resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					ctx := r.Context()
					if loaded {
						_ = info(ctx, s)
					}
					if c.fails != nil {
						// The store refuses just once: what a try left behind can be removed.
						var once sync.Once
						site.store.before(func(_ context.Context, call string) (err error) {
							if call == c.fails[0] {
								once.Do(func() { err = down })
							}
							return err
						})
					}
					if err := s.Regenerate(ctx, c.changes...); !errors.Is(err, c.want) {
						t.Errorf("got %v, want %v", err, c.want)
					}
					site.store.before(nil)
					after, ok, err := s.Info(ctx)
					if after != before || !ok || err != nil {
						t.Errorf("the handle is now of %+v, was %+v", after, before)
					}
					if v, _, err := s.Get(ctx, "a"); v != int64(1) || err != nil {
						t.Errorf("the handle reads %v, %v", v, err)
					}
				})
				if sessionCookie(resp) != nil {
					t.Error("the cookie was changed")
				}
			}
			b.wantDocument(`{"a":1}`)
			if n := site.store.rows(t); n != 1 {
				t.Errorf("%d sessions are left", n)
			}
		})
	}
}
