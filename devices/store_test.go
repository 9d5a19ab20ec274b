package devices_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// store is a memstore that fails where a test wants it to.
type store struct {
	*memstore.Store
	fail atomic.Pointer[func(call string) error]
}

func (s *store) failing(f func(call string) error) { s.fail.Store(&f) }

func (s *store) err(call string) error {
	if f := s.fail.Load(); f != nil {
		return (*f)(call)
	}
	return nil
}

func (s *store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := s.err("load"); err != nil {
		return driver.Record{}, err
	}
	return s.Store.Load(ctx, now, k)
}

func (s *store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := s.err("update"); err != nil {
		return driver.Result{}, err
	}
	return s.Store.Update(ctx, now, k, u)
}

func (s *store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.err("delete"); err != nil {
		return err
	}
	return s.Store.Delete(ctx, now, k)
}

func (s *store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := s.err("list"); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, now, user, after, limit)
}

func (s *store) DeleteMany(
	ctx context.Context, now time.Time, which driver.Selection, after driver.ID, limit int,
) (int, driver.ID, error) {
	if err := s.err("delete many"); err != nil {
		return 0, driver.ID{}, err
	}
	return s.Store.DeleteMany(ctx, now, which, after, limit)
}
