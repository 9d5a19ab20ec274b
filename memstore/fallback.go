package memstore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// lightSession is how long the text of a session may be whose updates may be worked out under the store's lock.
	lightSession = 32 << 10
	// lightUpdate is how much such an update may bring along.
	lightUpdate = 4 << 10
)

// updateAside is Update without holding up those who use other sessions, or read this one. What it evaluates stays as it is until it
// takes effect: the other updates of the record wait for their turn. So it is never in vain, unless the session ends meanwhile.
func (s *Store) updateAside(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	leave, err := s.turns.Take(ctx, k.ID)
	if err != nil {
		return driver.Result{}, err
	}
	defer leave()
	s.mu.Lock()
	rec, err := s.find(now, k)
	if err == nil {
		rec.aside = true
	}
	s.mu.Unlock()
	if err != nil {
		return driver.Result{}, err
	}
	c, err := rec.evaluate(ctx, now, u)

	s.mu.Lock()
	defer s.mu.Unlock()
	rec.aside = false
	switch {
	case err != nil:
		return driver.Result{}, err
	case s.records[k.ID] != rec:
		return driver.Result{}, driver.ErrNotFound
	}
	return s.apply(rec, now, u, c)
}
