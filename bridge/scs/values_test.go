package scsbridge_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// Any string is a key, and what encoding/gob takes, or keeps for a value, comes back.
func TestKeysAndValues(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	values := map[string]any{}
	for i, key := range []string{
		"", "%", "%renewed", "%25renewed", "%%", "scs", "a.b", "$a", "0", "\x00", "\xff", "é", "__rememberMe", "id:", "_id", " ", "\n",
	} {
		values[key] = i
	}
	for i, v := range []any{
		nil, "", "\xff", "\x00", true, 0, math.MinInt, math.Copysign(0, -1), math.Inf(1), int64(1), uint8(1), float32(1), 1e300, complex(1, 2),
	} {
		values[fmt.Sprint("v", i)] = v
	}
	token := begin(t, sm, values)
	want(t, sm, token, values)
	ctx := load(t, sm, token)
	check(t, sm.RenewToken(ctx))
	token = commit(t, sm, ctx)
	want(t, sm, token, values)
	ctx = load(t, sm, token)
	check(t, sm.Clear(ctx))
	want(t, sm, commit(t, sm, ctx), map[string]any{})
}

// A nil is a value, and the same number of another type is another value.
func TestNilAndTypesOfNumbers(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	token := begin(t, sm, map[string]any{"a": 1, "b": nil})
	ctx := load(t, sm, token)
	sm.Put(ctx, "n", nil)
	sm.Put(ctx, "a", nil)
	sm.Put(ctx, "b", int64(1))
	want(t, sm, commit(t, sm, ctx), map[string]any{"a": nil, "b": int64(1), "n": nil})
	sm.Remove(ctx, "n")
	sm.Put(ctx, "b", 1.0)
	want(t, sm, commit(t, sm, ctx), map[string]any{"a": nil, "b": 1.0})
	sm.Put(ctx, "b", 1)
	want(t, sm, commit(t, sm, ctx), map[string]any{"a": nil, "b": 1})
}

// A new session of more keys than a Commit can change is committed again after a failure.
func TestManyKeysAndAFailure(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		store := &failing{Store: memstore.New(nil)}
		sm, _ := newManager(t, store, nil)
		ctx := load(t, sm, "")
		for i := range 1500 {
			sm.Put(ctx, fmt.Sprint("k", i), i)
		}
		store.failAfter("create", driver.ErrUnknownOutcome, effect)
		if _, _, err := sm.Commit(ctx); (err == nil) != effect {
			t.Errorf("the error is %v", err)
		}
		token, _, err := sm.Commit(ctx)
		check(t, err)
		if n := len(sm.Keys(load(t, sm, token))); n != 1500 {
			t.Errorf("%d keys", n)
		}
	}
}
