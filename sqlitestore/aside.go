package sqlitestore

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// asideTries is how often an update is worked out aside before the writer does it after all.
const asideTries = 3

// errChanged: a touched field was not what it had been when it was read. Nothing was changed.
var errChanged = errors.New("sqlitestore: changed meanwhile")

// updateAside works out the update where only its caller waits, and has the writer put in what came of it if what the update touches is
// still the same. The heavy updates of one session take turns, so those of this process never get in each other's way. Light
// updates of the same fields, and other processes, may: after a few times in vain the writer does it, so none starves.
func (s *Store) updateAside(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	leave, err := s.turns.take(ctx, k.ID)
	if err != nil {
		return driver.Result{}, err
	}
	defer leave()
	for range asideTries {
		res, err := s.compareAndSet(ctx, now, k, u)
		if !errors.Is(err, errChanged) {
			return res, err
		}
	}
	return s.updateInWriter(ctx, now, k, u, math.MaxInt)
}

func (s *Store) compareAndSet(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	var old touched
	err := s.read(ctx, func(c *conn) error {
		return c.find(now, k, func(r row) (err error) {
			old, err = c.touched(r.n, u, math.MaxInt)
			return err
		})
	})
	if err != nil {
		return driver.Result{}, err
	}
	o, err := old.evaluate(ctx, now, u)
	if err != nil {
		return driver.Result{}, err
	}
	return s.writeUpdate(ctx, now, k, func(c *conn, r row) (driver.Result, error) {
		found, err := c.touched(r.n, u, math.MaxInt)
		switch {
		case err != nil:
			return driver.Result{}, err
		case !slices.Equal(found.texts, old.texts):
			return driver.Result{}, errChanged
		}
		return c.apply(r, now, u, o)
	})
}

// turns are had by one heavy update of a session at a time; those that wait get theirs in the order in which they came.
type turns struct {
	mu sync.Mutex
	of map[driver.ID]*turn
}

type turn struct {
	held  chan struct{} // full while somebody has it
	calls int           // that have it or wait
}

// take returns once the caller has the turn, which leave ends.
func (t *turns) take(ctx context.Context, id driver.ID) (leave func(), err error) {
	t.mu.Lock()
	one := t.of[id]
	if one == nil {
		one = &turn{held: make(chan struct{}, 1)}
		t.of[id] = one
	}
	one.calls++
	t.mu.Unlock()
	drop := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.calls--; one.calls == 0 {
			delete(t.of, id)
		}
	}
	select {
	case one.held <- struct{}{}:
	case <-ctx.Done():
		drop()
		return nil, ctx.Err()
	}
	return func() {
		<-one.held
		drop()
	}, nil
}
