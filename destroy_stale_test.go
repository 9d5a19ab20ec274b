package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// A sign-out by a secret that has been replaced, however often and however long ago, does not say that the session has ended while it
// goes on; nor does one by a secret that somebody has made up, and neither ends it. Whatever the request has found out before.
func TestSignOutWithAStaleSecret(t *testing.T) {
	for _, stale := range []struct {
		name     string
		renewals int
		late     bool
		made     bool
	}{
		{"one renewal", 1, false, false},
		{"one renewal, long ago", 1, true, false},
		{"two renewals", 2, false, false},
		{"three renewals, long ago", 3, true, false},
		{"made up", 0, false, true},
	} {
		for how, signOut := range map[string]call{"Destroy": destroy, "Reset": reset(atomicsession.Path("bye").Set(1))} {
			for saw, see := range map[string]call{"nothing": nil, "a read": get("a"), "an update": update(atomicsession.Path("a").Unset())} {
				t.Run(stale.name+"/"+how+" after "+saw, func(t *testing.T) {
					site := newSite(t, nil)
					b := site.browser()
					b.must(atomicsession.Path("a").Set(1))
					old := b.clone()
					for range stale.renewals {
						if err := b.do(renew(atomicsession.User("ann"))); err != nil {
							t.Fatal(err)
						}
					}
					if stale.late {
						site.clock.advance(2 * driver.RenewalWindow)
					}
					token := old.token()
					if stale.made {
						token = token[:30] + "AAAAAAAA" + token[38:]
					}
					err := request(t, site.sessions, token, func(ctx context.Context, s *atomicsession.Session) error {
						if see != nil {
							_ = see(ctx, s)
						}
						first := signOut(ctx, s)
						if again := signOut(ctx, s); !errors.Is(again, atomicsession.ErrRenewed) {
							t.Errorf("once more: %v", again)
						}
						return first
					})
					if !errors.Is(err, atomicsession.ErrRenewed) || atomicsession.StatusCode(err) != http.StatusGone {
						t.Errorf("got %v, want %v", err, atomicsession.ErrRenewed)
					}
					if err := b.do(refresh); err != nil {
						t.Errorf("the session has ended: %v", err)
					}
					wantRows(t, site.store, 1)
				})
			}
		}
	}
}

// What the store cannot say must not be taken for the end, and what is known costs no call.
func TestSignOutAsksTheStore(t *testing.T) {
	for how, signOut := range map[string]call{"Destroy": destroy, "Reset": reset(atomicsession.Path("bye").Set(1))} {
		site := newSite(t, nil)
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		old := b.clone()
		for range 2 {
			if err := b.do(renew()); err != nil {
				t.Fatal(err)
			}
		}
		site.store.fail(driver.ErrUnavailable, "delete")
		err := request(t, site.sessions, old.token(), func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(get("a")(ctx, s), signOut(ctx, s))
		})
		if !errors.Is(err, atomicsession.ErrUnavailable) {
			t.Errorf("%s: %v", how, err)
		}
		site.store.before(nil)
		if err := b.do(refresh); err != nil {
			t.Errorf("%s: the session has ended: %v", how, err)
		}
	}
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.store.took()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		return errors.Join(s.Destroy(ctx), s.Destroy(ctx), s.Destroy(ctx))
	})
	if calls := site.store.took(); err != nil || !slices.Equal(calls, []string{"delete"}) {
		t.Errorf("destroyed three times: %v, calls %q", err, calls)
	}
}
