package atomicsession_test

import (
	"context"
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// Whatever a request with an old secret does, the hook is asked once, and the session lives unless the hook says otherwise.
func TestOnReplayOfEveryCall(t *testing.T) {
	for _, most := range []int{0, 5} {
		for name, do := range map[string]call{
			"Destroy": destroy, "a sign-out by Reset": reset(), "a sign-in by Reset": reset(atomicsession.User("eve")),
			"a sign-in": renew(atomicsession.User("eve")), "Peek": peek,
			"RevokeOthers": func(ctx context.Context, s *atomicsession.Session) error { _, err := s.RevokeOthers(ctx); return err },
			"CSRFToken":    func(ctx context.Context, s *atomicsession.Session) error { _, err := s.CSRFToken(ctx); return err },
			"everything": func(ctx context.Context, s *atomicsession.Session) error {
				return errors.Join(s.Touch(ctx), s.Refresh(ctx), s.Destroy(ctx), s.Update(ctx, atomicsession.Path("a").Set(1)))
			},
			"signing out, and more": func(ctx context.Context, s *atomicsession.Session) error {
				return errors.Join(s.Destroy(ctx), s.Destroy(ctx), s.Reset(ctx), s.Touch(ctx))
			},
		} {
			for _, action := range []atomicsession.ReplayAction{atomicsession.IgnoreReplay, atomicsession.EndSession, atomicsession.EndAllSessions} {
				h := &hook{action: action}
				site := newSite(t, &atomicsession.Options{OnReplay: h.ask, MaxSessions: most})
				victim := site.browser()
				victim.must(atomicsession.Path("a").Set(1))
				thief := victim.clone()
				if err := victim.do(renew(atomicsession.User("ann"))); err != nil {
					t.Fatal(err)
				}
				site.clock.advance(driver.RenewalWindow)
				_ = thief.do(do)
				if len(h.asked) != 1 || h.asked[0].User != "ann" {
					t.Errorf("%s: asked %+v", name, h.asked)
				}
				if _, ok := victim.info(); ok != (action == atomicsession.IgnoreReplay) {
					t.Errorf("%s, action %d: the session lives: %v", name, action, ok)
				}
			}
		}
	}
}

// A request that has seen its session alive brings nothing back: it has only lasted long.
func TestOnReplayOfALongRequest(t *testing.T) {
	for name, do := range map[string]call{
		"an update": update(atomicsession.Path("b").Set(1)), "Peek": peek, "Touch": touch, "a sign-out": destroy, "Reset": reset(),
		"a sign-in": reset(atomicsession.User("ann")),
	} {
		h := &hook{action: atomicsession.EndAllSessions}
		site := newSite(t, &atomicsession.Options{OnReplay: h.ask})
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		stream := b.clone()
		err := stream.do(func(ctx context.Context, s *atomicsession.Session) error {
			if err := s.Peek(ctx); err != nil {
				return err
			}
			if err := b.do(renew(atomicsession.User("ann"))); err != nil {
				return err
			}
			site.clock.advance(driver.RenewalWindow)
			return do(ctx, s)
		})
		if !errors.Is(err, atomicsession.ErrNotFound) || len(h.asked) > 0 {
			t.Errorf("%s: %v; asked %v", name, err, h.asked)
		}
		if _, ok := b.info(); !ok {
			t.Errorf("%s: the visitor is signed out", name)
		}
	}
}

// If the others cannot be found, the session of which an old secret has come back ends all the same, and somebody is told.
func TestEndAllSessionsWithoutAnIndex(t *testing.T) {
	for name, f := range map[string]func(*store) driver.Store{
		"a store that cannot": func(s *store) driver.Store { return nameless{s} },
		"a store that fails":  func(s *store) driver.Store { s.fail(driver.ErrUnavailable, "revoke all"); return s },
	} {
		told := 0
		h := &hook{action: atomicsession.EndAllSessions}
		clock := newClock()
		m := newManager(t, f(newStore()), &atomicsession.Options{OnReplay: h.ask, Now: clock.now, OnError: func(context.Context, error) { told++ }})
		old := newToken(t, m)
		var id atomicsession.ID
		err := request(t, m, old, func(ctx context.Context, s *atomicsession.Session) error {
			err := s.Renew(ctx, atomicsession.User("ann"))
			info, _, infoErr := s.Info(ctx)
			id = info.ID
			return errors.Join(err, infoErr)
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.advance(driver.RenewalWindow)
		if err := request(t, m, old, document); err != nil {
			t.Error(err)
		}
		if _, err := m.SessionDocument(t.Context(), "ann", id); !errors.Is(err, atomicsession.ErrNotFound) || told != 1 {
			t.Errorf("%s: the session is %v; OnError was told %d times", name, err, told)
		}
	}
}
