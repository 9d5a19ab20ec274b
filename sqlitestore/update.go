package sqlitestore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Update implements [driver.Store].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	var res driver.Result
	err := s.write(ctx, func(c *conn) error {
		return c.find(now, k, func(r row) (err error) {
			res, err = c.update(ctx, r, now, u)
			return err
		})
	})
	if err != nil {
		return driver.Result{}, err
	}
	return res, nil
}

// update reads the fields that u touches, evaluates u, and writes what has changed. Nothing is written if it fails.
func (c *conn) update(ctx context.Context, r row, now time.Time, u *driver.Update) (driver.Result, error) {
	touched := u.Touched()
	fields := make([]driver.Field, 0, len(touched))
	for _, name := range touched {
		v, err := c.field(r.n, name)
		if err != nil {
			return driver.Result{}, err
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: name, Value: v})
		}
	}
	before, err := driver.NewDoc(fields...)
	if err != nil {
		return driver.Result{}, err
	}
	after, taken, err := driver.Eval(ctx, before, u, now)
	if err != nil {
		return driver.Result{}, err
	}
	written := u.Written(after)
	size := r.size + written.Size() - u.Written(before).Size()
	if err := u.Limits.CheckGrowth(r.size, size); err != nil {
		return driver.Result{}, err
	}
	r.size = size
	for _, name := range touched {
		if v := after.Get(name); !driver.Identical(v, before.Get(name)) {
			if err := c.setField(r.n, name, v); err != nil {
				return driver.Result{}, err
			}
		}
	}
	if err := c.writeMeta(&r, now, u); err != nil {
		return driver.Result{}, err
	}
	return driver.Result{Meta: r.Meta, Fields: written, Taken: taken}, nil
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
