package redisstore

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestDeadlineMoves has the server keep a session as long as its deadline lets it live, and no longer.
func TestDeadlineMoves(t *testing.T) {
	s := newStore(t, address, Options{})
	k, now := create(t, s, "", `{"n":1}`)
	const most = (graceMS + gridMS) * time.Millisecond
	for _, u := range []driver.Update{
		{Deadline: now.Add(10 * time.Minute)},
		{Deadline: now.Add(3 * time.Hour), Expires: now.Add(2 * time.Hour)},
		{Expires: now.Add(9 * time.Hour)},
		{Deadline: now.Add(5 * time.Minute), Label: new("Firefox")},
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
