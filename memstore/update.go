package memstore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Update implements [driver.Store].
//
// A small update of a small session is worked out while nobody else uses the store, which takes less time than not to hold them up.
// Every other one holds up only the updates of its own session: see updateAside.
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return driver.Result{}, err
	}
	u = ownUpdate(u)
	heavy := u.Size() > lightUpdate
	s.mu.Lock()
	rec, err := s.find(now, k)
	if err == nil && (heavy || rec.aside || rec.size > lightSession) {
		s.mu.Unlock()
		return s.updateAside(ctx, now, k, u)
	}
	defer s.mu.Unlock()
	if err != nil {
		return driver.Result{}, err
	}
	c, err := rec.evaluate(ctx, now, u)
	if err != nil {
		return driver.Result{}, err
	}
	return s.apply(rec, now, u, c)
}

// change is what an update makes of a record, before it takes effect.
type change struct {
	data, written driver.Doc
	taken         []driver.Value
	size, bytes   int // of the record afterwards
}

// evaluate changes nothing. No other update may be under way.
func (r *record) evaluate(ctx context.Context, now time.Time, u *driver.Update) (c change, err error) {
	if err := u.CheckAuthenticated(r.Authenticated); err != nil {
		return change{}, err
	}
	if c.data, c.taken, err = driver.Eval(ctx, r.Data, u, now); err != nil {
		return change{}, err
	}
	before := u.Written(r.Data)
	c.written = u.Written(c.data)
	c.size = r.size + c.written.Size() - before.Size()
	c.bytes = r.bytes + memory(c.written) - memory(before)
	if u.User != nil || len(u.Attrs) > 0 {
		after := u.Record(r.Record, now)
		c.bytes += overhead(&after) - overhead(&r.Record)
	}
	return c, u.Limits.CheckGrowth(r.size, c.size)
}

// apply lets the change take effect, or refuses it for want of room.
func (s *Store) apply(rec *record, now time.Time, u *driver.Update, c change) (driver.Result, error) {
	before := rec.Meta
	var ended []driver.ID
	if u.LimitsSessions() {
		var err error
		if ended, err = u.SessionLimit.Excess(s.live(now, *u.User), u.Record(rec.Record, now)); err != nil {
			return driver.Result{}, err
		}
	}
	if !s.makeRoom(now, max(0, c.bytes-rec.bytes), ended...) {
		return driver.Result{}, driver.ErrFull
	}
	s.bytes += c.bytes - rec.bytes
	if u.User != nil || !u.Authenticated.IsZero() || len(u.Attrs) > 0 {
		rec.Record = u.Record(rec.Record, now)
	} else { // as nearly always; all of a record is much to copy: 3 % of an update
		rec.Meta = u.Meta(before, now)
	}
	rec.Data, rec.size, rec.bytes = c.data, c.size, c.bytes
	if before.User != rec.User {
		s.unindex(before)
		s.index(rec)
	}
	if !rec.Expires.Equal(before.Expires) {
		s.expiry.move(rec)
	}
	if u.Renew != nil {
		rec.previous, rec.renewed, rec.signedIn = rec.verifier, time.UnixMilli(now.UnixMilli()), u.SignsIn(before)
		rec.verifier = *u.Renew
	}
	return driver.Result{Meta: rec.Meta, Fields: c.written, Taken: c.taken}, nil
}
