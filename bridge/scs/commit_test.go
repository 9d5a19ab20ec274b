package scsbridge_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// newManager returns a manager with a bridge.
func newManager(t *testing.T, store driver.Store, opts *scsbridge.Options) (*scs.SessionManager, *scsbridge.Bridge) {
	t.Helper()
	sm := scs.New()
	return sm, scsbridge.Use(sm, store, opts)
}

// load begins a request.
func load(t *testing.T, sm *scs.SessionManager, token string) context.Context {
	t.Helper()
	ctx, err := sm.Load(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func commit(t *testing.T, sm *scs.SessionManager, ctx context.Context) (token string) {
	t.Helper()
	token, _, err := sm.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// begin stores a session and returns its token.
func begin(t *testing.T, sm *scs.SessionManager, values map[string]any) string {
	t.Helper()
	ctx := load(t, sm, "")
	for key, v := range values {
		sm.Put(ctx, key, v)
	}
	return commit(t, sm, ctx)
}

// want fails unless the session of a token holds just these.
func want(t *testing.T, sm *scs.SessionManager, token string, want map[string]any) {
	t.Helper()
	ctx := load(t, sm, token)
	got := map[string]any{}
	for _, key := range sm.Keys(ctx) {
		got[key] = sm.Get(ctx, key)
	}
	if !maps.Equal(got, want) {
		t.Errorf("the session holds %v, want %v", got, want)
	}
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("the error is %v, want %v", err, target)
	}
	if err != nil && (!strings.HasPrefix(err.Error(), "scsbridge: ") || strings.Contains(err.Error(), "\n")) {
		t.Errorf("the error is %q", err)
	}
}

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
	token := begin(t, sm, map[string]any{"list": []string{"a"}, "map": map[string]int{"a": 1, "b": 2, "c": 3}})
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

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
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

func TestLimits(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), &scsbridge.Options{Limits: driver.Limits{Size: 100, Name: 10}})
	token := begin(t, sm, map[string]any{"a": strings.Repeat("x", 80)})
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
	want(t, sm, commit(t, sm, ctx), map[string]any{"a": strings.Repeat("x", 80), "b": 1})
}

func TestDeadlineBeyondTime(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	ctx := load(t, sm, begin(t, sm, nil))
	sm.SetDeadline(ctx, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	_, _, err := sm.Commit(ctx)
	wantErr(t, err, driver.ErrValue)
	sm.SetDeadline(ctx, time.Time{})
	token := commit(t, sm, ctx)
	if _, found, err := sm.Store.Find(token); found || err != nil {
		t.Errorf("a session that ended in the year 1 is found: %v", err)
	}
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
