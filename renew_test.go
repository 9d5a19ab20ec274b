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
	b.must(atomicsession.Path("cart").Set(1))
	before, old := firstInfo(t, b), b.clone()
	if err := b.do(renew(atomicsession.Path("name").Set("Ann"), atomicsession.User("42"))); err != nil {
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

func TestRenewTwiceInARequest(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := errors.Join(s.Renew(r.Context()), s.Update(r.Context(), atomicsession.Path("b").Set(2)), s.Renew(r.Context())); err != nil {
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
	b.must(atomicsession.Path("a").Set(1))
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
	wantRows(t, site.store, 1)
}

// No update is lost to a renewal: one that is acknowledged is there, whichever came first.
func TestUpdatesDuringRenew(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("n").Set(0))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := s.Update(ctx, atomicsession.Path("n").Inc(1)); err != nil {
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
	b.must(atomicsession.Path("a").Set("x"))
	for name, c := range map[string]struct {
		changes []atomicsession.Change
		want    error
	}{
		"condition": {[]atomicsession.Change{atomicsession.If(atomicsession.Path("a").Absent()), atomicsession.User("1")}, atomicsession.ErrCondition},
		"type":      {[]atomicsession.Change{atomicsession.Path("a").Inc(1), atomicsession.User("1")}, atomicsession.ErrType},
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
	err := b.update(atomicsession.Path("a").Set(1), atomicsession.User("42"))
	if err == nil || atomicsession.StatusCode(err) != http.StatusInternalServerError {
		t.Errorf("Update bound a user: %v", err)
	}
	wantRows(t, site.store, 0)
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

func TestUnbindingNobodyBeginsNoSession(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	if err := b.do(renew(atomicsession.User(""))); err != nil || b.token() != "" {
		t.Errorf("got %v, cookie %q", err, b.token())
	}
	wantRows(t, site.store, 0)
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
	b.must(atomicsession.Path("a").Set(1))
	before := b.token()
	site.store.loseReply("update")
	if err := b.do(renew(atomicsession.Path("b").Set(2))); err != nil {
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
