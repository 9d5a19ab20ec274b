package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func wantSessions(t *testing.T, site *site, user string, want int) []atomicsession.Info {
	t.Helper()
	list, err := site.sessions.UserSessions(t.Context(), user)
	if err != nil || len(list) != want {
		t.Errorf("%s has %d sessions, %v; want %d", user, len(list), err, want)
	}
	return list
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
			wantSessions(t, site, "ann", 1)
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
				wantSessions(t, site, "ann", 2)
				if err := copies[reset1].do(reset(atomicsession.User("ann"))); err != nil {
					t.Errorf("Reset of copy %d: %v", reset1, err)
				}
				site.clock.advance(time.Minute)
				err := site.browser().do(renew(atomicsession.User("ann")))
				if refuse != errors.Is(err, atomicsession.ErrTooManySessions) {
					t.Errorf("signing in elsewhere: %v", err)
				}
				wantSessions(t, site, "ann", map[bool]int{true: 2, false: 1}[refuse]) // those in one group, or the new one
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

// A visitor who leaves once the sign-in is done keeps no session more than others.
func TestMaxSessionsAndAVisitorWhoLeaves(t *testing.T) {
	limited(t, 1, false, func(t *testing.T, site *site) {
		for range 3 {
			b := site.browser()
			b.must(atomicsession.Path("a").Set(1))
			_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				site.store.meanwhile = func(context.Context) { cancel() }
				site.store.left("update")
				return s.Renew(ctx, atomicsession.User("ann"))
			})
			site.clock.advance(time.Second)
		}
		wantSessions(t, site, "ann", 1)
	})
}

// What the store says to the listing is told once, with the name of what was to be done.
func TestMaxSessionsReports(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		var told []error
		s := newStore()
		m := newManager(t, separate{s}, &atomicsession.Options{MaxSessions: 1, RefuseSessions: refuse, OnError: func(_ context.Context, err error) {
			told = append(told, err)
		}})
		s.fail(driver.ErrUnavailable, "list")
		err := request(t, m, "", renew(atomicsession.User("ann")))
		if refuse != errors.Is(err, atomicsession.ErrUnavailable) {
			t.Errorf("%v", err)
		}
		if len(told) != 1 || strings.HasPrefix(told[0].Error(), "session :") || strings.Count(told[0].Error(), "session ") > 1 {
			t.Errorf("refused %v: told %q", refuse, told)
		}
	}
}

// Nobody's session has no device, nor one the methods of another sign-in; and a sign-in that says nothing of its device has not that of before.
func TestDeviceOfBefore(t *testing.T) {
	device := map[string]string{"city": "Paris"}
	site := newSite(t, &atomicsession.Options{Device: func(*http.Request) map[string]string { return device }})
	b := site.browser()
	if err := b.from("one", renew(atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"))); err != nil {
		t.Fatal(err)
	}
	if err := b.from("one", renew(atomicsession.User(""), atomicsession.Path("a").Set(1))); err != nil {
		t.Fatal(err)
	}
	if info, _ := b.info(); info.UserAgent != "" || info.Device != nil || info.Methods != nil || !info.Authenticated.IsZero() {
		t.Errorf("of nobody is known: %+v", info)
	}
	for _, next := range []map[string]string{nil, {"city": strings.Repeat("x", 300)}} {
		device = map[string]string{"city": "Paris"}
		if err := b.from("one", renew(atomicsession.User("ann"))); err != nil {
			t.Fatal(err)
		}
		device = next
		if err := b.from("", renew(atomicsession.User("bob"))); err != nil {
			t.Fatal(err)
		}
		if info, _ := b.info(); info.UserAgent != "" || info.Device != nil {
			t.Errorf("bob's session is said to be on ann's device: %+v", info)
		}
	}
}

// Nobody signs in and out in one step.
func TestAuthenticatedByOfNobody(t *testing.T) {
	site := newSite(t, nil)
	for name, do := range map[string]call{
		"Renew": renew(atomicsession.User(""), atomicsession.AuthenticatedBy("pwd")),
		"Reset": reset(atomicsession.AuthenticatedBy("pwd"), atomicsession.User("")),
	} {
		b := site.browser()
		if err := b.do(signIn()); err != nil {
			t.Fatal(err)
		}
		if err := b.do(do); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: %v, want ErrValue", name, err)
		}
		if err := b.do(actWithin(time.Hour)); err != nil {
			t.Errorf("after the refused %s: %v", name, err)
		}
	}
}

