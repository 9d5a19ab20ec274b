package drivertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/memstore"
)

// loading loads single fields as load does it, rightly if that is nil.
type loading struct {
	*memstore.Store
	load func(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error)
}

func (s loading) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	if s.load != nil {
		return s.load(ctx, s.Store, now, k, names)
	}
	r, err := s.Load(ctx, now, k)
	r.Data = r.Data.Only(names)
	return r, err
}

// TestFields runs the suite on a store that loads single fields.
func TestFields(t *testing.T) {
	t.Parallel()
	drivertest.Run(t, func(testing.TB) (a, b driver.Store) {
		s := loading{Store: memstore.New(nil)}
		return s, s
	})
}

// tooMuch returns all there is.
func tooMuch(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, _ []string) (driver.Record, error) {
	return s.Load(ctx, now, k)
}

// allIfNone takes no names for no restriction.
func allIfNone(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	r, err := s.Load(ctx, now, k)
	if len(names) > 0 {
		r.Data = r.Data.Only(names)
	}
	return r, err
}

// nullIfAbsent returns a value for what does not exist.
func nullIfAbsent(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	r, err := s.Load(ctx, now, k)
	data := r.Data.Only(names)
	for _, name := range names {
		if err == nil && !data.Get(name).Exists() {
			data = data.With(name, driver.NullValue)
		}
	}
	r.Data = data
	return r, err
}

// ownerAlone does not ask for the secret.
func ownerAlone(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	if !k.ByUser {
		k = driver.UserKey(k.ID, ownerOf(ctx, s, now, k.ID))
	}
	r, err := s.Load(ctx, now, k)
	r.Data = r.Data.Only(names)
	return r, err
}

// noneBeside returns no record beside an error.
func noneBeside(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	r, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Record{}, err
	}
	r.Data = r.Data.Only(names)
	return r, nil
}

// noneReplayed calls every secret that is not the record's unknown, once [driver.RenewalWindow] is over.
func noneReplayed(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	r, err := s.Load(ctx, now, k)
	if errors.Is(err, driver.ErrReplayed) {
		return driver.Record{}, driver.ErrNotFound
	}
	r.Data = r.Data.Only(names)
	return r, err
}

// twoLooks reads first what the session says of itself and then the fields.
func twoLooks(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	r, err := s.Load(ctx, now, k)
	hesitate()
	later, _ := s.Load(ctx, now, driver.UserKey(k.ID, ownerOf(ctx, s, now, k.ID)))
	if r.Data = r.Data.Only(names); err == nil {
		r.Data = later.Data.Only(names)
	}
	return r, err
}

// usesIt extends the session.
func usesIt(ctx context.Context, s *memstore.Store, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	r, err := s.Load(ctx, now, k)
	if r.Data = r.Data.Only(names); err == nil {
		_, err = s.Update(ctx, now, k, &driver.Update{MaxAge: 48 * time.Hour})
	}
	return r, err
}
