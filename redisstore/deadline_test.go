package redisstore

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestKeyExpiry has the server keep a session for as long as its lifetime and its deadline let it live, and no longer.
func TestKeyExpiry(t *testing.T) {
	s := newStore(t, address, Options{})
	k, now := create(t, s, "", `{"n":1}`)
	const most = (graceMS + gridMS) * time.Millisecond
	for _, u := range []driver.Update{
		{Deadline: now.Add(10 * time.Minute)},
		{Deadline: now.Add(3 * time.Hour), MaxAge: 2 * time.Hour, Lifetime: 2 * time.Hour},
		{MaxAge: 9 * time.Hour, Lifetime: 9 * time.Hour},
		{MaxAge: 40 * time.Minute},
		{MaxAge: 90 * time.Minute},
		{MaxAge: time.Hour, Lifetime: 20 * time.Minute},
		{Deadline: now.Add(5 * time.Minute), Attrs: driver.Attrs{"label": "Firefox"}},
	} {
		res, err := s.Update(t.Context(), now, k, &u)
		if err != nil {
			t.Fatal(err)
		}
		asked := time.Now()
		left, err := s.client.Do(t.Context(), s.client.B().Pttl().Key(s.sessionKey(k.ID)).Build()).AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		beyond := asked.Add(time.Duration(left) * time.Millisecond).Sub(res.Expires)
		if beyond < 0 || beyond > most {
			t.Errorf("the key of a session that expires in %v outlives it by %v, want %v at most", res.Expires.Sub(now), beyond, most)
		}
	}
}
