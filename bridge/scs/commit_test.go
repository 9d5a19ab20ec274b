package scsbridge_test

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestSecondCommitWritesOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	for _, test := range []struct {
		name  string
		token string
	}{{"new session", ""}, {"loaded session", begin(t, sm, map[string]any{"z": 1})}} {
		t.Run(test.name, func(t *testing.T) {
			first := load(t, sm, test.token)
			sm.Put(first, "a", 1)
			sm.Put(first, "b", 1)
			token := commit(t, sm, first)
			second := load(t, sm, token)
			sm.Put(second, "a", 2)
			commit(t, sm, second)
			sm.Remove(first, "b")
			sm.Remove(first, "z")
			commit(t, sm, first)
			want(t, sm, token, map[string]any{"a": 2})
		})
	}
}

// A request that has begun a session anew goes on with that one as with any.
func TestCommitAfterDestroy(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	ctx := load(t, sm, begin(t, sm, map[string]any{"old": 1}))
	check(t, sm.Destroy(ctx))
	sm.Put(ctx, "a", 1)
	token := commit(t, sm, ctx)
	other := load(t, sm, token)
	sm.Put(other, "b", 1)
	commit(t, sm, other)
	sm.Put(ctx, "c", 1)
	commit(t, sm, ctx)
	want(t, sm, token, map[string]any{"a": 1, "b": 1, "c": 1})
}

func TestFailedCommitIsMadeAgain(t *testing.T) {
	t.Parallel()
	store := &failing{Store: memstore.New(nil)}
	sm, _ := newManager(t, store, nil)
	token := begin(t, sm, map[string]any{"a": 1})
	ctx := load(t, sm, token)
	sm.Put(ctx, "a", 2)
	store.fail("update", driver.ErrUnavailable)
	_, _, err := sm.Commit(ctx)
	wantErr(t, err, driver.ErrUnavailable)
	want(t, sm, token, map[string]any{"a": 1})
	commit(t, sm, ctx)
	want(t, sm, token, map[string]any{"a": 2})
}

func TestValueChangedInPlace(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	large := map[string]int{"a": 1}
	for i := range 100 {
		large[strconv.Itoa(i)] = i
	}
	token := begin(t, sm, map[string]any{"list": []string{"a"}, "map": large})
	ctx, other := load(t, sm, token), load(t, sm, token)
	sm.Get(ctx, "list").([]string)[0] = "b"
	sm.Put(ctx, "more", true)
	sm.Put(other, "map", map[string]int{"a": 2})
	commit(t, sm, other)
	commit(t, sm, ctx) // has not touched the map, which gob writes in any order
	ctx = load(t, sm, token)
	if list, m := sm.Get(ctx, "list").([]string), sm.Get(ctx, "map").(map[string]int); list[0] != "b" || m["a"] != 2 {
		t.Errorf("the session holds %v and %v", list, m)
	}
}

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, arrives := range map[string]bool{"arrives": true, "is lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &failing{Store: memstore.New(nil)}
			sm, _ := newManager(t, store, nil)
			ctx := load(t, sm, "")
			sm.Put(ctx, "a", 1)
			store.failAfter("create", driver.ErrUnknownOutcome, arrives)
			_, _, err := sm.Commit(ctx)
			if (err == nil) != arrives {
				t.Errorf("the error is %v", err)
			}
			sm.Put(ctx, "b", 1)
			want(t, sm, commit(t, sm, ctx), map[string]any{"a": 1, "b": 1})
		})
	}
	t.Run("nobody can tell at first", func(t *testing.T) {
		t.Parallel()
		store := &failing{Store: memstore.New(nil)}
		sm, _ := newManager(t, store, nil)
		ctx := load(t, sm, "")
		sm.Put(ctx, "a", 1)
		sm.Put(ctx, "b", 1)
		store.failAfter("create", driver.ErrUnknownOutcome, true)
		store.fail("load", driver.ErrUnavailable)
		_, _, err := sm.Commit(ctx)
		wantErr(t, err, driver.ErrUnknownOutcome)
		sm.Remove(ctx, "a")
		want(t, sm, commit(t, sm, ctx), map[string]any{"b": 1})
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), &scsbridge.Options{Limits: driver.Limits{Size: 100, Name: 10}})
	token := begin(t, sm, map[string]any{"a": strings.Repeat("x", 88)})
	for _, ctx := range []context.Context{load(t, sm, ""), load(t, sm, token)} {
		sm.Put(ctx, "b", strings.Repeat("x", 100))
		_, _, err := sm.Commit(ctx)
		wantErr(t, err, driver.ErrTooLarge)
		sm.Remove(ctx, "b")
		sm.Put(ctx, "long name of key", 1)
		_, _, err = sm.Commit(ctx)
		wantErr(t, err, driver.ErrTooLarge)
	}
	ctx := load(t, sm, token)
	check(t, sm.RenewToken(ctx)) // needs some room of its own
	sm.Put(ctx, "b", strings.Repeat("x", 100))
	_, _, err := sm.Commit(ctx)
	wantErr(t, err, driver.ErrTooLarge)
	sm.Put(ctx, "b", 1)
	want(t, sm, commit(t, sm, ctx), map[string]any{"a": strings.Repeat("x", 88), "b": 1})
}

