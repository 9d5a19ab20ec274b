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

func peek(ctx context.Context, s *atomicsession.Session) error { return s.Peek(ctx) }

// askers are what tells of the end, at every call.
var askers = map[string]call{"Refresh": refresh, "Peek": peek, "Touch": touch}

// Whoever asks is told the end, as often as it asks, and why.
func TestTold(t *testing.T) {
	set := update(atomicsession.Path("b").Set(1))
	for _, c := range []struct {
		name   string
		before []call // in the request, while the session lives
		end    call   // in another tab; nil: none
		after  []call // in the request, before it asks
		want   error
	}{
		{"ended, seen", []call{info}, destroy, nil, atomicsession.ErrNotFound},
		{"ended, seen, found out by an update", []call{info}, destroy, []call{set}, atomicsession.ErrNotFound},
		{"ended, seen by an update and found out by one", []call{set}, destroy, []call{set}, atomicsession.ErrNotFound},
		{"ended, not seen", nil, destroy, nil, atomicsession.ErrNotFound},
		{"ended, not seen, found out by a read", nil, destroy, []call{info}, atomicsession.ErrNotFound},
		{"ended, not seen, found out by a change that begins nothing", nil, destroy, []call{take("a")}, atomicsession.ErrNotFound},
		{"ended here", []call{destroy}, nil, nil, atomicsession.ErrNotFound},
		{"renewed, seen", []call{info}, renew(), nil, atomicsession.ErrRenewed},
		{"renewed, seen, found out by an update", []call{info}, renew(), []call{set}, atomicsession.ErrRenewed},
		{"renewed, not seen", nil, renew(), nil, atomicsession.ErrRenewed},
		{"renewed, not seen, found out by an update", nil, renew(), []call{set}, atomicsession.ErrRenewed},
		{"renewed, not seen, found out by a read", nil, renew(), []call{get("a")}, atomicsession.ErrRenewed},
		{"renewed, seen, found out by a sign-out", []call{info}, renew(), []call{reset()}, atomicsession.ErrRenewed},
		{"renewed, not seen, found out by a sign-out", nil, renew(), []call{reset()}, atomicsession.ErrRenewed},
		{"reset, seen", []call{info}, reset(), nil, atomicsession.ErrRenewed},
		{"reset, not seen", nil, reset(), nil, atomicsession.ErrRenewed},
		{"goes on", []call{info}, nil, []call{set}, nil},
		{"ended, not seen, and another begun", nil, destroy, []call{set}, nil},
		{"renewed, not seen, and another begun", nil, renew(), []call{renew(atomicsession.User("ann"))}, nil},
	} {
		for name, ask := range askers {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				site := newSite(t, nil)
				b := site.browser()
				b.must(atomicsession.Path("a").Set(1))
				tab := b.clone()
				tab.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					for _, f := range c.before {
						if err := f(r.Context(), s); err != nil {
							t.Error(err)
						}
					}
					if c.end != nil {
						if err := b.do(c.end); err != nil {
							t.Error(err)
						}
					}
					for _, f := range c.after {
						_ = f(r.Context(), s)
					}
					wantTold(t, r.Context(), s, ask, c.want)
					site.clock.advance(driver.RenewalWindow) // what was found out stays
					wantTold(t, r.Context(), s, ask, c.want)
				})
			})
		}
	}
}

func wantTold(t *testing.T, ctx context.Context, s *atomicsession.Session, ask call, want error) {
	t.Helper()
	for i := range 3 {
		err := ask(ctx, s)
		if !errors.Is(err, want) || errors.Is(err, atomicsession.ErrRenewed) != errors.Is(want, atomicsession.ErrRenewed) {
			t.Errorf("asked %d times: got %v, want %v", i+1, err, want)
		}
	}
}

// A visitor who brought no cookie never had a session, which is not the same as one that has ended. A cookie that is no token may
// be of a session that the replacement of all keys has ended.
func TestToldWithoutASession(t *testing.T) {
	store := newStore()
	with := func(key string) *atomicsession.Manager {
		return newManager(t, store, &atomicsession.Options{SigningKeys: []atomicsession.SigningKey{signingKey(key)}})
	}
	plain, one, two := newManager(t, store, nil), with("1"), with("2")
	unsigned, signed := newToken(t, plain), newToken(t, one)
	forged := unsigned[:30] + strings.Repeat("A", 10) + unsigned[40:]
	for _, c := range []struct {
		name   string
		m      *atomicsession.Manager
		cookie string
		want   error
	}{
		{"no cookie", plain, "", nil},
		{"no cookie, with keys", one, "", nil},
		{"live", plain, unsigned, nil},
		{"live, signed", one, signed, nil},
		{"malformed", plain, "x", atomicsession.ErrNotFound},
		{"too long", plain, unsigned + "AAAA", atomicsession.ErrNotFound},
		{"another secret", plain, forged, atomicsession.ErrNotFound},
		{"another secret, with keys", one, forged, atomicsession.ErrNotFound},
		{"no signature", one, unsigned, atomicsession.ErrNotFound},
		{"signature of a key replaced", two, signed, atomicsession.ErrNotFound},
		{"signed, the keys removed", plain, signed, atomicsession.ErrNotFound},
		{"two sessions", plain, unsigned + "; __Host-session=" + newToken(t, plain), atomicsession.ErrNotFound},
		{"twice", plain, unsigned + "; __Host-session=" + unsigned, nil},
		{"and one that is none", plain, "x; __Host-session=" + unsigned + "; __Host-session=", nil},
		{"and one of other keys", one, newToken(t, two) + "; __Host-session=" + signed, nil},
	} {
		for name, ask := range askers {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				err := request(t, c.m, c.cookie, func(ctx context.Context, s *atomicsession.Session) error {
					wantTold(t, ctx, s, ask, c.want)
					if err := s.Update(ctx, atomicsession.Path("b").Set(1)); err != nil { // to read and to change it is to have none
						t.Error(err)
					}
					return ask(ctx, s)
				})
				if err != nil {
					t.Errorf("once a session has begun: %v", err)
				}
			})
		}
	}
}

// A stream that asks by turns, while something else changes the session, ends with it.
func TestTwoGoroutinesAreTold(t *testing.T) {
	for name, ask := range askers {
		for _, seen := range []bool{false, true} {
			site := newSite(t, nil)
			b := site.browser()
			b.must(atomicsession.Path("a").Set(1))
			tab := b.clone()
			tab.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				if seen {
					_ = info(r.Context(), s)
				}
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
				if err := b.do(destroy); err != nil {
					t.Error(err)
				}
				// The reader finds it out first.
				if err := s.Update(r.Context(), atomicsession.Path("b").Set(1)); !errors.Is(err, atomicsession.ErrNotFound) {
					t.Errorf("%s, seen %v: the reader's update is %v", name, seen, err)
				}
				wantTold(t, r.Context(), s, ask, atomicsession.ErrNotFound)
			})
			wantRows(t, site.store, 0)
		}
	}
}

// What the end was stays known for as long as the handle lives, though the store forgets.
func TestToldLater(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	err := b.clone().do(func(ctx context.Context, s *atomicsession.Session) error {
		if err := errors.Join(info(ctx, s), b.do(renew())); err != nil {
			return err
		}
		wantTold(t, ctx, s, refresh, atomicsession.ErrRenewed)
		site.clock.advance(2 * time.Hour)
		if _, err := site.sessions.Sweep(ctx); err != nil {
			return err
		}
		wantTold(t, ctx, s, refresh, atomicsession.ErrRenewed)
		wantTold(t, ctx, s, touch, atomicsession.ErrRenewed)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
