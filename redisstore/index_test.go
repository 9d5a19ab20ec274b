package redisstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// members returns what a user's index holds.
func members(t *testing.T, s *Store, user string) []string {
	t.Helper()
	list, err := s.client.Do(context.Background(), s.client.B().Zrange().Key(s.userKey(user)).Min("0").Max("-1").Build()).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestFailedSignIn has sign-ins fail in every way that leaves the session as it is: nothing of them may stay in the user's index,
// which everybody could fill with made-up cookies.
func TestFailedSignIn(t *testing.T) {
	s := newStore(t, address, Options{Prefix: freshPrefix()})
	for name, c := range map[string]struct {
		spoil func(k *driver.Key, now *time.Time, u *driver.Update)
		want  error
	}{
		"made up":   {func(k *driver.Key, _ *time.Time, _ *driver.Update) { *k = storetest.NewKey() }, driver.ErrNotFound},
		"no secret": {func(k *driver.Key, _ *time.Time, _ *driver.Update) { k.Verifier = storetest.NewKey().Verifier }, driver.ErrNotFound},
		"expired":   {func(_ *driver.Key, now *time.Time, _ *driver.Update) { *now = now.Add(2 * time.Hour) }, driver.ErrNotFound},
		"overtaken": {func(k *driver.Key, now *time.Time, _ *driver.Update) {
			if _, err := s.Update(t.Context(), *now, *k, &driver.Update{Renew: new(driver.Secret{2}.Verifier())}); err != nil {
				t.Error(err)
			}
		}, driver.ErrRenewed},
		"condition": {func(_ *driver.Key, _ *time.Time, u *driver.Update) {
			u.If = []driver.Condition{{Path: "n", Is: driver.Eq, Value: driver.IntValue(7)}}
		}, driver.ErrCondition},
		"nested condition": {func(_ *driver.Key, _ *time.Time, u *driver.Update) {
			u.If = []driver.Condition{{Path: "a.b", Is: driver.Eq, Value: driver.IntValue(7)}}
		}, driver.ErrCondition},
		"kind": {func(_ *driver.Key, _ *time.Time, u *driver.Update) { u.Ops = inc("a").Ops }, driver.ErrType},
		"size": {func(_ *driver.Key, _ *time.Time, u *driver.Update) {
			u.Limits.Size = 20
			u.Ops = []driver.Op{driver.Set{Path: "n", Value: driver.StringValue(strings.Repeat("x", 100))}}
		}, driver.ErrTooLarge},
	} {
		k, now := create(t, s, "", `{"a":{"b":1},"n":1}`)
		u := &driver.Update{Renew: new(driver.Secret{1}.Verifier()), User: new(name), MaxAge: time.Hour, Lifetime: time.Hour}
		c.spoil(&k, &now, u)
		if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
		if list := members(t, s, name); len(list) != 0 {
			t.Errorf("%s: the index holds %v", name, list)
		}
	}
}

// TestIndexHeals loses a user's index, as an eviction does, while sessions are in use: each enters itself again after a 24th of its
// life at the latest, and an idle one at its next use. What that costs is counted.
func TestIndexHeals(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{})
	for _, c := range []struct {
		name             string
		lifetime, maxAge time.Duration
		deadline         time.Duration // after the beginning, 0: none
		pause            time.Duration // between updates
		within           time.Duration
		commands         int // more than one, for 1000 updates
	}{
		{"a day", 24 * time.Hour, 24 * time.Hour, 0, time.Minute, time.Hour, 2 * 17},
		{"thirty days", 30 * 24 * time.Hour, 30 * 24 * time.Hour, 0, time.Minute, 30 * time.Hour, 2},
		{"at most half an hour", 30 * time.Minute, 30 * time.Minute, 0, time.Minute, time.Hour, 2 * 17},
		{"up to a deadline", 14 * 24 * time.Hour, 14 * 24 * time.Hour, 14*24*time.Hour + time.Minute, time.Minute, 14 * time.Hour, 2 * 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, r := storetest.NewRecord(t, c.name, `{"n":0}`)
			now := r.Created
			r.Lifetime, r.Expires = c.lifetime, now.Add(c.lifetime)
			if c.deadline != 0 {
				r.Deadline = now.Add(c.deadline)
			}
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
			use := func(at time.Time) {
				u := inc("n")
				u.MaxAge = c.maxAge
				if _, err := s.Update(t.Context(), at, k, u); err != nil {
					t.Fatal(err)
				}
			}
			before := commandCalls(t, s)
			for range 1000 {
				now = now.Add(c.pause)
				use(now)
			}
			after := commandCalls(t, s)
			more := after["evalsha"] + after["eval"] - before["evalsha"] - before["eval"] - 1000
			if t.Logf("1000 updates have taken %d commands more", more); more > c.commands {
				t.Errorf("that is more than %d", c.commands)
			}
			do(t, s.client, "DEL", s.userKey(c.name))
			for end := now.Add(c.within + c.pause); now.Before(end) && len(members(t, s, c.name)) == 0; {
				now = now.Add(c.pause)
				use(now)
			}
			if list := members(t, s, c.name); len(list) != 1 || list[0] != k.ID.String() {
				t.Errorf("in use for %v the session has not entered itself: the index holds %v", c.within, list)
			}
			if n, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: c.name}, driver.ID{}, 10); n != 1 || err != nil {
				t.Errorf("%d sessions have ended (error: %v), want 1", n, err)
			}
		})
	}
	t.Run("sign-in", func(t *testing.T) { // also of the same user
		k, now := create(t, s, "ann", `{"n":0}`)
		do(t, s.client, "DEL", s.userKey("ann"))
		u := &driver.Update{User: new("ann"), Renew: new(driver.Secret{2}.Verifier()), MaxAge: time.Hour}
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Fatal(err)
		}
		if got := members(t, s, "ann"); len(got) != 1 {
			t.Errorf("the index holds %q", got)
		}
		do(t, s.client, "FLUSHDB")
	})
	t.Run("idle", func(t *testing.T) {
		_, now := create(t, s, "ann", `{"n":0}`)
		do(t, s.client, "FLUSHDB")
		if n, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10); n != 0 || err != nil {
			t.Errorf("%d sessions have ended (error: %v)", n, err)
		}
		k, now := create(t, s, "ann", `{"n":0}`) // for an hour, so its entry is good for two
		if _, err := s.Update(t.Context(), now, k, &driver.Update{User: new("ann"), MaxAge: 3 * time.Hour, Lifetime: 3 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		do(t, s.client, "DEL", s.userKey("ann"))
		now = now.Add(2 * time.Hour)
		if _, err := s.Update(t.Context(), now, k, &driver.Update{MaxAge: 3 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		if list := members(t, s, "ann"); len(list) != 1 {
			t.Errorf("after its next use the index holds %v", list)
		}
	})
}
