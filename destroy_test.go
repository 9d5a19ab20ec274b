package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// Once a request has seen its session alive, the end of the session is ErrNotFound for every change, and nothing begins
// another one.
func TestSeenAliveThenEnded(t *testing.T) {
	see := map[string]call{"read": get("a"), "update": update(atomicsession.Path("seen").Set(1)), "info": info, "csrf token": csrfToken}
	then := map[string]call{
		"update": update(atomicsession.Path("b").Set(2)), "renew": renew(), "touch": touch, "take": take("a"), "refresh": refresh,
		"reset": reset(),
	}
	for how, saw := range see {
		for what, f := range then {
			site := newSite(t, nil)
			b := site.browser()
			b.must(atomicsession.Path("a").Set(1))
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
				if v, ok, err := atomicsession.Path("a").Get(r.Context(), s); v != nil || ok || err != nil {
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
		b.must(atomicsession.Path("a").Set(1))
		old := b.clone()
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			if seen {
				_ = info(ctx, s)
			}
			err := s.Destroy(ctx)
			if err := s.Update(ctx, atomicsession.Path("a").Set(2)); !errors.Is(err, atomicsession.ErrNotFound) {
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
		wantRows(t, site.store, 0)
	}
}

// A sign-out asks the store about the session there is now, whatever the request has found out about one before.
func TestDestroyOfTheNextSession(t *testing.T) {
	for name, begin := range map[string]call{
		"renew": func(ctx context.Context, s *atomicsession.Session) error {
			return s.Renew(ctx, atomicsession.User("u"))
		},
		"reset": func(ctx context.Context, s *atomicsession.Session) error {
			return s.Reset(ctx, atomicsession.User("u"))
		},
		"token": func(ctx context.Context, s *atomicsession.Session) error { _, err := s.CSRFToken(ctx); return err },
	} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		old := b.clone()
		if err := b.do(destroy); err != nil {
			t.Fatal(err)
		}
		err := old.do(func(ctx context.Context, s *atomicsession.Session) error {
			if err := s.Destroy(ctx); err != nil {
				t.Errorf("%s: Destroy of what has ended: %v", name, err)
			}
			return errors.Join(begin(ctx, s), s.Destroy(ctx))
		})
		if err != nil && name != "token" { // a form of what has ended begins nothing
			t.Errorf("%s: %v", name, err)
		}
		wantRows(t, site.store, 0)
	}
}

// A sign-out that comes too late makes the browser forget the cookie all the same.
func TestDestroyOfWhatHasEnded(t *testing.T) {
	for _, seen := range []bool{false, true} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		old := b.clone()
		var want error
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			if seen {
				want = atomicsession.ErrNotFound
				_ = info(ctx, s)
			}
			if err := old.do(destroy); err != nil {
				t.Error(err)
			}
			return s.Destroy(ctx)
		})
		if !errors.Is(err, want) {
			t.Errorf("seen: %v: got %v, want %v", seen, err, want)
		}
		if b.token() != "" {
			t.Errorf("seen: %v: the browser keeps the cookie", seen)
		}
	}
}

// Also if this request knows of the end, or has brought something that is no token. But not the cookie of a session that goes on.
func TestDestroyClearsWhatIsDead(t *testing.T) {
	for _, c := range []struct {
		name   string
		before call // in the request, before the end
		end    call
		after  call
		clears bool
	}{
		{"found out by a read", nil, destroy, info, true},
		{"found out by an update", info, destroy, update(atomicsession.Path("b").Set(1)), true},
		{"destroyed twice", destroy, nil, destroy, true},
		{"renewed elsewhere, found out by a read", nil, renew(), info, false},
		{"renewed elsewhere, found out by an update", info, renew(), update(atomicsession.Path("b").Set(1)), false},
	} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		tab := b.clone()
		_ = tab.do(func(ctx context.Context, s *atomicsession.Session) error {
			if c.before != nil {
				_ = c.before(ctx, s)
			}
			if c.end != nil {
				_ = b.do(c.end)
			}
			_ = c.after(ctx, s)
			if err := s.Destroy(ctx); (err == nil) != c.clears {
				t.Errorf("%s: %v", c.name, err)
			}
			return nil
		})
		if cleared := tab.token() == ""; cleared != c.clears {
			t.Errorf("%s: the cookie is cleared: %v", c.name, cleared)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", "__Host-session=no token")
	m := newManager(t, newStore(), nil)
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, r)
	if c := sessionCookie(w.Result()); c == nil || c.MaxAge >= 0 {
		t.Errorf("what is no token is answered with %v", c)
	}
}

// That the session has ended is the answer, not that it is too late for a cookie.
func TestRenewOfWhatHasEndedAfterTheHeader(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		ctx := r.Context()
		if err := errors.Join(info(ctx, s), b.clone().do(destroy)); err != nil {
			t.Error(err)
		}
		if err := s.Touch(ctx); !errors.Is(err, atomicsession.ErrNotFound) {
			t.Errorf("Touch: %v", err)
		}
		w.WriteHeader(http.StatusOK)
		if err := s.Renew(ctx); !errors.Is(err, atomicsession.ErrNotFound) {
			t.Errorf("Renew: %v", err)
		}
	})
}

// A sign-out races slow requests that change the session. Whatever their order, nothing is left of it.
func TestDestroyWinsAgainstSlowRequests(t *testing.T) {
	for range 6 {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		var wg sync.WaitGroup
		for range 8 {
			slow := b.clone()
			wg.Go(func() {
				_ = slow.do(func(ctx context.Context, s *atomicsession.Session) error {
					if ok, err := s.Exists(ctx); !ok || err != nil {
						return err // came too late to have seen it
					}
					err := s.Update(ctx, atomicsession.Path("a").Inc(1))
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
	b.must(atomicsession.Path("a").Set(1))
	old := b.clone()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		n, _, err := atomicsession.NewKey[int]("a").Get(ctx, s)
		if err != nil {
			return err
		}
		if err := old.clone().do(destroy); err != nil {
			return err
		}
		return s.Update(ctx, atomicsession.Path("a").Set(n+1))
	})
	if !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("the write is answered with %v", err)
	}
	old.wantDocument(`{}`)
}
