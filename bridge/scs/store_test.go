package scsbridge_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/sessiontest"
)

// What may come as a token that is none: all of it is of no session, and ends none.
func TestGarbageAsToken(t *testing.T) {
	t.Parallel()
	store := memstore.New(nil)
	sm, b := newManager(t, store, nil)
	token := begin(t, sm, map[string]any{"a": 1})
	native, err := atomicsession.New(store, nil)
	check(t, err)
	cookie := sessiontest.Cookie(t, native, atomicsession.Path("a").Set(1))
	all, err := b.All()
	check(t, err)
	if len(all) != 1 {
		t.Fatalf("%d sessions: those of a Manager of package atomicsession are none of them", len(all))
	}
	garbage := []string{"", "x", token[1:], token + "x", cookie.Value, "id:", "id:x", "\x00\xff", strings.Repeat("x", 1<<16)}
	for handle := range all {
		garbage = append(garbage, handle)
	}
	for _, text := range garbage {
		if _, found, err := b.Find(text); found || err != nil {
			t.Errorf("%.40q is a session: %v", text, err)
		}
		check(t, sm.MergeSession(load(t, sm, ""), text))
		if !strings.HasPrefix(text, "id:") || len(text) < 10 {
			check(t, b.Delete(text))
		}
	}
	want(t, sm, token, map[string]any{"a": 1})
	if doc := sessiontest.Document(t, native, cookie); doc.Len() != 1 {
		t.Error("the session of another kind has changed")
	}
}

// Any string is a token to those who commit by hand.
func TestByHand(t *testing.T) {
	t.Parallel()
	_, b := newManager(t, memstore.New(nil), nil)
	deadline := time.Now().Add(time.Hour)
	for _, token := range []string{"", "x", "id:x", "\x00\xff", strings.Repeat("x", 1<<16)} {
		for i, values := range []map[string]any{{"a": 1, "b": 1}, {"a": 2}, nil} { // what was there is replaced, as in a store of scs
			encoded, err := b.Encode(deadline, values)
			check(t, err)
			check(t, b.Commit(token, encoded, deadline))
			found, ok, err := b.Find(token)
			check(t, err)
			if !ok {
				t.Fatalf("%.40q: not found", token)
			}
			at, got, err := b.Decode(found)
			if check(t, err); !at.Equal(deadline) || len(got) != len(values) || got["a"] != values["a"] {
				t.Errorf("%.40q, %d: %v until %v", token, i, got, at)
			}
		}
		encoded, err := b.Encode(deadline, nil)
		check(t, err)
		check(t, b.Commit(token, encoded, time.Now().Add(-time.Hour)))
		if _, ok, err := b.Find(token); ok || err != nil {
			t.Errorf("%.40q is a session after its end: %v", token, err)
		}
		check(t, b.Delete(token))
		if _, ok, err := b.Find(token); ok || err != nil {
			t.Errorf("%.40q is a session after its Delete: %v", token, err)
		}
	}
}

func TestBytesOfOthers(t *testing.T) {
	t.Parallel()
	sm, b := newManager(t, memstore.New(nil), nil)
	token := begin(t, sm, nil)
	found, _, err := b.Find(token)
	check(t, err)
	encoded, err := scs.GobCodec{}.Encode(time.Now(), nil)
	check(t, err)
	for _, foreign := range [][]byte{nil, {}, encoded, bytes.Clone(found), []byte("{}")} {
		if _, _, err := b.Decode(foreign); err == nil {
			t.Errorf("%q is decoded", foreign)
		}
		if err := b.Commit(token, foreign, time.Now().Add(time.Hour)); err == nil {
			t.Errorf("%q is committed", foreign)
		}
	}
}

func TestIterate(t *testing.T) {
	t.Parallel()
	store := memstore.New(nil)
	sm, b := newManager(t, store, nil)
	tokens := make([]string, 1200) // several pages
	for i := range tokens {
		tokens[i] = begin(t, sm, map[string]any{"n": i})
	}
	renewing := load(t, sm, tokens[0])
	check(t, sm.RenewToken(renewing)) // no session until it is committed
	seen := 0
	check(t, sm.Iterate(t.Context(), func(ctx context.Context) error {
		seen++
		switch sm.GetInt(ctx, "n") {
		case 1:
			return sm.Destroy(ctx)
		case 2:
			sm.Put(ctx, "more", true)
			_, _, err := sm.Commit(ctx)
			return err
		case 3:
			if err := sm.RenewToken(ctx); err != nil {
				return err
			}
			token, _, err := sm.Commit(ctx)
			tokens[3] = token
			return err
		}
		return nil
	}))
	if seen != 1199 {
		t.Errorf("%d sessions", seen)
	}
	want(t, sm, tokens[1], map[string]any{})
	want(t, sm, tokens[2], map[string]any{"n": 2, "more": true})
	want(t, sm, tokens[3], map[string]any{"n": 3})

	// By hand with a handle.
	all, err := b.All()
	check(t, err)
	for handle := range all {
		encoded, err := b.Encode(time.Now().Add(time.Hour), map[string]any{"by": "hand"})
		check(t, err)
		check(t, b.Commit(handle, encoded, time.Now().Add(time.Hour)))
		check(t, b.Delete(handle))
		wantErr(t, b.Commit(handle, encoded, time.Now().Add(time.Hour)), driver.ErrNotFound)
		break
	}
}