func TestDeadlineBeyondTime(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	ctx := load(t, sm, begin(t, sm, nil))
	for _, ctx := range []context.Context{load(t, sm, ""), ctx} {
		sm.SetDeadline(ctx, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
		_, _, err := sm.Commit(ctx)
		wantErr(t, err, driver.ErrValue)
	}
	sm.SetDeadline(ctx, time.Time{})
	token := commit(t, sm, ctx)
	if _, found, err := sm.Store.Find(token); found || err != nil {
		t.Errorf("a session that ended in the year 1 is found: %v", err)
	}
}

// A session lives until its deadline, to the millisecond, and one that began dead may come to life, as with scs.
func TestDeadline(t *testing.T) {
	t.Parallel()
	start := time.Now().Truncate(time.Millisecond)
	now := start
	sm, b := newManager(t, memstore.New(nil), &scsbridge.Options{Now: func() time.Time { return now }})
	ctx := load(t, sm, "")
	sm.SetDeadline(ctx, start.Add(-time.Hour))
	if _, found, err := b.Find(commit(t, sm, ctx)); found || err != nil {
		t.Errorf("found an hour after its deadline, %v", err)
	}
	sm.SetDeadline(ctx, start.Add(1500*time.Microsecond))
	token := commit(t, sm, ctx)
	for after := range 3 {
		now = start.Add(time.Duration(after) * time.Millisecond)
		if _, found, err := b.Find(token); found != (after < 2) || err != nil {
			t.Errorf("after %d ms: found: %v, %v", after, found, err)
		}
	}
}

// A SetDeadline that was acknowledged survives a Put of a request that had loaded the session before.
func TestExtendedDeadline(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for name, test := range map[string]struct {
		commitAfter, findAfter time.Duration
		from                   bool
	}{
		"put before the old deadline":           {0, 2 * time.Hour, false},
		"put after the old deadline":            {2 * time.Hour, 2*time.Hour + time.Second, false},
		"put after the old deadline, with From": {2 * time.Hour, 2*time.Hour + time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := start
			opts := &scsbridge.Options{Now: func() time.Time { return now }}
			if test.from {
				opts.From = withContext{newFormer()}
			}
			sm, b := newManager(t, memstore.New(nil), opts)
			sm.Lifetime = time.Hour
			token := begin(t, sm, map[string]any{"a": 1})
			extend, put := load(t, sm, token), load(t, sm, token)
			sm.SetDeadline(extend, start.Add(24*time.Hour))
			commit(t, sm, extend)
			now = start.Add(test.commitAfter)
			sm.Put(put, "b", 2)
			commit(t, sm, put) // acknowledged
			now = start.Add(test.findAfter)
			bytes, found, err := b.Find(token)
			check(t, err)
			if !found {
				t.Fatal("the session is gone, a day before its deadline")
			}
			_, values, err := b.Decode(bytes)
			check(t, err)
			if values["b"] != 2 {
				t.Errorf("the Put is lost: %v", values)
			}
		})
	}
}

