package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// separate is a store that cannot count and sign in in one step.
type separate struct{ *store }

func (s separate) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if u.SessionLimit.Max > 0 {
		return driver.Result{}, fmt.Errorf("limit: %w", errors.ErrUnsupported)
	}
	return s.store.Update(ctx, now, k, u)
}

// limited calls f with sites whose users have at most so many sessions, on stores of both kinds.
func limited(t *testing.T, most int, refuse bool, f func(t *testing.T, site *site)) {
	for name, wrap := range map[string]func(*store) driver.Store{
		"in one step": func(s *store) driver.Store { return s },
		"in several":  func(s *store) driver.Store { return separate{s} },
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, nil)
			site.sessions = newManager(t, wrap(site.store), &atomicsession.Options{
				MaxSessions: most, RefuseSessions: refuse, Now: site.clock.now,
			})
			site.server.Config.Handler = site.sessions.Middleware(http.HandlerFunc(site.serve))
			f(t, site)
		})
	}
}

func countSessions(t *testing.T, m *atomicsession.Manager) (n int) {
	t.Helper()
	for _, err := range m.Sessions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// waysToSignIn are all of them: each must count.
var waysToSignIn = map[string]struct {
	before bool // there is a session of nobody
	do     call
}{
	"a first one":          {false, renew(atomicsession.User("ann"))},
	"a first one by Reset": {false, reset(atomicsession.User("ann"))},
	"Renew":                {true, renew(atomicsession.User("ann"))},
	"Reset":                {true, reset(atomicsession.User("ann"))},
	"a change of hands": {true, func(ctx context.Context, s *atomicsession.Session) error {
		return errors.Join(s.Renew(ctx, atomicsession.User("bob")), s.Renew(ctx, atomicsession.User("ann")))
	}},
}

func TestMaxSessionsEndsTheLeastRecentlyUsed(t *testing.T) {
	limited(t, 2, false, func(t *testing.T, site *site) {
		var devices []*browser
		for name, way := range waysToSignIn {
			site.clock.advance(time.Minute)
			b := site.browser()
			if way.before {
				b.must(atomicsession.Path("a").Set(1))
			}
			if err := b.do(way.do); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if devices = append(devices, b); len(devices) == 1 {
				continue
			}
			site.clock.advance(time.Minute)
			devices[0].must(atomicsession.Path("b").Set(1)) // so the other one is used longer ago
			for i, b := range devices {
				if got, want := userOf(t, b), map[bool]string{true: "ann"}[i == 0 || i == len(devices)-1]; got != want {
					t.Errorf("after %s device %d belongs to %q, want %q", name, i, got, want)
				}
			}
			devices = []*browser{devices[0], b}
		}
		if list, err := site.sessions.UserSessions(t.Context(), "ann"); len(list) != 2 || err != nil {
			t.Errorf("ann has %d sessions, %v", len(list), err)
		}
	})
}

func TestRefuseSessions(t *testing.T) {
	limited(t, 2, true, func(t *testing.T, site *site) {
		var devices []*browser
		for range 2 {
			b := site.browser()
			if err := b.do(renew(atomicsession.User("ann"))); err != nil {
				t.Fatal(err)
			}
			site.clock.advance(time.Minute)
			devices = append(devices, b)
		}
		for name, way := range waysToSignIn {
			b := site.browser()
			if way.before {
				b.must(atomicsession.Path("a").Set(1))
			}
			before := countSessions(t, site.sessions)
			err := b.do(way.do)
			tooMany, ok := errors.AsType[*atomicsession.TooManySessionsError](err)
			if !ok || !errors.Is(err, atomicsession.ErrTooManySessions) || atomicsession.StatusCode(err) != http.StatusConflict {
				t.Fatalf("%s: %v, want ErrTooManySessions", name, err)
			}
			if len(tooMany.Sessions) != 2 || !tooMany.Sessions[0].Created.After(tooMany.Sessions[1].Created) {
				t.Errorf("%s: the sessions to choose from are %+v", name, tooMany.Sessions)
			}
			if user := userOf(t, b); user == "ann" {
				t.Errorf("%s: signed in", name)
			}
			if n := countSessions(t, site.sessions) - before; n != 0 {
				t.Errorf("%s: left %d sessions behind", name, n)
			}
		}
		if err := devices[0].do(renew(atomicsession.User("ann"))); err != nil {
			t.Errorf("signing in once more where one is: %v", err)
		}
		if err := devices[0].do(reset(atomicsession.User("ann"))); err != nil {
			t.Errorf("Reset, whose own session ends: %v", err)
		}
		list, err := site.sessions.UserSessions(t.Context(), "ann")
		if err != nil || len(list) != 2 {
			t.Fatalf("ann has %d sessions, %v", len(list), err)
		}
		if err := site.sessions.Revoke(t.Context(), "ann", list[1].ID); err != nil {
			t.Fatal(err)
		}
		if err := site.browser().do(renew(atomicsession.User("ann"))); err != nil {
			t.Errorf("after one has been ended: %v", err)
		}
	})
}

// A sign-in that fails for another reason ends nobody.
func TestMaxSessionsAndAFailure(t *testing.T) {
	limited(t, 1, false, func(t *testing.T, site *site) {
		ann := site.browser()
		if err := ann.do(renew(atomicsession.User("ann"))); err != nil {
			t.Fatal(err)
		}
		b := site.browser()
		b.must(atomicsession.Path("a").Set("text"))
		for name, do := range map[string]call{
			"an operation": renew(atomicsession.User("ann"), atomicsession.Path("a").Inc(1)),
			"a condition":  renew(atomicsession.User("ann"), atomicsession.If(atomicsession.Path("b").Exists())),
			"a sign-in":    renew(atomicsession.User("ann"), atomicsession.If(atomicsession.SignedInWithin(time.Hour))),
		} {
			if err := b.do(do); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if userOf(t, ann) != "ann" {
			t.Error("ann is signed out")
		}
	})
}

// Who clicks twice has two sessions for a while, which count as one, and end as one.
func TestMaxSessionsAndACopy(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		limited(t, 1, refuse, func(t *testing.T, site *site) {
			first := site.browser()
			first.must(atomicsession.Path("cart").Set(1))
			second := first.clone()
			for _, b := range []*browser{first, second} {
				if err := b.do(renew(atomicsession.User("ann"))); err != nil {
					t.Fatal(err)
				}
			}
			for i, b := range []*browser{first, second} {
				if userOf(t, b) != "ann" {
					t.Errorf("answer %d opens no session of ann", i)
				}
			}
			site.clock.advance(time.Minute)
			err := site.browser().do(renew(atomicsession.User("ann")))
			if refuse != errors.Is(err, atomicsession.ErrTooManySessions) {
				t.Errorf("signing in elsewhere: %v", err)
			}
			list, err := site.sessions.UserSessions(t.Context(), "ann")
			if want := map[bool]int{false: 1, true: 2}[refuse]; len(list) != want || err != nil {
				t.Errorf("ann has %d sessions, %v; want %d", len(list), err, want)
			}
		})
	}
}

// A cookie that somebody else made cannot take another session out of the count.
func TestMaxSessionsAndAForeignCookie(t *testing.T) {
	limited(t, 1, true, func(t *testing.T, site *site) {
		ann := site.browser()
		if err := ann.do(renew(atomicsession.User("ann"))); err != nil {
			t.Fatal(err)
		}
		token := ann.token()
		forged := []byte(token)
		forged[30] ^= 1 // in the secret
		err := request(t, site.sessions, string(forged), reset(atomicsession.User("ann")))
		if !errors.Is(err, atomicsession.ErrTooManySessions) {
			t.Errorf("%v, want ErrTooManySessions", err)
		}
	})
}

func TestMaxSessionsRace(t *testing.T) {
	const most, rounds, at = 3, 25, 40
	for _, refuse := range []bool{false, true} {
		m := newManager(t, newStore(), &atomicsession.Options{MaxSessions: most, RefuseSessions: refuse})
		var group sync.WaitGroup
		for user := range rounds {
			name := atomicsession.User(fmt.Sprint("user", user))
			var signedIn sync.Map
			for i := range at {
				group.Go(func() {
					do := renew(name)
					if i%2 == 0 {
						do = reset(name)
					}
					err := request(t, m, "", do)
					if err == nil {
						signedIn.Store(i, nil)
					} else if !refuse || !errors.Is(err, atomicsession.ErrTooManySessions) {
						t.Error(err)
					}
					list, err := m.UserSessions(t.Context(), fmt.Sprint("user", user))
					if err != nil || len(list) > most {
						t.Errorf("%d sessions, %v", len(list), err)
					}
				})
			}
			group.Wait()
			list, err := m.UserSessions(t.Context(), fmt.Sprint("user", user))
			if err != nil || len(list) != most {
				t.Errorf("at the end %d sessions, %v; want %d", len(list), err, most)
			}
		}
	}
}
