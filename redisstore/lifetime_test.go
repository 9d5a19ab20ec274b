package redisstore

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestNoLifetime updates sessions that an earlier version has written, without a lifetime: it is what they had from their last use on.
func TestNoLifetime(t *testing.T) {
	s := newStore(t, address, Options{})
	later := func(now time.Time) time.Time { return now.Add(10 * time.Minute) }
	for name, u := range map[string]*driver.Update{
		"nothing":            {},
		"a use":              {MaxAge: 3 * time.Hour},
		"a shorter use":      {MaxAge: 20 * time.Minute},
		"a nested path":      {MaxAge: 3 * time.Hour, Ops: []driver.Op{driver.Inc{Path: "a.b", By: driver.IntValue(1)}}},
		"a deadline":         {Deadline: time.Now().Add(30 * time.Minute)},
		"a lifetime":         {Lifetime: 2 * time.Hour},
		"a lifetime and use": {Lifetime: 2 * time.Hour, MaxAge: 3 * time.Hour},
	} {
		k, now := create(t, s, "", `{"n":1}`) // for an hour
		do(t, s.client, "HDEL", s.sessionKey(k.ID), fieldLifetime)
		before, err := s.Load(t.Context(), now, k)
		if err != nil || before.Lifetime != time.Hour {
			t.Errorf("%s: before it has a lifetime of %v, %v", name, before.Lifetime, err)
		}
		want := u.Meta(before.Meta, later(now))
		got, err := s.Update(t.Context(), later(now), k, u)
		if err != nil || got.Meta != want {
			t.Errorf("%s makes of it\n%+v, %v, want\n%+v", name, got.Meta, err, want)
		}
		if after, err := s.Load(t.Context(), later(now), k); err != nil || after.Meta != want {
			t.Errorf("%s: then it is\n%+v, %v, want\n%+v", name, after.Meta, err, want)
		}
	}
}
