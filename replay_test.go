package atomicsession_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// hook is Options.OnReplay that remembers what it was asked.
type hook struct {
	mu     sync.Mutex
	action atomicsession.ReplayAction
	asked  []atomicsession.Info
}

func (h *hook) ask(_ context.Context, info atomicsession.Info) atomicsession.ReplayAction {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, info)
	return h.action
}

func TestOnReplay(t *testing.T) {
	for _, c := range []struct {
		name   string
		action atomicsession.ReplayAction
		user   string
		victim bool // the session of which an old secret comes back lives on
		other  bool // so does another one of the same user
	}{
		{"ignored", atomicsession.IgnoreReplay, "ann", true, true},
		{"the session ends", atomicsession.EndSession, "ann", false, true},
		{"all end", atomicsession.EndAllSessions, "ann", false, false},
		{"nobody's session ends", atomicsession.EndSession, "", false, true},
		{"all of nobody end", atomicsession.EndAllSessions, "", false, true},
		{"something else", atomicsession.ReplayAction(99), "ann", true, true},
	} {
		for way, do := range map[string]call{
			"a read": document, "an update": update(atomicsession.Path("b").Set(1)), "Refresh": refresh, "Touch": touch, "a renewal": renew(),
		} {
			h := &hook{action: c.action}
			site := newSite(t, &atomicsession.Options{OnReplay: h.ask})
			victim, other := site.browser(), site.browser()
			victim.must(atomicsession.Path("a").Set(1))
			thief := victim.clone()
			if err := victim.do(renew(atomicsession.User(c.user))); err != nil {
				t.Fatal(err)
			}
			if err := other.do(renew(atomicsession.User(c.user), atomicsession.Path("a").Set(1))); err != nil {
				t.Fatal(err)
			}
			site.clock.advance(driver.RenewalWindow - time.Millisecond)
			if err := thief.do(refresh); !errors.Is(err, atomicsession.ErrRenewed) || len(h.asked) > 0 {
				t.Fatalf("within the window: %v, asked %v", err, h.asked)
			}
			site.clock.advance(time.Millisecond)
			id := firstInfo(t, victim).ID
			err := thief.do(do)
			if (way == "Refresh" || way == "Touch") && !errors.Is(err, atomicsession.ErrReplayed) {
				t.Errorf("%s, %s: %v, want ErrReplayed", c.name, way, err)
			}
			if len(h.asked) != 1 || h.asked[0].ID != id || h.asked[0].User != c.user {
				t.Errorf("%s, %s: asked %+v", c.name, way, h.asked)
			}
			if _, ok := victim.info(); ok != c.victim {
				t.Errorf("%s, %s: the session lives: %v", c.name, way, ok)
			}
			if _, ok := other.info(); ok != c.other {
				t.Errorf("%s, %s: the other session lives: %v", c.name, way, ok)
			}
		}
	}
}

// Without the hook an old secret costs what it did, and finds nothing.
func TestReplayWithoutHook(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	thief := b.clone()
	if err := b.do(renew()); err != nil {
		t.Fatal(err)
	}
	site.clock.advance(time.Hour)
	site.store.took()
	thief.wantDocument(`{}`)
	wantCalls(t, site.store, "load")
	thief.must(atomicsession.Path("b").Set(1))
	wantCalls(t, site.store, "update", "create")
	b.wantDocument(`{"a":1}`)
	thief.wantDocument(`{"b":1}`)
}

// An old secret comes back while its session is renewed again and again: the hook is never asked about a secret that is good, or was a moment ago.
func TestReplayRace(t *testing.T) {
	h := &hook{action: atomicsession.EndSession}
	site := newSite(t, &atomicsession.Options{OnReplay: h.ask})
	b := site.browser()
	b.must(atomicsession.Path("n").Set(0))
	var group sync.WaitGroup
	for round := range 30 {
		tabs := []*browser{b.clone(), b.clone(), b.clone()}
		for _, tab := range tabs {
			group.Go(func() {
				if err := tab.do(refresh); err != nil && !errors.Is(err, atomicsession.ErrRenewed) {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		if err := b.do(renew(atomicsession.Path("n").Inc(1))); err != nil {
			t.Fatal(err)
		}
		group.Wait()
	}
	b.wantDocument(`{"n":30}`)
	if len(h.asked) > 0 {
		t.Errorf("asked %d times", len(h.asked))
	}
}
