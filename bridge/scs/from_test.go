package scsbridge_test

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// jsonCodec is a Codec of an application.
type jsonCodec struct{}

type jsonSession struct {
	Deadline time.Time
	Values   map[string]any
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(jsonSession{deadline, values})
}

func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s jsonSession
	err := json.Unmarshal(b, &s)
	return s.Deadline, s.Values, err
}

func TestMove(t *testing.T) {
	t.Parallel()
	gob.Register(time.Time{})
	simple := map[string]any{"text": "é", "yes": true, "float": 1.5, "nothing": nil, "": "", "__rememberMe": true}
	typed := map[string]any{
		"text": "\xff", "int": 7, "int64": int64(1) << 40, "at": time.Now().UTC().Round(0), "bytes": []byte{0, 1}, "list": []string{"a"},
		"point": Point{X: 1}, "nothing": nil, "a.b$%41": 1, "__rememberMe": true,
	}
	for _, test := range []struct {
		name   string
		codec  scs.Codec
		values map[string]any
		hashed bool
		ctx    bool
	}{
		{"gob", scs.GobCodec{}, typed, false, false},
		{"hashed, with contexts", scs.GobCodec{}, typed, true, true},
		{"JSON", jsonCodec{}, simple, false, true},
		{"empty", scs.GobCodec{}, nil, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			from := newFormer()
			sm := scs.New()
			sm.Store, sm.Codec, sm.HashTokenInStore, sm.Lifetime = from, test.codec, test.hashed, 3*time.Hour
			ctx := load(t, sm, "")
			for key, v := range test.values {
				sm.Put(ctx, key, v)
			}
			deadline := sm.Deadline(ctx)
			token := commit(t, sm, ctx)
			if test.ctx {
				sm.Store = withContext{from}
			}
			b := scsbridge.Use(sm, memstore.New(nil), &scsbridge.Options{From: sm.Store})
			sm.Lifetime = time.Hour // that of new ones
			for round := range 2 {
				ctx = load(t, sm, token)
				for key, v := range test.values {
					if got := sm.Get(ctx, key); !sm.Exists(ctx, key) || !reflect.DeepEqual(got, v) {
						t.Errorf("round %d: %q holds %#v, want %#v", round, key, got, v)
					}
				}
				if n := len(sm.Keys(ctx)); n != len(test.values) || !sm.Deadline(ctx).Equal(deadline) {
					t.Errorf("round %d: %d keys until %v, want %d until %v", round, n, sm.Deadline(ctx), len(test.values), deadline)
				}
			}
			sm.Put(ctx, "more", 1)
			if again := commit(t, sm, ctx); again != token {
				t.Error("the token has changed")
			}
			if all, err := b.All(); len(from.copies(t)) > 0 || len(all) != 1 || err != nil || from.finds.Load() != 1 {
				t.Errorf("%d copies, %d sessions, %v; asked %d times", len(from.copies(t)), len(all), err, from.finds.Load())
			}
		})
	}
}

// A session lives on as scs would have it: until its deadline, and while it is in use.
func TestMovedSessionExpires(t *testing.T) {
	t.Parallel()
	for idle, end := range map[time.Duration]time.Duration{0: 24 * time.Hour, time.Hour: time.Hour, 48 * time.Hour: 24 * time.Hour} {
		m := newMoving(t, scsbridge.Options{})
		m.before.IdleTimeout, m.IdleTimeout = idle, idle
		token, never := m.old(t), m.old(t)
		for _, test := range []struct {
			at    time.Duration
			lives bool
		}{{0, true}, {end - time.Minute, true}, {end + time.Minute, false}} {
			if m.ahead = test.at; m.lives(t, token) != test.lives {
				t.Errorf("IdleTimeout %v: after %v the session lives: %v", idle, test.at, !test.lives)
			}
		}
		if m.ahead = 25 * time.Hour; m.lives(t, never) {
			t.Error("a session has moved after its deadline")
		}
	}
}