// The deadline that MergeSession extended survives a slow Put.
func TestMergedDeadline(t *testing.T) {
	t.Parallel()
	now := time.Now()
	start := now
	sm, b := newManager(t, memstore.New(nil), &scsbridge.Options{Now: func() time.Time { return now }})
	long := begin(t, sm, map[string]any{"cart": 1})
	sm.Lifetime = time.Hour
	token := begin(t, sm, map[string]any{"a": 1})
	merge, put := load(t, sm, token), load(t, sm, token)
	check(t, sm.MergeSession(merge, long))
	commit(t, sm, merge)
	sm.Put(put, "b", 1)
	commit(t, sm, put)
	now = start.Add(2 * time.Hour)
	if _, found, err := b.Find(token); !found || err != nil {
		t.Errorf("gone before its deadline, with the cart of the other session: %v", err)
	}
}

// A deadline that is further away than a time.Duration reaches ends no session.
func TestDeadlineInCenturies(t *testing.T) {
	t.Parallel()
	for _, year := range []int{2200, 2400, 9999} {
		now := time.Now()
		sm, _ := newManager(t, memstore.New(nil), &scsbridge.Options{Now: func() time.Time { return now }})
		for _, ctx := range []context.Context{load(t, sm, ""), load(t, sm, begin(t, sm, nil))} {
			sm.Put(ctx, "a", 1)
			sm.SetDeadline(ctx, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
			token := commit(t, sm, ctx)
			now = now.Add(time.Hour)
			want(t, sm, token, map[string]any{"a": 1})
		}
	}
	now := time.Now()
	sm, _ := newManager(t, memstore.New(nil), &scsbridge.Options{Now: func() time.Time { return now }})
	sm.Lifetime = math.MaxInt64
	token := begin(t, sm, map[string]any{"a": 1})
	now = now.Add(time.Hour)
	want(t, sm, token, map[string]any{"a": 1})
}

// Everything scs has a key and a value for comes back, and is stored where package atomicsession would.
func TestWhatIsStored(t *testing.T) {
	t.Parallel()
	store := memstore.New(nil)
	sm, b := newManager(t, store, nil)
	token := begin(t, sm, map[string]any{"user.name": "Ada", "12": 1.5, "n": 7, "list": []string{"a"}})
	all, err := b.AllCtx(t.Context())
	check(t, err)
	for handle := range all {
		id, err := driver.ParseID(strings.TrimPrefix(handle, "id:"))
		check(t, err)
		r, err := store.Load(t.Context(), time.Now(), driver.UserKey(id, ""))
		check(t, err)
		if r.Data.Get("user%2Ename").Str() != "Ada" || r.Data.Get("%312").Float() != 1.5 || r.Data.Get("n").Int() != 7 {
			t.Errorf("the document is %s", r.Data.Text())
		}
		if strings.Contains(r.Data.Text()+r.Attrs.Text()+id.String(), token) || r.Data.Get("list").Kind() != driver.Bytes {
			t.Errorf("the document is %s", r.Data.Text())
		}
		if at, err := time.Parse(time.RFC3339Nano, r.Attrs["scs"]); err != nil || at.Nanosecond()%1e6 == 0 {
			t.Errorf("the deadline is %v, %v", at, err)
		}
	}
	if len(all) != 1 || !slices.Equal(sm.Keys(load(t, sm, token)), []string{"12", "list", "n", "user.name"}) {
		t.Errorf("%d sessions with %q", len(all), sm.Keys(load(t, sm, token)))
	}
}
