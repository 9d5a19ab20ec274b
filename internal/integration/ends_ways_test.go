package integration

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// way is how a session can end, or how a request can have none.
type way struct {
	name string
	end  func(t *testing.T, v *visit) // nil: the session does not end
	why  error                        // what the request is told; nil: it has no session that could have ended

	itself  bool                  // the request ends it
	cookie  func(v *visit) string // what the request brings in place of its cookie
	foreign bool                  // and that does not name the session
	lives   bool                  // the session goes on, with another secret than the request's, which nobody remembers
}

const maxAge, absoluteMaxAge = time.Hour, 3 * time.Hour

var ways = []way{
	{name: "destroyed by the request", end: itself(destroy), why: atomicsession.ErrNotFound, itself: true},
	{name: "destroyed", end: tab(destroy), why: atomicsession.ErrNotFound},
	{name: "revoked", end: func(t *testing.T, v *visit) {
		if err := v.host.sessions.Revoke(t.Context(), v.user, v.id); err != nil {
			t.Error(err)
		}
	}, why: atomicsession.ErrNotFound},
	{name: "revoked with all", end: func(t *testing.T, v *visit) {
		if n, err := v.host.sessions.RevokeAll(t.Context(), v.user); n != 2 || err != nil {
			t.Errorf("revoked %d, %v", n, err)
		}
	}, why: atomicsession.ErrNotFound},
	{name: "revoked by the time of its sign-in", end: func(t *testing.T, v *visit) {
		if n, err := v.host.sessions.RevokeBefore(t.Context(), v.user, v.host.now().Add(time.Minute)); n != 2 || err != nil {
			t.Errorf("revoked %d, %v", n, err)
		}
	}, why: atomicsession.ErrNotFound},
	{name: "revoked with everyone", end: func(t *testing.T, v *visit) {
		n, err := v.host.sessions.RevokeEveryone(t.Context(), v.host.now().Add(time.Minute))
		if errors.Is(err, errors.ErrUnsupported) { // Redis: user by user
			n, err = v.host.sessions.RevokeAll(t.Context(), v.user)
		}
		if n != 2 || err != nil {
			t.Errorf("revoked %d, %v", n, err)
		}
	}, why: atomicsession.ErrNotFound},
	{name: "revoked with the others", end: func(t *testing.T, v *visit) { v.host.must(t, v.other, revokeOthers) }, why: atomicsession.ErrNotFound},
	{name: "expired by MaxAge", end: pass(maxAge), why: atomicsession.ErrNotFound},
	{name: "expired by AbsoluteMaxAge", end: func(t *testing.T, v *visit) {
		for range 2 * absoluteMaxAge / maxAge {
			v.host.must(t, v.cookie, touch)
			v.host.ahead += maxAge / 2
		}
	}, why: atomicsession.ErrNotFound},
	{name: "swept", end: then(pass(maxAge), func(t *testing.T, v *visit) {
		if _, err := v.host.sessions.Sweep(t.Context()); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			t.Error(err)
		}
	}), why: atomicsession.ErrNotFound},
	{name: "renewed", end: tab(renew), why: atomicsession.ErrRenewed},
	{name: "signed in", end: tab(renewUser), why: atomicsession.ErrRenewed},
	{name: "signed in by Reset", end: tab(resetUser), why: atomicsession.ErrRenewed},
	{name: "signed out by Reset", end: tab(reset), why: atomicsession.ErrRenewed},
	{name: "renewed, and the window is over", end: then(tab(renew), pass(driver.RenewalWindow)), why: atomicsession.ErrNotFound, lives: true},
	{name: "signed in, and the window is over", end: then(tab(renewUser), pass(driver.RenewalWindow)), why: atomicsession.ErrNotFound, lives: true},
	{name: "replayed, which is ignored", end: replayed(atomicsession.IgnoreReplay, 2), why: atomicsession.ErrNotFound, lives: true},
	{name: "replayed, which ends it", end: replayed(atomicsession.EndSession, 1), why: atomicsession.ErrNotFound},
	{name: "replayed, which ends all", end: replayed(atomicsession.EndAllSessions, 0), why: atomicsession.ErrNotFound},
	{name: "reset, and the window is over", end: then(tab(reset), pass(driver.RenewalWindow)), why: atomicsession.ErrNotFound},
	{name: "renewed twice", end: func(t *testing.T, v *visit) {
		v.host.must(t, v.host.must(t, v.cookie, renew), renew)
	}, why: atomicsession.ErrNotFound, lives: true},
	{name: "renewed, and then destroyed", end: func(t *testing.T, v *visit) {
		v.host.must(t, v.host.must(t, v.cookie, renew), destroy)
	}, why: atomicsession.ErrNotFound},

	{name: "no cookie", cookie: func(*visit) string { return "" }},
	{name: "malformed cookie", cookie: func(v *visit) string { return v.cookie[1:] }, foreign: true, why: atomicsession.ErrNotFound},
	{name: "forged cookie", cookie: func(v *visit) string { // the right ID
		return v.cookie[:30] + "AAAAAAAA" + v.cookie[38:]
	}, foreign: true, why: atomicsession.ErrNotFound, lives: true},
	{name: "two cookies", cookie: func(v *visit) string { return v.cookie + "; __Host-session=" + v.other }, foreign: true, why: atomicsession.ErrNotFound},
}

