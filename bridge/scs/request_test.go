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

// What an application does by hand with the context of a request, to other tokens, is none of what the request does.
func TestByHandInARequest(t *testing.T) {
	t.Parallel()
	for _, hash := range []bool{false, true} {
		sm, b := newManager(t, memstore.New(nil), nil)
		sm.HashTokenInStore = hash
		byHand := func(ctx context.Context) {
			bytes, err := b.Encode(time.Now().Add(time.Hour), map[string]any{"audit": 1})
			check(t, err)
			check(t, b.CommitCtx(ctx, "audit", bytes, time.Now().Add(time.Hour)))
		}
		ctx := load(t, sm, begin(t, sm, map[string]any{"user": 7}))
		check(t, sm.Destroy(ctx))
		byHand(ctx)
		sm.Put(ctx, "a", 1)
		want(t, sm, commit(t, sm, ctx), map[string]any{"a": 1})

		token := begin(t, sm, map[string]any{"user": 7})
		ctx, slow := load(t, sm, token), load(t, sm, token)
		check(t, sm.RenewToken(ctx))
		byHand(ctx)
		check(t, sm.Destroy(ctx))
		check(t, sm.RenewToken(slow))
		_, _, err := sm.Commit(slow)
		wantErr(t, err, driver.ErrNotFound)
	}
}

// cascade is the store of another manager, in which the end of a session is the end of one of ours.
type cascade struct {
	scs.Store
	end func(ctx context.Context)
}

func (c cascade) DeleteCtx(ctx context.Context, token string) error {
	c.end(ctx)
	return c.Delete(token)
}

func (c cascade) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return c.Find(token) }

func (c cascade) CommitCtx(_ context.Context, token string, bytes []byte, expiry time.Time) error {
	return c.Commit(token, bytes, expiry)
}

// A Delete by hand is an end, also if the RenewToken of another manager comes to it.
func TestDeleteInARenewalOfAnotherManager(t *testing.T) {
	t.Parallel()
	sm, b := newManager(t, memstore.New(nil), nil)
	for _, test := range []func(ctx context.Context, token string) error{
		func(_ context.Context, token string) error { return b.Delete(token) },
		b.DeleteCtx,
	} {
		token := begin(t, sm, map[string]any{"user": 7})
		slow := load(t, sm, token)
		outer := scs.New()
		outer.Store = cascade{outer.Store, func(ctx context.Context) { check(t, test(ctx, token)) }}
		ctx, err := sm.Load(load(t, outer, begin(t, outer, nil)), begin(t, sm, nil))
		check(t, err)
		check(t, outer.RenewToken(ctx))
		check(t, sm.RenewToken(slow))
		_, _, err = sm.Commit(slow)
		wantErr(t, err, driver.ErrNotFound)
	}
}

// Managers that are nested, each with a bridge and a store of its own.
func TestNestedManagers(t *testing.T) {
	t.Parallel()
	one, _ := newManager(t, memstore.New(nil), nil)
	two, _ := newManager(t, memstore.New(nil), &scsbridge.Options{})
	a, b := begin(t, one, map[string]any{"a": 1}), begin(t, two, map[string]any{"b": 1})
	ctx, err := two.Load(load(t, one, a), b)
	check(t, err)
	check(t, one.Destroy(ctx))
	check(t, two.RenewToken(ctx))
	one.Put(ctx, "a", 2)
	two.Put(ctx, "c", 2)
	want(t, one, commit(t, one, ctx), map[string]any{"a": 2})
	want(t, two, commit(t, two, ctx), map[string]any{"b": 1, "c": 2})
	want(t, one, a, map[string]any{})
	want(t, two, b, map[string]any{})
}
