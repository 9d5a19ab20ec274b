package redisstore

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// cachedHash returns the fields of a session's hash out of client-side caching, unless they may be from before a change that this store has
// acknowledged. The server tells of that change too, but after it has answered it, and on another connection than the one with the answer.
func (s *Store) cachedHash(ctx context.Context, id driver.ID, key string) (map[string]string, error) {
	change := s.own.latest(id, time.Now())
	if change == unknownChange {
		return s.freshHash(ctx, key)
	}
	res := s.client.DoCache(ctx, s.client.B().Hgetall().Key(key).Cache(), s.cacheTTL)
	cached, err := res.AsStrMap()
	if change == 0 || err != nil {
		return cached, err
	}
	if !res.IsCacheHit() { // it was asked for after the change
		s.own.forget(id, change)
		return cached, nil
	}
	fresh, err := s.freshHash(ctx, key)
	if err == nil && maps.Equal(cached, fresh) { // each change makes another hash
		s.own.forget(id, change)
	}
	return fresh, err
}

func (s *Store) freshHash(ctx context.Context, key string) (map[string]string, error) {
	return s.client.Do(ctx, s.client.B().Hgetall().Key(key).Build()).AsStrMap()
}

// wrote notes that a change of the session is about to be acknowledged.
func (s *Store) wrote(id driver.ID) {
	if s.cacheTTL > 0 {
		s.own.note(id, time.Now(), s.cacheTTL)
	}
}

// mostOwn bounds how many sessions a generation of ownWrites has: the two take some 5 MB at most.
const mostOwn = 1 << 16

// unknownChange stands for any change that there may have been.
const unknownChange = -1

// ownWrites knows which sessions a store has changed while a cache may still hold what was there before. There are two generations: the
// recent one becomes the former one when it is as old as what is in a cache can be, or full.
type ownWrites struct {
	mu             sync.Mutex
	recent, former map[driver.ID]int // the number of the latest change
	changes        int
	began          time.Time // the recent generation
	unknown        time.Time // until then any session may be one that is in neither generation any more
}

func (w *ownWrites) note(id driver.ID, now time.Time, ttl time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if full := len(w.recent) == mostOwn; full || w.recent == nil || now.Sub(w.began) > ttl {
		if full && len(w.former) > 0 {
			w.unknown = now.Add(ttl)
		}
		w.former, w.recent, w.began = w.recent, make(map[driver.ID]int), now
	}
	w.changes++
	w.recent[id] = w.changes
}

// latest returns the number of the session's latest change, 0 if nothing in a cache can be from before it, or unknownChange.
func (w *ownWrites) latest(id driver.ID, now time.Time) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Before(w.unknown) {
		return unknownChange
	}
	return max(w.recent[id], w.former[id])
}

// forget is for a cache that has been seen to hold what is from after the change.
func (w *ownWrites) forget(id driver.ID, change int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if change == max(w.recent[id], w.former[id]) {
		delete(w.recent, id)
		delete(w.former, id)
	}
}
