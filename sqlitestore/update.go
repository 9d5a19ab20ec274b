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

// errHeavy: working out the update would hold the writer up.
var errHeavy = errors.New("sqlitestore: a heavy update")

// Update implements [driver.Store].
//
// The writer works out what is light; for the rest see updateAside.
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if u.Size() <= lightUpdate {
		s.turns.GiveWay(ctx, k.ID)
		res, err := s.updateInWriter(ctx, now, k, u, lightFields)
		if !errors.Is(err, errHeavy) {
			return res, err
		}
	}
	return s.updateAside(ctx, now, k, u)
}

// updateInWriter reads, evaluates and writes in one step. It fails with errHeavy if what u touches is longer than most.
func (s *Store) updateInWriter(ctx context.Context, now time.Time, k driver.Key, u *driver.Update, most int) (driver.Result, error) {
	return s.writeUpdate(ctx, now, k, func(c *conn, r row) (driver.Result, error) {
		t, err := c.touched(r.n, u, most)
		if err != nil {
			return driver.Result{}, err
		}
		o, err := t.evaluate(ctx, now, u)
		if err != nil {
			return driver.Result{}, err
		}
		return c.apply(r, now, u, o)
	})
}

// writeUpdate has the writer call f with the session.
func (s *Store) writeUpdate(
	ctx context.Context, now time.Time, k driver.Key, f func(*conn, row) (driver.Result, error),
) (res driver.Result, err error) {
	err = s.write(ctx, func(c *conn) error {
		return c.find(now, k, func(r row) (err error) {
			res, err = f(c, r)
			return err
		})
	})
	if err != nil {
		return driver.Result{}, err
	}
	return res, nil
}

// touched are the fields that an update reads or writes, "" for one that does not exist.
type touched struct{ names, texts []string }

// touched reads them. It fails with errHeavy if they are longer than most.
func (c *conn) touched(n int64, u *driver.Update, most int) (touched, error) {
	t := touched{names: u.Touched()}
	t.texts = make([]string, len(t.names))
	for i, name := range t.names {
		text, err := c.field(n, name, most)
		if err != nil {
			return touched{}, err
		}
		t.texts[i] = text
		most -= len(text)
	}
	return t, nil
}

// outcome is what an update makes of a session's document.
type outcome struct {
	changed touched // "" for a field that is removed
	written driver.Doc
	taken   []driver.Value
	growth  int
}

// evaluate works out what u makes of the fields.
func (t touched) evaluate(ctx context.Context, now time.Time, u *driver.Update) (o outcome, err error) {
	fields := make([]driver.Field, 0, len(t.names))
	for i, name := range t.names {
		v, err := parse(t.texts[i])
		if err != nil {
			return outcome{}, err
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: name, Value: v})
		}
	}
	before, err := driver.NewDoc(fields...)
	if err != nil {
		return outcome{}, err
	}
	after, taken, err := driver.Eval(ctx, before, u, now)
	if err != nil {
		return outcome{}, err
	}
	o = outcome{written: u.Written(after), taken: taken}
	o.growth = o.written.Size() - u.Written(before).Size()
	for _, name := range t.names {
		if v := after.Get(name); !driver.Identical(v, before.Get(name)) {
			o.changed.names = append(o.changed.names, name)
			o.changed.texts = append(o.changed.texts, v.Text())
		}
	}
	return o, nil
}

// apply writes the outcome, or nothing if the document would be too large.
func (c *conn) apply(r row, now time.Time, u *driver.Update, o outcome) (driver.Result, error) {
	if err := u.Limits.CheckGrowth(r.size, r.size+o.growth); err != nil {
		return driver.Result{}, err
	}
	r.size += o.growth
	for i, name := range o.changed.names {
		if err := c.setField(r.n, name, o.changed.texts[i]); err != nil {
			return driver.Result{}, err
		}
	}
	if err := c.writeMeta(&r, now, u); err != nil {
		return driver.Result{}, err
	}
	return driver.Result{Meta: r.Meta, Fields: o.written, Taken: o.taken}, nil
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
