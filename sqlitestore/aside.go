package sqlitestore

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// asideTries is how often an update is worked out aside before the writer does it after all.
const asideTries = 3

// errChanged: a touched field was not what it had been when it was read. Nothing was changed.
var errChanged = errors.New("sqlitestore: changed meanwhile")

// updateAside works out the update where only its caller waits, and has the writer put in what came of it if what the update touches is
// still the same. The heavy updates of one session take turns, and light ones give way, so those of this process rarely get in each
// other's way. Other processes may: after a few times in vain the writer does it, so none starves.
func (s *Store) updateAside(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	leave, err := s.turns.Take(ctx, k.ID)
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