// Of a user with more sessions than are listed all but the latest end, too.
func TestMaxSessionsOfWhoHadMany(t *testing.T) {
	limited(t, 2, false, func(t *testing.T, site *site) {
		for i := range 1100 {
			err := site.store.Store.Create(t.Context(), driver.Verifier{}, driver.Record{Meta: driver.Meta{
				ID: driver.ID{1, byte(i >> 8), byte(i)}, User: "ann", LastUsed: site.clock.now(), Expires: site.clock.now().Add(time.Hour), Lifetime: time.Hour,
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		site.clock.advance(time.Second)
		b := site.browser()
		if err := b.do(renew(atomicsession.User("ann"))); err != nil {
			t.Fatal(err)
		}
		wantSessions(t, site, "ann", 2)
		if userOf(t, b) != "ann" {
			t.Error("the one who signs in is signed out")
		}
	})
}

// A sign-in whose reply is lost counts as any other.
func TestMaxSessionsAndALostReply(t *testing.T) {
	limited(t, 1, false, func(t *testing.T, site *site) {
		for name, way := range waysToSignIn {
			b := site.browser()
			if way.before {
				b.must(atomicsession.Path("a").Set(1))
			}
			site.clock.advance(time.Second)
			site.store.loseReply("update")
			if err := b.do(way.do); err != nil && !errors.Is(err, atomicsession.ErrUnknownOutcome) {
				t.Errorf("%s: %v", name, err)
			}
			if list, err := site.sessions.UserSessions(t.Context(), "ann"); err != nil || len(list) > 1 {
				t.Errorf("%s: ann has %d sessions, %v", name, len(list), err)
			}
		}
	})
}

// A store that panics in the middle of a sign-in leaves no session that nobody has the cookie of.
func TestMaxSessionsAndAPanic(t *testing.T) {
	limited(t, 1, true, func(t *testing.T, site *site) {
		site.store.meanwhile = func(context.Context) { panic("store") }
		for name, way := range waysToSignIn {
			b := site.browser()
			if way.before {
				b.must(atomicsession.Path("a").Set(1))
			}
			before := countSessions(t, site.sessions)
			site.store.left("update")
			panicked := false
			_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
				defer func() { panicked = recover() != nil }()
				return way.do(ctx, s)
			})
			if n := countSessions(t, site.sessions); n != before || !panicked {
				t.Errorf("%s: %d sessions are left where %d were; the store has panicked: %v", name, n, before, panicked)
			}
			if _, err := site.sessions.RevokeAll(t.Context(), "ann"); err != nil {
				t.Error(err)
			}
		}
	})
}

// What a Reset has put another session in the place of is nobody's, for as long as it is there.
func TestResetLeavesNothingKnown(t *testing.T) {
	site := newSite(t, &atomicsession.Options{Device: func(*http.Request) map[string]string { return map[string]string{"a": "b"} }})
	b := site.browser()
	if err := b.do(renew(atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"))); err != nil {
		t.Fatal(err)
	}
	if err := b.do(reset(atomicsession.User("ann"))); err != nil {
		t.Fatal(err)
	}
	for info, err := range site.sessions.Sessions(t.Context()) {
		if err != nil || info.User == "" && (info.UserAgent != "" || info.Device != nil || info.Methods != nil) {
			t.Errorf("%+v, %v", info, err)
		}
	}
}