func TestVisitorStaysSignedIn(t *testing.T) {
	t.Parallel()
	from := newFormer()
	before, after := newSite(t, nil), newSite(t, nil)
	before.sm.Store, after.sm.Store = from, from
	visitor := before.browser(t)
	token := visitor.must("/login?user=7")
	b := scsbridge.Use(after.sm, memstore.New(nil), &scsbridge.Options{From: after.sm.Store})
	after.sm.ErrorFunc, after.bridge, visitor.site = b.ErrorFunc, b, after
	after.handle("/user", func(ctx context.Context, _ *http.Request) error {
		if after.sm.GetString(ctx, "user") != "7" {
			return driver.ErrNotFound
		}
		return nil
	})
	if cookie := visitor.must("/user"); cookie != "" {
		t.Error("a cookie for a request that reads")
	}
	if cookie := visitor.must("/put?key=a&value=1"); cookie != token {
		t.Error("another token")
	}
	visitor.must("/user")
	visitor.must("/logout")
	if status, _ := visitor.get("/user"); status != http.StatusGone {
		t.Errorf("signed out: %d", status)
	}
}

// rendezvous is a former store whose first readers all have read before one goes on.
type rendezvous struct {
	*former
	readers sync.WaitGroup
}

func (s *rendezvous) Find(token string) ([]byte, bool, error) {
	bytes, found, err := s.former.Find(token)
	s.readers.Done()
	s.readers.Wait()
	return bytes, found, err
}

func TestFirstRequestsAtOnce(t *testing.T) {
	t.Parallel()
	from := &rendezvous{former: newFormer()}
	from.readers.Add(30)
	before, after := newSite(t, nil), newSite(t, nil)
	before.sm.Store, after.sm.Store = from.former, from
	visitor := before.browser(t)
	token := visitor.must("/put?key=first&value=1")
	after.bridge = scsbridge.Use(after.sm, memstore.New(nil), &scsbridge.Options{From: from})
	visitor.site = after
	acknowledged := putAtOnce(t, after, visitor, 30, func() {})
	values := after.stored(t, token)
	if n := lost(values, append(acknowledged, "first")); len(acknowledged) != 30 || n > 0 {
		t.Errorf("of 30, %d were acknowledged, and %d of those lost", len(acknowledged), n)
	}
	if n := after.live(t); n != 1 || len(from.copies(t)) != 0 || from.finds.Load() != 30 {
		t.Errorf("%d sessions, %d copies, %d reads", n, len(from.copies(t)), from.finds.Load())
	}
}

// What From costs: a read for a token that nobody knows, and nothing for those who have none or whose session has moved.
func TestCostOfFrom(t *testing.T) {
	t.Parallel()
	m := newMoving(t, scsbridge.Options{})
	for _, token := range []string{"", "garbage", "id:" + driver.ID{1}.String()} {
		ctx := load(t, m.SessionManager, token)
		m.Put(ctx, "a", 1)
		moved := commit(t, m.SessionManager, ctx)
		want(t, m.SessionManager, moved, map[string]any{"a": 1})
		ctx = load(t, m.SessionManager, moved)
		check(t, m.Clear(ctx))
		commit(t, m.SessionManager, ctx)
		check(t, m.Destroy(load(t, m.SessionManager, token)))
	}
	renewed := begin(t, m.SessionManager, nil)
	check(t, m.RenewToken(load(t, m.SessionManager, renewed))) // this asks From to delete
	for _, m.ahead = range []time.Duration{0, 30 * time.Second} {
		want(t, m.SessionManager, renewed, map[string]any{})
	}
	if finds, deletes := m.from.finds.Load(), m.from.deletes.Load(); finds != 2 || deletes != 1 {
		t.Errorf("%d reads, %d deletions", finds, deletes)
	}
}

// forever is a former store that keeps any expiry; the memstore of scs ends at the year 2262.
type forever map[string][]byte

func (s forever) Find(token string) ([]byte, bool, error) { b, ok := s[token]; return b, ok, nil }
func (s forever) Delete(token string) error               { delete(s, token); return nil }
func (s forever) Commit(token string, bytes []byte, _ time.Time) error {
	s[token] = bytes
	return nil
}

func TestMoveOfADeadlineInCenturies(t *testing.T) {
	t.Parallel()
	from, before, now := forever{}, scs.New(), time.Now()
	before.Store = from
	ctx := load(t, before, "")
	before.Put(ctx, "a", 1)
	before.SetDeadline(ctx, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	token := commit(t, before, ctx)
	sm, _ := newManager(t, memstore.New(nil), &scsbridge.Options{From: from, Now: func() time.Time { return now }})
	want(t, sm, token, map[string]any{"a": 1})
	now = now.Add(time.Hour)
	want(t, sm, token, map[string]any{"a": 1})
}
