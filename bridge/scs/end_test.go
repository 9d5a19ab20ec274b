package scsbridge_test

import (
	"context"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// Requests that are known to scs as one: what they do one after the other, while others change the session.
func TestRequestsThatEndASession(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	for name, test := range map[string]struct {
		do   func(t *testing.T, sm *scs.SessionManager, ctx context.Context)
		want m // of the new token
	}{
		"destroyed, and the same put again": {func(t *testing.T, sm *scs.SessionManager, ctx context.Context) {
			check(t, sm.Destroy(ctx))
			sm.Put(ctx, "lang", "de")
		}, m{"lang": "de"}},
		"renewed twice": {func(t *testing.T, sm *scs.SessionManager, ctx context.Context) {
			check(t, sm.RenewToken(ctx))
			check(t, sm.RenewToken(ctx))
		}, m{"lang": "de", "own": 1, "other": 1}},
		"renewed, committed and renewed": {func(t *testing.T, sm *scs.SessionManager, ctx context.Context) {
			check(t, sm.RenewToken(ctx))
			commit(t, sm, ctx)
			check(t, sm.RenewToken(ctx))
		}, m{"lang": "de", "own": 1, "other": 1}},
		"renewed and destroyed": {func(t *testing.T, sm *scs.SessionManager, ctx context.Context) {
			check(t, sm.RenewToken(ctx))
			check(t, sm.Destroy(ctx))
			sm.Put(ctx, "lang", "de")
		}, m{"lang": "de"}},
		"renewed and cleared": {func(t *testing.T, sm *scs.SessionManager, ctx context.Context) {
			check(t, sm.RenewToken(ctx))
			check(t, sm.Clear(ctx))
		}, m{"other": 1}},
		"destroyed, committed and renewed": {func(t *testing.T, sm *scs.SessionManager, ctx context.Context) {
			check(t, sm.Destroy(ctx))
			sm.Put(ctx, "new", 1)
			commit(t, sm, ctx)
			check(t, sm.RenewToken(ctx))
		}, m{"new": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sm, b := newManager(t, memstore.New(nil), nil)
			old := begin(t, sm, m{"lang": "de"})
			ctx, other, slow := load(t, sm, old), load(t, sm, old), load(t, sm, old)
			sm.Put(ctx, "own", 1)
			sm.Put(other, "other", 1)
			commit(t, sm, other)
			test.do(t, sm, ctx)
			token := commit(t, sm, ctx)
			want(t, sm, token, test.want)
			want(t, sm, old, m{})

			if sm.RenewToken(slow) == nil && test.want["own"] == nil && test.want["other"] == nil {
				_, _, err := sm.Commit(slow)
				wantErr(t, err, driver.ErrNotFound)
			}
			all, err := b.All()
			if test.want["other"] == nil && len(all) != 1 || err != nil {
				t.Errorf("%d sessions, %v", len(all), err)
			}
		})
	}
}

func TestRenewedCommittedAndDestroyed(t *testing.T) {
	t.Parallel()
	sm, b := newManager(t, memstore.New(nil), nil)
	ctx := load(t, sm, begin(t, sm, map[string]any{"a": 1}))
	check(t, sm.RenewToken(ctx))
	commit(t, sm, ctx)
	check(t, sm.Destroy(ctx))
	if all, err := b.All(); len(all) != 0 || err != nil {
		t.Errorf("%d sessions, %v", len(all), err)
	}
}

// A sign-out that comes between the two steps in which a renewed session is stored wins.
func TestDestroyedWhileTheRenewedSessionIsStored(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{"before it is created": "create", "before it is confirmed": "update"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &failing{Store: memstore.New(nil)}
			sm, _ := newManager(t, store, nil)
			old := begin(t, sm, map[string]any{"a": 1})
			login, logout := load(t, sm, old), load(t, sm, old)
			check(t, sm.RenewToken(login))
			store.do(before, func() { check(t, sm.Destroy(logout)) })
			_, _, err := sm.Commit(login)
			wantErr(t, err, driver.ErrNotFound)
			all, err := store.List(t.Context(), time.Now(), "", driver.ID{}, 10)
			if len(all) != 0 || err != nil {
				t.Errorf("%d records, %v", len(all), err)
			}
		})
	}
}

func TestRenewedTooLongAgo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	sm, _ := newManager(t, memstore.New(nil), &scsbridge.Options{Now: func() time.Time { return now }})
	old := begin(t, sm, map[string]any{"a": 1})
	for _, test := range []struct {
		after time.Duration
		err   error
	}{{59 * time.Second, nil}, {61 * time.Second, driver.ErrNotFound}} {
		ctx := load(t, sm, old)
		check(t, sm.RenewToken(ctx))
		now = now.Add(test.after)
		token, _, err := sm.Commit(ctx)
		wantErr(t, err, test.err)
		old = token
	}
}

// The steps of a renewal that fail can be made again.
func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(store *failing){
		"load":    func(s *failing) { s.fail("load", driver.ErrUnavailable) },
		"create":  func(s *failing) { s.fail("create", driver.ErrUnavailable) },
		"confirm": func(s *failing) { s.fail("update", driver.ErrUnavailable) },
		"confirm and delete": func(s *failing) {
			s.fail("update", driver.ErrUnavailable)
			s.fail("delete", driver.ErrUnavailable)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &failing{Store: memstore.New(nil)}
			sm, _ := newManager(t, store, nil)
			ctx := load(t, sm, begin(t, sm, map[string]any{"a": 1}))
			check(t, sm.RenewToken(ctx))
			fail(store)
			_, _, err := sm.Commit(ctx)
			wantErr(t, err, driver.ErrUnavailable)
			sm.Put(ctx, "b", 1)
			want(t, sm, commit(t, sm, ctx), map[string]any{"a": 1, "b": 1})
		})
	}
	t.Run("destroyed after all", func(t *testing.T) {
		t.Parallel()
		for _, method := range []string{"update", "delete"} {
			store := &failing{Store: memstore.New(nil)}
			sm, _ := newManager(t, store, nil)
			ctx := load(t, sm, begin(t, sm, map[string]any{"a": 1}))
			check(t, sm.RenewToken(ctx))
			store.fail(method, driver.ErrUnavailable)
			wantErr(t, sm.Destroy(ctx), driver.ErrUnavailable)
			check(t, sm.Destroy(ctx))
		}
	})
}

// A Destroy in Iterate of a session that was renewed since it was listed does not say that it has ended it.
func TestIterateDestroysWhatWasRenewed(t *testing.T) {
	t.Parallel()
	for _, from := range []scs.Store{nil, withContext{newFormer()}} {
		sm, b := newManager(t, memstore.New(nil), &scsbridge.Options{From: from})
		token := begin(t, sm, map[string]any{"user": 7})
		check(t, sm.Iterate(t.Context(), func(listed context.Context) error {
			login := load(t, sm, token)
			check(t, sm.RenewToken(login))
			token = commit(t, sm, login)
			wantErr(t, sm.Destroy(listed), driver.ErrRenewed)
			return nil
		}))
		want(t, sm, token, map[string]any{"user": 7})
		check(t, sm.Iterate(t.Context(), func(listed context.Context) error {
			check(t, sm.RenewToken(load(t, sm, token)))
			return sm.Destroy(listed)
		}))
		if all, err := b.All(); len(all) != 0 || err != nil {
			t.Errorf("%d sessions, %v", len(all), err)
		}
	}
}
