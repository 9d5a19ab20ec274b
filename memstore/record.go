package memstore

import (
	"container/heap"
	"context"
	"errors"
	"maps"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

type record struct {
	driver.Record
	verifier driver.Verifier
	previous driver.Verifier // until renewed; none if that is zero
	renewed  time.Time
	signedIn bool // by that renewal: Update.SignsIn
	size     int  // as limits measure it
	bytes    int  // what the record takes in memory, with its document
	aside    bool // an update is worked out outside of the store's lock: until it has ended, no other one begins
	heapPos  int
}

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r = ownRecord(r)
	rec := &record{Record: r, verifier: v, size: r.Data.Size(), bytes: overhead(&r) + memory(r.Data)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records[r.ID] != nil {
		return driver.ErrExists
	}
	if !s.makeRoom(r.Created, rec.bytes) {
		return driver.ErrFull
	}
	s.records[r.ID] = rec
	s.bytes += rec.bytes
	s.index(rec)
	heap.Push(&s.expiry, rec.expiring())
	return nil
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := ctx.Err(); err != nil {
		return driver.Record{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	rec, err := s.find(now, k)
	switch {
	case rec == nil:
		return driver.Record{}, err
	case errors.Is(err, driver.ErrReplayed):
		return driver.Record{Meta: driver.Meta{ID: rec.ID, User: rec.User}}, err
	}
	r := rec.Record
	r.Attrs = maps.Clone(r.Attrs)
	return r, err
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.records[k.ID]
	switch {
	case rec == nil || !rec.live(now) || k.ByUser && rec.User != k.User:
		return driver.ErrNotFound
	case !k.ByUser && !rec.verifier.Equal(k.Verifier):
		return driver.ErrRenewed
	}
	s.remove(rec)
	return nil
}

// find returns the record that the guard of [driver.Store] lets through. With ErrRenewed it returns one that Load may return all
// the same, with ErrReplayed one whose user Load tells.
func (s *Store) find(now time.Time, k driver.Key) (*record, error) {
	rec := s.records[k.ID]
	switch {
	case rec == nil || !rec.live(now):
		return nil, driver.ErrNotFound
	case k.ByUser:
		if rec.User != k.User {
			return nil, driver.ErrNotFound
		}
		return rec, nil
	case rec.verifier.Equal(k.Verifier):
		return rec, nil
	case rec.renewed.IsZero() || !rec.previous.Equal(k.Verifier):
		return nil, driver.ErrNotFound
	case !now.Before(rec.renewed.Add(driver.RenewalWindow)):
		return rec, driver.ErrReplayed
	case !rec.signedIn:
		return nil, driver.ErrRenewed
	}
	return rec, driver.ErrRenewed
}

func (r *record) live(now time.Time) bool { return r.Expires.After(now) }

func (s *Store) remove(rec *record) {
	delete(s.records, rec.ID)
	s.unindex(rec.Meta)
	heap.Remove(&s.expiry, rec.heapPos)
	s.bytes -= rec.bytes
}
