package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// When it is unknown whether a new session was stored, another ID is tried: the browser gets one that certainly exists,
// and nothing is left of the other.
func TestUnknownOutcomeOfCreate(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	site.store.loseReply("create")
	b.must(atomicsession.Set("a", 1))
	wantCalls(t, site.store, "create", "delete", "create")
	b.wantDocument(`{"a":1}`)
	wantRows(t, site.store, 1)
}

// A second try that ends like the first is the last. Nothing is left of either.
func TestUnknownOutcomeOfBothCreates(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	site.store.before(func(_ context.Context, call string) error {
		if call == "create" {
			site.store.loseReply(call)
		}
		return nil
	})
	if err := b.update(atomicsession.Set("a", 1)); !errors.Is(err, atomicsession.ErrUnknownOutcome) || b.token() != "" {
		t.Errorf("got %v, cookie %q", err, b.token())
	}
	wantCalls(t, site.store, "create", "delete", "create", "delete")
	wantRows(t, site.store, 0)
}

// timeOut is what happens to a call whose time is over before its outcome is known.
func timeOut(ctx context.Context) { <-ctx.Done() }

// Nothing that follows upon an unknown outcome takes more time than the call has.
func TestUnknownOutcomeOfALateCreate(t *testing.T) {
	store := newStore()
	store.meanwhile = timeOut
	store.loseReply("create")
	var deadlines []time.Time
	store.before(func(ctx context.Context, _ string) error {
		deadline, _ := ctx.Deadline()
		deadlines = append(deadlines, deadline)
		return nil
	})
	m := newManager(t, store, &atomicsession.Options{StoreTimeout: 50 * time.Millisecond})
	if err := request(t, m, "", update(atomicsession.Set("a", 1))); !errors.Is(err, atomicsession.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
	wantCalls(t, store, "create", "delete")
	if len(deadlines) != 2 || deadlines[1].IsZero() || deadlines[1].After(deadlines[0]) {
		t.Errorf("the deadlines were %v", deadlines)
	}
}

// A session that nobody will get is removed, though the visitor has gone.
func TestUnknownOutcomeForAVisitorWhoHasGone(t *testing.T) {
	store := newStore()
	ctx, leave := context.WithCancel(t.Context())
	store.meanwhile = func(context.Context) { leave() }
	store.loseReply("create")
	err := request(t, newManager(t, store, nil), "", func(_ context.Context, s *atomicsession.Session) error {
		return s.Set(ctx, "a", 1)
	})
	if !errors.Is(err, atomicsession.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
	wantCalls(t, store, "create", "delete")
	wantRows(t, store, 0)
}

// When it is unknown whether Regenerate has ended the session, the session tells.
func TestUnknownOutcomeOfRegenerate(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
	old := b.clone()
	site.store.took()
	site.store.loseReply("update")
	if err := b.do(regenerate(atomicsession.Set("b", 2))); err != nil {
		t.Errorf("the session was ended: %v", err)
	}
	wantCalls(t, site.store, "create", "update", "load")
	b.wantDocument(`{"b":2}`)
	old.wantDocument(`{}`)

	token := b.token()
	site.store.fail(driver.ErrUnknownOutcome, "update")
	if err := b.do(regenerate(atomicsession.Set("c", 3))); !errors.Is(err, atomicsession.ErrUnknownOutcome) {
		t.Errorf("the session was not ended: %v", err)
	}
	site.store.before(nil)
	if b.token() != token {
		t.Error("the browser has another token")
	}
	b.wantDocument(`{"b":2}`)
	wantRows(t, site.store, 2) // this one, and the one that was ended a moment ago
}

// When it is unknown whether a renewal took effect, the new secret tells: a browser must not be left with a dead one.
func TestUnknownOutcomeOfRenew(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("late=%v", late), func(t *testing.T) { testUnknownRenew(t, late) })
	}
}

func testUnknownRenew(t *testing.T, late bool) {
	site := newSite(t, &atomicsession.Options{StoreTimeout: 200 * time.Millisecond})
	if late {
		site.store.meanwhile = timeOut
	}
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
	before := b.token()
	site.store.loseReply("update")
	if err := b.do(renew(atomicsession.Set("b", 2))); err != nil {
		t.Errorf("a renewal that took effect: %v", err)
	}
	b.wantDocument(`{"a":1,"b":2}`)

	after := b.token()
	site.store.fail(driver.ErrUnknownOutcome, "update")
	if err := b.do(renew()); !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("a renewal that did not take effect: %v", err)
	}
	site.store.before(nil)
	if before == after || b.token() != after {
		t.Error("the browser has the wrong token")
	}
	b.wantDocument(`{"a":1,"b":2}`)
}
