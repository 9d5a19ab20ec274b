package scsbridge_test

import (
	"context"
	"testing"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// A sign-out is final, also for a request that has loaded the session before it was renewed: by its own RenewToken it brings nothing back.
func TestRenewalAfterRenewalAndDestroy(t *testing.T) {
	t.Parallel()
	renew := func(t *testing.T, sm *scs.SessionManager, ctx context.Context) string {
		check(t, sm.RenewToken(ctx))
		return commit(t, sm, ctx)
	}
	destroy := func(t *testing.T, sm *scs.SessionManager, token string) { check(t, sm.Destroy(load(t, sm, token))) }
	for name, test := range map[string]struct {
		before func(t *testing.T, sm *scs.SessionManager, token string, other context.Context)
		err    error
	}{
		"renewed": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			renew(t, sm, load(t, sm, token))
		}, nil},
		"renewed twice": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			renew(t, sm, load(t, sm, renew(t, sm, load(t, sm, token))))
		}, nil},
		"renewed, and being renewed": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			check(t, sm.RenewToken(load(t, sm, renew(t, sm, load(t, sm, token)))))
		}, nil},
		"renewed and ended": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			destroy(t, sm, renew(t, sm, load(t, sm, token)))
		}, driver.ErrNotFound},
		"renewed and deleted by hand": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			check(t, sm.Store.Delete(renew(t, sm, load(t, sm, token))))
		}, driver.ErrNotFound},
		"renewed twice and ended": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			destroy(t, sm, renew(t, sm, load(t, sm, renew(t, sm, load(t, sm, token)))))
		}, driver.ErrNotFound},
		"renewed, and ended while it is renewed": {func(t *testing.T, sm *scs.SessionManager, token string, _ context.Context) {
			ctx := load(t, sm, renew(t, sm, load(t, sm, token)))
			check(t, sm.RenewToken(ctx))
			check(t, sm.Destroy(ctx))
		}, driver.ErrNotFound},
		"renewed by two, the first ended": {func(t *testing.T, sm *scs.SessionManager, token string, other context.Context) {
			first := renew(t, sm, load(t, sm, token))
			renew(t, sm, other)
			destroy(t, sm, first)
		}, driver.ErrNotFound},
		"renewed by two, the second ended": {func(t *testing.T, sm *scs.SessionManager, token string, other context.Context) {
			renew(t, sm, load(t, sm, token))
			destroy(t, sm, renew(t, sm, other))
		}, driver.ErrNotFound},
	} {
		for _, from := range []scs.Store{nil, withContext{newFormer()}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				sm, b := newManager(t, memstore.New(nil), &scsbridge.Options{From: from})
				token := begin(t, sm, map[string]any{"user": 7})
				slow, other := load(t, sm, token), load(t, sm, token)
				test.before(t, sm, token, other)
				all, err := b.All()
				check(t, err)
				before := len(all)
				check(t, sm.RenewToken(slow))
				back, _, err := sm.Commit(slow)
				wantErr(t, err, test.err)
				if test.err == nil {
					want(t, sm, back, map[string]any{"user": 7})
					return
				}
				if all, err := b.All(); len(all) != before || err != nil {
					t.Errorf("%d sessions, %v", len(all)-before, err)
				}
			})
		}
	}
}

// A browser that goes away while a renewed session is confirmed leaves none that a sign-out misses, and no trace that hinders a sign-in.
func TestCanceledWhileTheRenewedSessionIsConfirmed(t *testing.T) {
	t.Parallel()
	for _, arrives := range []bool{false, true} {
		store := &failing{Store: memstore.New(nil)}
		sm, b := newManager(t, store, nil)
		token := begin(t, sm, map[string]any{"user": 7})
		base, cancel := context.WithCancel(t.Context())
		login, err := sm.Load(base, token)
		check(t, err)
		again, logout := load(t, sm, token), load(t, sm, token)
		check(t, sm.RenewToken(login))
		store.meet("update", func(call func() error) error {
			if arrives {
				check(t, call())
			}
			cancel()
			return base.Err()
		})
		_, _, err = sm.Commit(login)
		wantErr(t, err, context.Canceled)
		if all, err := b.All(); len(all) > 0 || err != nil {
			t.Errorf("%d sessions, %v", len(all), err)
		}
		if arrives {
			check(t, sm.RenewToken(again))
			want(t, sm, commit(t, sm, again), map[string]any{"user": 7})
			continue
		}
		check(t, sm.Destroy(logout))
		check(t, sm.RenewToken(again))
		_, _, err = sm.Commit(again)
		wantErr(t, err, driver.ErrNotFound)
	}
}

// wrapped is a bridge in n wrappers of an application.
type wrapped struct {
	*scsbridge.Bridge
	n int
}

func (w wrapped) DeleteCtx(ctx context.Context, token string) error {
	if w.n > 0 {
		return wrapped{w.Bridge, w.n - 1}.DeleteCtx(ctx, token)
	}
	return w.Bridge.DeleteCtx(ctx, token)
}

func TestRenewalThroughManyWrappers(t *testing.T) {
	t.Parallel()
	for n := range 100 {
		sm, b := newManager(t, memstore.New(nil), nil)
		sm.Store = wrapped{b, n}
		ctx := load(t, sm, begin(t, sm, map[string]any{"a": 1}))
		check(t, sm.RenewToken(ctx))
		want(t, sm, commit(t, sm, ctx), map[string]any{"a": 1})
	}
}
