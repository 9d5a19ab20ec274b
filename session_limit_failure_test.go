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
		wantSessions(t, site, 1)
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
		wantSessions(t, site, 2)
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
