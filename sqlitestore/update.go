package sqlitestore

import (
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// lightFields is how long the texts of what an update touches may be in all, if the writer is to work it out.
	lightFields = 32 << 10
	// lightUpdate is how much such an update may bring along.
	lightUpdate = 4 << 10
)

// Update implements [driver.Store].
//
// The writer works out what is light; for the rest see [operation.updateAside].
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
	return o.write(ctx, func(c *conn, r row) (driver.Outcome, error) {
		texts, err := c.fields(r.n, o.names, most)
		if err != nil {
			return driver.Outcome{}, err
		}
		return o.update.EvalTexts(ctx, o.now, texts)
	})
}

// write has the writer write what f makes of the session.
func (o *operation) write(ctx context.Context, f func(*conn, row) (driver.Outcome, error)) (res driver.Result, err error) {
	err = o.store.write(ctx, func(c *conn) error {
		return c.findGuarded(o.now, o.key, func(r row) error {
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

// apply writes the outcome, or nothing if the document would be too large.
func (o *operation) apply(c *conn, r row, outcome driver.Outcome) (driver.Result, error) {
	if err := o.update.Limits.CheckGrowth(r.size, r.size+outcome.Growth); err != nil {
		return driver.Result{}, err
	}
	r.size += outcome.Growth
	for _, f := range outcome.Changed {
		if err := c.setField(r.n, f.Name, f.Value.Text()); err != nil {
			return driver.Result{}, err
		}
	}
	err := c.writeMeta(&r, o.now, o.update)
	outcome.Meta = r.Meta
	return outcome.Result, err
}

// writeMeta writes what an update does to a record beside its document. The columns that are indexed are written only if
// they change, since writing them rewrites the indexes.
func (c *conn) writeMeta(r *row, now time.Time, u *driver.Update) error {
	before := r.Meta
	r.Meta = u.Meta(before, now)
	err := c.exec("UPDATE sessions SET used = ?, expires = ?, lifetime = ?, size = ? WHERE n = ?",
		r.LastUsed.UnixMilli(), r.Expires.UnixMilli(), r.Lifetime.Milliseconds(), r.size, r.n)
	if h := hour(r.Expires); h != hour(before.Expires) && err == nil {
		err = c.exec("UPDATE sessions SET hour = ? WHERE n = ?", h, r.n)
	}
	if u.Renew != nil && err == nil {
		signedIn := 0
		if u.SignsIn(before) {
			signedIn = 1
		}
		err = c.exec("UPDATE sessions SET verifier = ?, previous = verifier, renewed = ?, signed_in = ? WHERE n = ?",
			u.Renew[:], now.UnixMilli(), signedIn, r.n)
	}
	if r.User != before.User && err == nil {
		err = c.exec("UPDATE sessions SET user = ? WHERE n = ?", r.User, r.n)
	}
	if (u.Label != nil || !u.Deadline.IsZero()) && err == nil {
		err = c.exec("UPDATE sessions SET label = ?, deadline = ? WHERE n = ?", r.Label, millisOrNull(r.Deadline), r.n)
	}
	return err
}
