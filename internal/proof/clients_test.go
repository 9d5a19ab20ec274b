package proof

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// canceled returns a nemesis that ends the contexts of every third call: an eighth of them before it, the others at a random moment of the
// time, in which a call may have come to its end.
func canceled(s linearizable.Store, within time.Duration) nemesis {
	return nemesis{name: "contexts canceled", felt: true, store: linearizable.Store{
		Start: s.Start,
		Connect: func(tb testing.TB, address string) driver.Store {
			finder := s.Connect(tb, address).(finder)
			h := hasty{finder, within}
			if sweeper, ok := finder.(driver.Sweeper); ok {
				return hastySweeper{h, sweeper}
			}
			return h
		},
	}}
}

// finder is what every store is here.
type finder interface {
	driver.Store
	driver.Finder
}

// hasty is a store whose callers do not always wait.
type hasty struct {
	store  finder
	within time.Duration
}

type hastySweeper struct {
	hasty
	sweeper driver.Sweeper
}

func (h hasty) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if rand.IntN(3) > 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	if rand.IntN(8) == 0 {
		cancel()
		return ctx, cancel
	}
	timer := time.AfterFunc(rand.N(h.within), cancel)
	return ctx, func() { timer.Stop(); cancel() }
}

func (h hasty) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	ctx, done := h.context(ctx)
	defer done()
	return h.store.Create(ctx, v, r)
}

func (h hasty) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	ctx, done := h.context(ctx)
	defer done()
	return h.store.Load(ctx, now, k)
}

func (h hasty) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	ctx, done := h.context(ctx)
	defer done()
	return h.store.Update(ctx, now, k, u)
}

func (h hasty) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	ctx, done := h.context(ctx)
	defer done()
	return h.store.Delete(ctx, now, k)
}

func (h hasty) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	ctx, done := h.context(ctx)
	defer done()
	return h.store.List(ctx, now, user, after, limit)
}

func (h hasty) DeleteMany(ctx context.Context, now time.Time, s driver.Selection, after driver.ID, limit int) (int, driver.ID, error) {
	ctx, done := h.context(ctx)
	defer done()
	return h.store.DeleteMany(ctx, now, s, after, limit)
}

func (h hastySweeper) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	ctx, done := h.context(ctx)
	defer done()
	return h.sweeper.Sweep(ctx, now, limit)
}
