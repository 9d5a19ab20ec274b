package redisstore

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestCacheOwnWrites loads at once what the same store has written, while the server's notice of it is on its way.
func TestCacheOwnWrites(t *testing.T) {
	s := newStore(t, address, Options{CacheTTL: time.Hour})
	k, now := create(t, s, "", `{"n":0}`)
	for want := range int64(2000) {
		r, err := s.Load(t.Context(), now, k)
		if err != nil || r.Data.Get("n").Int() != want {
			t.Fatalf("after %d updates: %v, %v", want, r.Data.Get("n"), err)
		}
		_, err = s.Update(t.Context(), now, k, inc("n"))
		must(t, err)
	}
	for range 300 {
		k, now := create(t, s, "ann", `{"n":1}`)
		_, err := s.Load(t.Context(), now, k)
		must(t, err)
		must(t, s.Delete(t.Context(), now, k))
		if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
			t.Fatalf("after Delete: error %v", err)
		}
	}
}

// TestCacheAfterOwnWrites loads again and again what the store has written: it is in the cache soon, also if others have written meanwhile.
func TestCacheAfterOwnWrites(t *testing.T) {
	srv := newServer(t)
	o := Options{Prefix: freshPrefix()}
	other := newStore(t, srv.Addr, o)
	o.CacheTTL = time.Hour
	s := newStore(t, srv.Addr, o)
	k, now := create(t, s, "", `{"n":0}`)
	const rounds, loads = 20, 50
	for range rounds {
		for range 20 { // more than a session remembers
			_, err := other.Update(t.Context(), now, k, inc("n"))
			must(t, err)
		}
		_, err := s.Update(t.Context(), now, k, inc("n"))
		must(t, err)
		for range loads {
			_, err := s.Load(t.Context(), now, k)
			must(t, err)
		}
	}
	if n := commandCalls(t, s)["hgetall"]; n < rounds || n > 5*rounds {
		t.Errorf("%d loads after each of %d updates are %d commands", loads, rounds, n)
	}
	if kept := len(s.own.recent) + len(s.own.former); kept != 0 {
		t.Errorf("%d changes are kept that nobody has to know of", kept)
	}
}

// TestOwnWritesAreFew notes changes of more sessions than are kept: then any session may be one of them, for as long as a cache lives.
func TestOwnWritesAreFew(t *testing.T) {
	var w ownWrites
	const ttl = time.Hour
	begun := time.Now()
	id := func(i int) (id driver.ID) {
		binary.LittleEndian.PutUint32(id[:], uint32(i))
		return id
	}
	const n = 3 * mostOwn
	for i := range n {
		w.note(id(i), begun, ttl)
		if kept := len(w.recent) + len(w.former); kept > 2*mostOwn {
			t.Fatalf("it keeps %d", kept)
		}
	}
	for _, i := range []int{0, mostOwn, n - 1} {
		if w.latest(id(i), begun.Add(ttl-1)) == 0 {
			t.Errorf("the change of session %d is forgotten", i)
		}
	}
	if w.latest(id(0), begun.Add(ttl)) != 0 {
		t.Error("what is forgotten counts as changed for longer than a cache lives")
	}
}

// TestOwnWritesAge has sessions changed now and then: a change is kept until no cache can be from before it.
func TestOwnWritesAge(t *testing.T) {
	var w ownWrites
	const ttl = time.Hour
	begun := time.Now()
	for i := range 100 {
		now := begun.Add(time.Duration(i) * ttl / 4)
		w.note(driver.ID{byte(i)}, now, ttl)
		for age := range min(i+1, 5) {
			if w.latest(driver.ID{byte(i - age)}, now) != i-age+1 {
				t.Fatalf("step %d: the change of %d steps ago is forgotten", i, age)
			}
		}
		if w.latest(driver.ID{200}, now) != 0 {
			t.Fatalf("step %d: a session counts as changed that is not", i)
		}
	}
	if kept := len(w.recent) + len(w.former); kept > 11 {
		t.Errorf("it keeps %d", kept)
	}
}

// TestForgetLatest forgets a change while there is a later one.
func TestForgetLatest(t *testing.T) {
	var w ownWrites
	now := time.Now()
	w.note(driver.ID{1}, now, time.Hour)
	first := w.latest(driver.ID{1}, now)
	w.note(driver.ID{1}, now, time.Hour)
	w.forget(driver.ID{1}, first)
	if second := w.latest(driver.ID{1}, now); second == 0 {
		t.Error("the later one is forgotten")
	} else if w.forget(driver.ID{1}, second); w.latest(driver.ID{1}, now) != 0 {
		t.Error("it is not forgotten")
	}
}
