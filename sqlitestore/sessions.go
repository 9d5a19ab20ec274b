package sqlitestore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	return s.sessions.Create(ctx, v, r)
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	return s.sessions.Load(ctx, now, k)
}

// LoadFields implements [driver.FieldLoader].
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	return s.sessions.LoadFields(ctx, now, k, names)
}

// Update implements [driver.Store].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	return s.sessions.Update(ctx, now, k, u)
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.sessions.Delete(ctx, now, k)
}

// List implements [driver.Finder].
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	return s.sessions.List(ctx, now, user, after, limit)
}

// DeleteMany implements [driver.Finder]: a step is one transaction. What it is about is looked up before, so that others do not wait for that.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	return s.sessions.DeleteMany(ctx, now, sel, after, limit)
}

// Sweep implements [driver.Sweeper]. Other calls go on in between; if ctx ends, some of the sessions may be gone.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.sessions.Sweep(ctx, now, limit)
}
