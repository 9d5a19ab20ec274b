package memstore

import (
	"container/heap"
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

type record struct {
	meta     driver.Meta
	verifier driver.Verifier
	previous driver.Verifier // until renewed; of no account if that is zero
	renewed  time.Time
	signedIn bool // by that renewal: Update.SignsIn
	data     driver.Doc
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
	rec := &record{meta: r.Meta, verifier: v, data: r.Data, size: r.Data.Size(), bytes: overhead(r.Meta) + memory(r.Data)}
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
	heap.Push(&s.expiry, rec)
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
	if rec == nil {
		return driver.Record{}, err
	}
	return driver.Record{Meta: rec.meta, Data: rec.data}, err
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
	case rec == nil || !rec.live(now):
		return driver.ErrNotFound
	case !rec.verifier.Equal(k.Verifier):
		return driver.ErrRenewed
	}
	s.remove(rec)
	return nil
}

// find returns the record that the guard of [driver.Store] lets through, and with ErrRenewed one that Load may return all the same.
func (s *Store) find(now time.Time, k driver.Key) (*record, error) {
	rec := s.records[k.ID]
	switch {
	case rec == nil || !rec.live(now):
		return nil, driver.ErrNotFound
	case rec.verifier.Equal(k.Verifier):
		return rec, nil
	case rec.previous.Equal(k.Verifier) && now.Before(rec.renewed.Add(driver.RenewalWindow)):
		if !rec.signedIn {
			rec = nil
		}
		return rec, driver.ErrRenewed
	}
	return nil, driver.ErrNotFound
}

func (r *record) live(now time.Time) bool { return r.meta.Expires.After(now) }

func (s *Store) remove(rec *record) {
	delete(s.records, rec.meta.ID)
	s.unindex(rec.meta)
	heap.Remove(&s.expiry, rec.heapPos)
	s.bytes -= rec.bytes
}
