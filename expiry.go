package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// limit notes in u how long a session lives that begins at now.
func (m *Manager) limit(u *batch, now time.Time) {
	u.Lifetime = m.opts.AnonymousMaxAge
	if absolute := m.opts.AbsoluteMaxAge; absolute != 0 {
		u.Deadline = now.Add(absolute)
	}
	m.rebind(u, now)
}

// rebind notes in u what becomes of the life of a session that is renewed at now.
func (m *Manager) rebind(u *batch, now time.Time) {
	absolute := m.opts.AbsoluteMaxAge
	switch {
	case u.authenticates():
		if u.binds() {
			u.Lifetime = m.opts.MaxAge
		}
		u.Deadline = now.Add(cmp.Or(absolute, max(defaultAbsolute, m.opts.MaxAge)))
	case u.User != nil:
		u.Lifetime = m.opts.AnonymousMaxAge
		if absolute == 0 { // nobody has one, and an update cannot remove that of the user before
			u.Deadline = now.AddDate(100, 0, 0)
		}
	}
	if u.lifetime != 0 {
		u.Lifetime = min(u.lifetime, m.opts.MaxAge)
	}
}

// interval returns how much of the life of a session must have passed before a read extends it, or its cookie.
func (m *Manager) interval(meta driver.Meta) time.Duration {
	if meta.Lifetime < m.opts.MaxAge {
		return min(m.opts.TouchInterval, meta.Lifetime/24)
	}
	return m.opts.TouchInterval
}

// extend extends a session if it is due, or shortens it if MaxAge has been lowered, and notes what is new of a user's device. That it could
// not be done is no reason to fail a read.
func (s *Session) extend(ctx context.Context, store driver.Store, now time.Time, r *driver.Record) error {
	use := driver.Update{MaxAge: min(s.m.opts.MaxAge, r.Lifetime)}
	if gain := use.Meta(r.Meta, now).Expires.Sub(r.Expires); gain >= 0 && gain < s.m.interval(r.Meta) {
		return nil
	}
	touch := use // which goes to the store, and so to the heap
	if r.User != "" {
		touch.Attrs = s.newDeviceAttrs(r.Attrs)
	}
	res, err := store.Update(ctx, now, s.key(), &touch)
	switch {
	case err == nil:
		r.Meta, r.Attrs = res.Meta, r.Attrs.With(touch.Attrs)
	case errors.Is(err, ErrNotFound):
		return err
	default:
		s.m.report(ctx, wrapErr("touch", err), r.ID)
	}
	return nil
}

// clockTolerance is how far the clocks of two servers may be apart before the log is told.
const clockTolerance = driver.RenewalWindow / 2

// compareClocks tells the log, once, of a session that was used in the future.
func (m *Manager) compareClocks(ctx context.Context, now, used time.Time) {
	if ahead := used.Sub(now); ahead > clockTolerance {
		m.clocks.Do(func() {
			m.log().WarnContext(ctx, "a session was used in the future: this clock is behind that of another server, or was set back",
				"by", ahead)
		})
	}
}

const sweepBatch = 1000

// Sweep removes expired sessions from a store that does not drop them by itself, in batches, and returns how many. An
// expired session is gone for all purposes before it is swept: this frees room. For other stores the error matches
// [errors.ErrUnsupported].
func (m *Manager) Sweep(ctx context.Context) (int, error) {
	total, last := 0, sweepBatch
	for last == sweepBatch {
		err := m.call(ctx, "sweep", func(ctx context.Context, store driver.Store) (err error) {
			sweeper, ok := store.(driver.Sweeper)
			if !ok {
				return unsupported(store, "sweep")
			}
			last, err = sweeper.Sweep(ctx, m.now(), sweepBatch)
			return err
		})
		if err != nil {
			return total, err
		}
		total += last
	}
	return total, nil
}

// RunSweeper sweeps at once and then at every interval, until ctx ends; it returns ctx's error, or at once the error of a
// store that does not need sweeping. Errors of single sweeps go to [Options.OnError]. Run it in a goroutine of your own,
// in one process or in all of them. The interval must be positive, as for [time.NewTicker].
func (m *Manager) RunSweeper(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if _, err := m.Sweep(ctx); errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
