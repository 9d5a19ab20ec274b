package atomicsession_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func wantSessions(t *testing.T, site *site, want int) {
	t.Helper()
	if list, err := site.sessions.UserSessions(t.Context(), "ann"); err != nil || len(list) != want {
		t.Errorf("ann has %d sessions, %v; want %d", len(list), err, want)
	}
}

// A session that Reset does not end, since another request has renewed it meanwhile, counts.
func TestMaxSessionsAndAResetThatEndsNothing(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		limited(t, 1, refuse, func(t *testing.T, site *site) {
			b := site.browser()
			if err := b.do(renew(atomicsession.User("ann"))); err != nil {
				t.Fatal(err)
			}
			slow := b.clone()
			err := slow.do(func(ctx context.Context, s *atomicsession.Session) error {
				if _, err := s.Document(ctx); err != nil {
					return err
				}
				if err := b.do(renew(atomicsession.Path("a").Set(1))); err != nil {
					return err
				}
				return s.Reset(ctx, atomicsession.User("ann"))
			})
			if refuse != errors.Is(err, atomicsession.ErrTooManySessions) || !refuse && err != nil {
				t.Errorf("the Reset: %v", err)
			}
			wantSessions(t, site, 1)
			if refuse {
				b.wantDocument(`{"a":1}`)
			} else {
				b.wantDocument(`{}`)
			}
			if got, want := userOf(t, slow), map[bool]string{false: "ann"}[refuse]; got != want {
				t.Errorf("the slow request has a session of %q, want %q", got, want)
			}
		})
	}
}

// The copies of a session that a Reset takes the place of are not forgotten, and do not stand in its way either.
func TestMaxSessionsAndAResetOfACopy(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		for reset1 := range 2 {
			limited(t, 1, refuse, func(t *testing.T, site *site) {
				first := site.browser()
				first.must(atomicsession.Path("cart").Set(1))
				copies := []*browser{first, first.clone()}
				for _, b := range copies {
					if err := b.do(renew(atomicsession.User("ann"))); err != nil {
						t.Fatal(err)
					}
				}
				for i, b := range copies {
					if err := b.do(renew(atomicsession.User("ann"))); err != nil {
						t.Errorf("copy %d proves itself again: %v", i, err)
					}
				}
				wantSessions(t, site, 2)
				if err := copies[reset1].do(reset(atomicsession.User("ann"))); err != nil {
					t.Errorf("Reset of copy %d: %v", reset1, err)
				}
				site.clock.advance(time.Minute)
				err := site.browser().do(renew(atomicsession.User("ann")))
				if refuse != errors.Is(err, atomicsession.ErrTooManySessions) {
					t.Errorf("signing in elsewhere: %v", err)
				}
				wantSessions(t, site, map[bool]int{true: 2, false: 1}[refuse]) // those in one group, or the new one
			})
		}
	}
}

// Who is to choose a session that ends is told which one they are using.
func TestTooManySessionsCurrent(t *testing.T) {
	for name, do := range map[string]call{"Renew": renew(atomicsession.User("ann")), "Reset": reset(atomicsession.User("ann"))} {
		limited(t, 1, true, func(t *testing.T, site *site) {
			many := newManager(t, site.store, &atomicsession.Options{Now: site.clock.now})
			newToken(t, many, atomicsession.User("ann"))
			newToken(t, many, atomicsession.User("ann"))
			token := newToken(t, many, atomicsession.User("ann"))
			var own atomicsession.ID
			err := request(t, site.sessions, token, func(ctx context.Context, s *atomicsession.Session) error {
				info, _, err := s.Info(ctx)
				own = info.ID
				return errors.Join(err, do(ctx, s))
			})
			tooMany, ok := errors.AsType[*atomicsession.TooManySessionsError](err)
			if !ok || len(tooMany.Sessions) != 3 {
				t.Fatalf("%s: %v", name, err)
			}
			for _, info := range tooMany.Sessions {
				if info.Current != (info.ID == own) {
					t.Errorf("%s: session %v is current: %v; it is: %v", name, info.ID, info.Current, info.ID == own)
				}
			}
		})
	}
}

// nameless is a store that counts, and cannot find sessions by user.
type nameless struct{ driver.Store }

func TestTooManySessionsNotListed(t *testing.T) {
	for name, f := range map[string]func(*store) driver.Store{
		"a store that cannot": func(s *store) driver.Store { return nameless{s} },
		"a store that fails":  func(s *store) driver.Store { s.fail(driver.ErrUnavailable, "list"); return s },
	} {
		m := newManager(t, f(newStore()), &atomicsession.Options{MaxSessions: 1, RefuseSessions: true})
		newToken(t, m, atomicsession.User("ann"))
		err := request(t, m, "", renew(atomicsession.User("ann")))
		tooMany, ok := errors.AsType[*atomicsession.TooManySessionsError](err)
		if !ok || tooMany.Sessions != nil || strings.Contains(err.Error(), "0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a sign-in costs with a limit: the round trips that [atomicsession.Options] speak of.
func TestMaxSessionsCalls(t *testing.T) {
	for _, most := range []int{0, 2} {
		for name, c := range map[string]struct {
			before      bool
			do          call
			free, bound []string
		}{
			"a first one":   {false, renew(atomicsession.User("ann")), []string{"create"}, []string{"create", "update"}},
			"a first Reset": {false, reset(atomicsession.User("ann")), []string{"create"}, []string{"create", "update"}},
			"Renew":         {true, renew(atomicsession.User("ann")), []string{"update"}, []string{"update"}},
			"Reset":         {true, reset(atomicsession.User("ann")), []string{"create", "update"}, []string{"load", "create", "update", "update"}},
		} {
			site := newSite(t, &atomicsession.Options{MaxSessions: most})
			b := site.browser()
			if c.before {
				b.must(atomicsession.Path("a").Set(1))
			}
			site.store.took()
			if err := b.do(c.do); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			wantCalls(t, site.store, map[bool][]string{true: c.free, false: c.bound}[most == 0]...)
		}
	}
}
