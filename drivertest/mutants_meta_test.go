package drivertest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// changing does something else to the metadata of a record than an update says. It leaves renewals alone.
type changing struct {
	*memstore.Store
	change func(m *driver.Meta, before driver.Meta, now time.Time, u *driver.Update)
}

func (s changing) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	before, _ := s.Load(ctx, now, k)
	res, err := s.Store.Update(ctx, now, k, u)
	if err != nil || u.Renew != nil {
		return res, err
	}
	rec, _ := s.Load(ctx, now, k)
	s.change(&rec.Meta, before.Meta, now, u)
	res.Meta = rec.Meta
	return res, errors.Join(s.Delete(ctx, now, k), s.Create(ctx, k.Verifier, rec))
}

func expiryOfLateUse(m *driver.Meta, _ driver.Meta, now time.Time, u *driver.Update) {
	if expires := now.Add(min(m.Lifetime, u.MaxAge)); u.MaxAge > 0 && expires.Before(m.Expires) {
		m.Expires = expires
	}
}

func expiryForwards(m *driver.Meta, before driver.Meta, _ time.Time, u *driver.Update) {
	if u.MaxAge > 0 && m.Expires.Before(before.Expires) && (m.Deadline.IsZero() || m.Deadline.After(before.Expires)) {
		m.Expires = before.Expires
	}
}

func alwaysUsed(m *driver.Meta, _ driver.Meta, now time.Time, _ *driver.Update) {
	if now.After(m.LastUsed) {
		m.LastUsed = now
	}
}

func usedLast(m *driver.Meta, _ driver.Meta, now time.Time, u *driver.Update) {
	if u.MaxAge > 0 {
		m.LastUsed = now
	}
}

// noLifetime takes the time a record has left for its lifetime.
type noLifetime struct{ *memstore.Store }

func (s noLifetime) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	r.Lifetime = r.Expires.Sub(r.LastUsed)
	return s.Store.Create(ctx, v, r)
}

// listsNoLifetime forgets it in lists.
type listsNoLifetime struct{ *memstore.Store }

func (s listsNoLifetime) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	list, err := s.Store.List(ctx, now, user, after, limit)
	for i := range list {
		list[i].Lifetime = 0
	}
	return list, err
}

// renewing answers in its own way to a key that was renewed.
type renewing struct {
	*memstore.Store
	answer func(rec driver.Record, now func() driver.Record, err error) driver.Record
	mu     *sync.Mutex
	next   map[driver.Key]driver.Key
}

func newRenewing(s *memstore.Store, answer func(driver.Record, func() driver.Record, error) driver.Record) renewing {
	return renewing{s, answer, new(sync.Mutex), map[driver.Key]driver.Key{}}
}

func (s renewing) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && u.Renew != nil {
		s.mu.Lock()
		s.next[k] = driver.Key{ID: k.ID, Verifier: *u.Renew}
		s.mu.Unlock()
	}
	return res, err
}

func (s renewing) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	s.mu.Lock()
	next, ok := s.next[k]
	s.mu.Unlock()
	if ok {
		rec = s.answer(rec, func() driver.Record { r, _ := s.Store.Load(ctx, now, next); return r }, err)
	}
	return rec, err
}

// generous gives the record of everybody.
func generous(_ driver.Record, now func() driver.Record, err error) driver.Record {
	if errors.Is(err, driver.ErrRenewed) {
		return now()
	}
	return driver.Record{}
}

// patient gives a record although the time is over.
func patient(rec driver.Record, now func() driver.Record, err error) driver.Record {
	if errors.Is(err, driver.ErrNotFound) && !errors.Is(err, driver.ErrRenewed) {
		return now()
	}
	return rec
}

// mean gives none.
func mean(driver.Record, func() driver.Record, error) driver.Record { return driver.Record{} }

// nostalgic gives a record as it was when it was first asked for.
func nostalgic() func(driver.Record, func() driver.Record, error) driver.Record {
	first := map[driver.ID]driver.Record{}
	return func(rec driver.Record, _ func() driver.Record, _ error) driver.Record {
		if old, ok := first[rec.ID]; ok {
			return old
		}
		if !rec.ID.IsZero() {
			first[rec.ID] = rec
		}
		return rec
	}
}