func TestRenewedWhileListed(t *testing.T) {
	t.Parallel()
	store := &failing{Store: memstore.New(nil)}
	sm, b := newManager(t, store, nil)
	ctx := load(t, sm, begin(t, sm, nil))
	gone := begin(t, sm, nil)
	store.do("load", func() {
		check(t, b.Delete(gone))
		check(t, sm.RenewToken(ctx))
	})
	if all, err := b.All(); len(all) > 0 || err != nil {
		t.Errorf("%d sessions, %v", len(all), err)
	}
}

// Who has a session from Iterate is told that it was renewed, as those who know its token are.
func TestIterateAgainstARenewal(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	token := begin(t, sm, map[string]any{"n": 4})
	var listed []context.Context
	for range 2 {
		check(t, sm.Iterate(t.Context(), func(ctx context.Context) error {
			listed = append(listed, ctx)
			return nil
		}))
	}
	login, logout := load(t, sm, token), load(t, sm, token)
	check(t, sm.RenewToken(login))
	sm.Put(listed[0], "late", 1)
	_, _, err := sm.Commit(listed[0])
	wantErr(t, err, driver.ErrRenewed)
	check(t, sm.RenewToken(listed[0]))
	want(t, sm, commit(t, sm, listed[0]), map[string]any{"n": 4, "late": 1})
	check(t, sm.RenewToken(listed[1]))
	wantErr(t, sm.Destroy(logout), driver.ErrRenewed)
	want(t, sm, commit(t, sm, login), map[string]any{"n": 4})
}

// plain is a store that cannot list.
type plain struct{ driver.Store }

func TestStoreThatCannotList(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, plain{memstore.New(nil)}, nil)
	err := sm.Iterate(t.Context(), func(context.Context) error { return nil })
	wantErr(t, err, errors.ErrUnsupported)
}

func TestStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method string
		do     func(sm *scs.SessionManager, ctx context.Context) error
	}{
		{"load", func(sm *scs.SessionManager, ctx context.Context) error {
			return sm.MergeSession(ctx, "other")
		}},
		{"delete", (*scs.SessionManager).Destroy},
		{"update", (*scs.SessionManager).RenewToken},
		{"update", func(sm *scs.SessionManager, ctx context.Context) error {
			_, _, err := sm.Commit(ctx)
			return err
		}},
		{"list", func(sm *scs.SessionManager, ctx context.Context) error {
			return sm.Iterate(ctx, func(context.Context) error { return nil })
		}},
		{"load", func(sm *scs.SessionManager, ctx context.Context) error {
			return sm.Iterate(ctx, func(context.Context) error { return nil })
		}},
	} {
		for _, fault := range []error{driver.ErrUnavailable, driver.ErrCorrupt, context.DeadlineExceeded} {
			store := &failing{Store: memstore.New(nil)}
			sm, _ := newManager(t, store, nil)
			token := begin(t, sm, map[string]any{"a": 1})
			ctx := load(t, sm, token)
			store.fail(test.method, fault)
			wantErr(t, test.do(sm, ctx), fault)
			want(t, sm, token, map[string]any{"a": 1})
		}
	}
}

func TestDamagedSession(t *testing.T) {
	t.Parallel()
	store := memstore.New(nil)
	sm, b := newManager(t, store, nil)
	for _, u := range []*driver.Update{
		{Attrs: driver.Attrs{"scs": "soon"}},
		{Ops: []driver.Op{driver.Set{Path: "%x", Value: driver.IntValue(1)}}},
		{Ops: []driver.Op{driver.Set{Path: "a", Value: driver.BytesValue([]byte("x"))}}},
		{Ops: []driver.Op{driver.Set{Path: "a", Value: driver.ArrayValue()}}},
	} {
		token := begin(t, sm, nil)
		all, err := b.All()
		check(t, err)
		for handle := range all {
			id, err := driver.ParseID(handle[3:])
			check(t, err)
			_, err = store.Update(t.Context(), time.Now(), driver.UserKey(id, ""), u)
			check(t, err)
		}
		_, err = sm.Load(t.Context(), token)
		wantErr(t, err, driver.ErrCorrupt)
		check(t, b.Delete(token))
	}
}