// itself has the request end its session.
func itself(f call) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) {
		t.Helper()
		if _, err := f(t.Context(), v); err != nil {
			t.Error(err)
		}
	}
}

// tab has another request of the same browser end it.
func tab(f call) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) { t.Helper(); v.host.must(t, v.cookie, f) }
}

// replayed has a request come with a secret that was replaced long ago, which leaves so many sessions of the user.
func replayed(action atomicsession.ReplayAction, left int) func(*testing.T, *visit) {
	return then(tab(renew), pass(driver.RenewalWindow), func(t *testing.T, v *visit) {
		v.host.onReplay = action
		v.host.serve(v.cookie, func(ctx context.Context, v *visit) {
			if _, err := peek(ctx, v); !errors.Is(err, atomicsession.ErrReplayed) {
				t.Errorf("an old secret: %v", err)
			}
		})
		if infos, err := v.host.sessions.UserSessions(t.Context(), v.user); len(infos) != left || err != nil {
			t.Errorf("an old secret leaves %d sessions, %v, want %d", len(infos), err, left)
		}
	})
}

// pass lets time pass.
func pass(d time.Duration) func(*testing.T, *visit) {
	return func(_ *testing.T, v *visit) { v.host.ahead += d }
}

func then(steps ...func(*testing.T, *visit)) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) {
		t.Helper()
		for _, step := range steps {
			step(t, v)
		}
	}
}

// look is what a request does before and after the end, and so comes to know.
type look struct {
	name          string
	before, after call
	seen          bool
	knows         knowledge // if it has seen the session alive
}

var looks = []look{
	{name: "has done nothing"},
	{name: "a read has found it out", after: info},
	{name: "an update has found it out", after: unset}, // one that leaves nothing to store, and so begins nothing
	{name: "has read", before: document, seen: true, knows: looked},
	{name: "has updated", before: setOne, seen: true, knows: changed},
	{name: "has read, and an update has found it out", before: document, after: set, seen: true, knows: over},
	{name: "has updated, and a read has found it out", before: setOne, after: get, seen: true, knows: over},
	{name: "has read, and a question has found it out", before: document, after: peek, seen: true, knows: over},
}

// of returns what a request that looks like this knows of an end, false if there is none such.
func (l look) of(w way) (knowledge, bool) {
	switch {
	case w.itself:
		return over, l.after == nil
	case w.cookie != nil && l.seen:
		return 0, false
	case l.seen:
		return l.knows, true
	case w.why == nil:
		return stranger, true
	case errors.Is(w.why, atomicsession.ErrRenewed):
		return renewed, true
	}
	return gone, true
}
