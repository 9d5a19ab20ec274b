package scsbridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// CommitCtx implements [scs.CtxStore], for bytes of Encode. It stores what differs from what was loaded, or committed by the request before, in
// one atomic step, and leaves everything else as others have stored it. Of a session that has ended the error matches
// [driver.ErrNotFound], and nothing is stored.
func (b *Bridge) CommitCtx(ctx context.Context, token string, bytes []byte, expiry time.Time) error {
	e, err := recall(&b.encoded, bytes)
	if err != nil {
		return err
	}
	c := &commit{encoded: e, key: key(token), now: b.opts.Now(), expiry: expiry, limits: b.opts.Limits}
	if c.changes(e.base) && e.deadline.Equal(e.base.deadline) && !expiry.Before(e.deadline) {
		c.expiry = c.now.Add(lifetime) // what ends it is the deadline of the record, which others may have extended
		if idle := b.sm.IdleTimeout; idle > 0 {
			c.expiry = c.now.Add(idle)
		}
	}
	r := b.request(ctx, token)
	if r == nil {
		r = &request{}
	}
	touch := false
	if c.expired() || c.changes(e.base) && e.deadline.Before(e.base.deadline) { // else what From has left would outlive it
		err = b.forget(ctx, token)
	}
	switch {
	case err != nil:
	case e.base == nil || r.destroyed:
		err = b.create(ctx, c, driver.Doc{}, e.data)
	case c.changes(e.base) && c.expired() && b.opts.From != nil:
		err = b.end(ctx, c.key)
	case c.changes(e.base):
		touch, err = b.change(ctx, c, e.base)
	default:
		err = b.createRenewed(ctx, c)
	}
	if err != nil {
		err = fmt.Errorf("scsbridge: commit: %w", err)
		if touch {
			return touchError{err}
		}
		return err
	}
	if c.expired() { // an attempt to have it live on begins where this one began
		return nil
	}
	if e.values != nil {
		b.bases.Put(e.values, &state{id: c.key.ID, deadline: e.deadline, data: e.data})
	}
	*r = request{}
	return nil
}

// commit is one call of CommitCtx.
type commit struct {
	*encoded
	key         driver.Key
	now, expiry time.Time
	limits      driver.Limits
}

// expired reports whether nobody is to see what is committed.
func (c *commit) expired() bool { return !c.expiry.After(c.now) }

// changes reports whether what is committed is the session of a base.
func (c *commit) changes(base *state) bool { return base != nil && base.id == c.key.ID }

// lifetime is the records': what ends them is the deadline, and what scs says at every commit.
const lifetime = 100 * 365 * 24 * time.Hour

// update returns the update with these operations.
func (c *commit) update(ops []driver.Op, deadline bool) (*driver.Update, error) {
	u := &driver.Update{Ops: ops, Limits: c.limits}
	u.MaxAge = max(roundUp(min(c.expiry.Sub(c.now), lifetime)), time.Millisecond)
	if deadline {
		u.Lifetime = lifetime
		at := c.deadline.UTC()
		text, err := at.MarshalText()
		if err != nil {
			return nil, fmt.Errorf("%w: a deadline beyond the year 9999", driver.ErrValue)
		}
		u.Attrs = driver.Attrs{attrDeadline: string(text)}
		u.Deadline = at.Add(time.Millisecond - 1)
		if past := time.UnixMilli(1); at.Before(past) { // the first times stand for none
			u.Deadline = past
		}
	}
	return u, nil
}

func roundUp(d time.Duration) time.Duration {
	if rest := d % time.Millisecond; rest > 0 {
		return d + time.Millisecond - rest
	}
	return d.Truncate(time.Millisecond)
}

// change updates the session. It returns whether there was nothing to change but that the session is in use.
func (b *Bridge) change(ctx context.Context, c *commit, base *state) (touch bool, err error) {
	u, err := c.update(c.ops(base.data), !c.deadline.Equal(base.deadline))
	if err != nil {
		return false, err
	}
	if err := u.Validate(); err != nil {
		return false, err
	}
	if c.key.ByUser {
		u.If = []driver.Condition{notRenewed}
	}
	err = b.update(ctx, c.key, u)
	if errors.Is(err, driver.ErrCondition) {
		err = driver.ErrRenewed
	}
	return len(u.Ops) == 0 && u.Deadline.IsZero(), err
}

// record returns a new session with this data, which comes from a session with the data before.
func (c *commit) record(before, data driver.Doc) (driver.Record, error) {
	for name := range data.All() {
		if err := driver.Path(name).Check(c.limits); err != nil {
			return driver.Record{}, err
		}
	}
	if err := c.limits.CheckGrowth(before.Size(), data.Size()); err != nil {
		return driver.Record{}, err
	}
	u, err := c.update(nil, true)
	if err != nil {
		return driver.Record{}, err
	}
	return newRecord(c.key.ID, u, data, c.now), nil
}

// newRecord returns a record that begins with an update.
func newRecord(id driver.ID, u *driver.Update, data driver.Doc, now time.Time) driver.Record {
	created := time.UnixMilli(now.UnixMilli()).UTC()
	return u.Record(driver.Record{Meta: driver.Meta{ID: id, Created: created}, Data: data}, now)
}

// create stores a new session with this data, which comes from a session with the data before.
func (b *Bridge) create(ctx context.Context, c *commit, before, data driver.Doc) error {
	r, err := c.record(before, data)
	if err != nil {
		return err
	}
	err = driver.ErrNotFound
	switch {
	case c.expired():
		return b.end(ctx, c.key)
	case !c.key.ByUser:
		err = b.insert(ctx, c.key.Verifier, r)
		if !errors.Is(err, driver.ErrExists) && !errors.Is(err, driver.ErrUnknownOutcome) {
			return err
		}
	}
	// Only this request has the token: it is there if the insert, or that of a Commit before that failed, has arrived.
	s, loadErr := b.load(ctx, c.key)
	if loadErr != nil {
		return err
	}
	_, err = b.change(ctx, c, s)
	return err
}

func (b *Bridge) insert(ctx context.Context, v driver.Verifier, r driver.Record) error {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	return b.store.Create(ctx, v, r)
}
