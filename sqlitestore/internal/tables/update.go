package tables

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// lightFields is how long the texts of what an update touches may be in all, if the transaction is to work it out.
	lightFields = 32 << 10
	// lightUpdate is how much such an update may bring along.
	lightUpdate = 4 << 10
)

// Update implements [driver.Store].
//
// The transaction works out what is light, while others wait; for the rest see [operation.updateAside].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	o := &operation{s, now, k, u, u.Touched()}
	if u.Size() <= lightUpdate {
		s.turns.GiveWay(ctx, k.ID)
		res, err := o.run(ctx, lightFields)
		if !errors.Is(err, errEval) {
			return res, err
		}
	}
	return o.updateAside(ctx)
}

// operation is one update on its way to be applied once.
type operation struct {
	store  *Store
	now    time.Time
	key    driver.Key
	update *driver.Update
	names  []string // of the fields that it touches
}

// run reads, evaluates and writes in one step. It fails with errEval if what the update touches is longer than most.
func (o *operation) run(ctx context.Context, most int) (driver.Result, error) {
	return o.write(ctx, func(c conn, r row) (driver.Outcome, error) {
		texts, err := c.fields(r.n, o.names, most)
		if err != nil {
			return driver.Outcome{}, err
		}
		return o.update.EvalTexts(ctx, o.now, texts)
	})
}

// write writes what f makes of the session, in a transaction.
func (o *operation) write(ctx context.Context, f func(conn, row) (driver.Outcome, error)) (res driver.Result, err error) {
	err = o.store.write(ctx, func(c conn) error {
		return o.find(c, func(r row) error {
			outcome, err := f(c, r)
			if err == nil {
				res, err = o.apply(c, r, outcome)
			}
			return err
		})
	})
	if err != nil {
		return driver.Result{}, err
	}
	return res, nil
}

// find calls f with the row that the key and the time of its authentication let through.
func (o *operation) find(c conn, f func(row) error) error {
	u, sql := o.update, c.findSession
	if !u.Authenticated.IsZero() || !u.AuthenticatedSince.IsZero() || len(u.Attrs) > 0 || u.User != nil {
		sql = c.findRecord
	}
	return c.find(sql, o.now, o.key.ID, func(r row) error {
		if _, err := c.guard(&r, o.now, o.key); err != nil {
			return err
		}
		if err := u.CheckAuthenticated(r.Authenticated); err != nil {
			return err
		}
		return f(r)
	})
}

// apply writes the outcome, or nothing if the document would be too large, or the sessions of the user too many.
func (o *operation) apply(c conn, r row, outcome driver.Outcome) (driver.Result, error) {
	if err := o.update.Limits.CheckGrowth(r.size, r.size+outcome.Growth); err != nil {
		return driver.Result{}, err
	}
	r.size += outcome.Growth
	before := r.Record
	r.Record = o.update.Record(before, o.now)
	if o.update.LimitsSessions() {
		if err := c.makeRoom(o.now, o.update.SessionLimit, r.Record); err != nil {
			return driver.Result{}, err
		}
	}
	for _, f := range outcome.Changed {
		if err := c.writeField(r.n, f.Name, f.Value.Text()); err != nil {
			return driver.Result{}, err
		}
	}
	err := c.writeMeta(&r, before, o.now, o.update)
	outcome.Meta = r.Meta
	return outcome.Result, err
}

// writeMeta writes what an update does to a record beside its document. The columns that are indexed are written only if
// they change, since writing them rewrites the indexes.
func (c conn) writeMeta(r *row, before driver.Record, now time.Time, u *driver.Update) error {
	err := c.Run(c.setUsed, r.LastUsed.UnixMilli(), r.Expires.UnixMilli(), r.Lifetime.Milliseconds(), r.size, r.n)
	if h := hour(r.Expires); h != hour(before.Expires) && err == nil {
		err = c.Run(c.setHour, h, r.n)
	}
	if u.Renew != nil && err == nil {
		signedIn := 0
		if u.SignsIn(before.Meta) {
			signedIn = 1
		}
		err = c.Run(c.setVerifier, u.Renew[:], now.UnixMilli(), signedIn, r.n)
	}
	if r.User != before.User && err == nil {
		err = c.Run(c.setUser, r.User, r.n)
	}
	if !u.Deadline.IsZero() && err == nil {
		err = c.Run(c.setDeadline, millisOrNull(r.Deadline), r.n)
	}
	if !r.Authenticated.Equal(before.Authenticated) && err == nil {
		err = c.Run(c.setAuthenticated, millisOrNull(r.Authenticated), r.n)
	}
	if !maps.Equal(r.Attrs, before.Attrs) && err == nil {
		err = c.Run(c.setAttrs, textOrNull(r.Attrs.Text()), r.n)
	}
	return err
}
