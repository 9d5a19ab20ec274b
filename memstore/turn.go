package memstore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// turn is had by one update of a record at a time; those that wait get it in the order in which they came. While there is one, every
// update of the record waits for it.
type turn struct {
	held  chan struct{} // full while somebody has it
	calls int           // that have it or wait; guarded by the store's lock
}

// updateInTurn is Update without holding up those who use other sessions, or read this one. What it evaluates stays as it is until it
// takes effect, since nobody else has the turn: so it is never in vain, unless the session ends meanwhile.
func (s *Store) updateInTurn(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.takeTurn(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	c, err := rec.evaluate(ctx, now, u)

	s.mu.Lock()
	defer s.mu.Unlock()
	defer rec.leave(true)
	switch {
	case err != nil:
		return driver.Result{}, err
	case s.records[k.ID] != rec:
		return driver.Result{}, driver.ErrNotFound
	}
	return s.apply(rec, now, u, c)
}

// takeTurn returns the record that the guard of [driver.Store] lets through once the caller has its turn.
func (s *Store) takeTurn(ctx context.Context, now time.Time, k driver.Key) (*record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		rec, err := s.find(now, k)
		if err != nil {
			return nil, err
		}
		if rec.turn == nil {
			rec.turn = &turn{held: make(chan struct{}, 1)}
		}
		t := rec.turn
		t.calls++
		select {
		case t.held <- struct{}{}:
			return rec, nil
		default:
		}
		s.mu.Unlock()
		select {
		case t.held <- struct{}{}:
		case <-ctx.Done():
			err = ctx.Err()
		}
		s.mu.Lock()
		if err != nil {
			rec.leave(false)
			return nil, err
		}
		if again, err := s.find(now, k); err == nil && again == rec {
			return rec, nil
		}
		rec.leave(true) // it has gone, or has another secret
	}
}

// leave lets the next one have the turn, or ends the waiting.
func (r *record) leave(had bool) {
	t := r.turn
	if had {
		<-t.held
	}
	if t.calls--; t.calls == 0 {
		r.turn = nil
	}
}

const (
	// lightSession is how long the text of a session may be whose updates may be worked out under the store's lock.
	lightSession = 32 << 10
	// lightUpdate is how much such an update may bring along.
	lightUpdate = 4 << 10
)
