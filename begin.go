package atomicsession

import (
	"context"
	"errors"

	"github.com/atomicsession/atomicsession/driver"
)

// begin makes a new session of what u leaves of an empty document. If that is nothing, it does so only if forced.
func (s *Session) begin(ctx context.Context, store driver.Store, u *batch, force bool) (driver.Result, error) {
	now := s.m.now()
	data, taken, err := driver.Eval(driver.Doc{}, &u.Update, now)
	if err == nil {
		err = u.Limits.CheckSize(data.Size())
	}
	if err != nil {
		return driver.Result{}, err
	}
	res := driver.Result{Fields: data, Taken: taken}
	bound := u.User != nil && *u.User != ""
	if data.Len() == 0 && !bound && !force {
		return res, nil
	}
	if err := s.tooLate(); err != nil {
		return driver.Result{}, err
	}
	u.Expires = now.Add(s.m.opts.MaxAge)
	u.Deadline = s.m.deadline(now)
	res.Meta = u.Meta(driver.Meta{Created: now, Expires: now}, now)
	t, err := s.create(ctx, store, driver.Record{Meta: res.Meta, Data: data})
	if errors.Is(err, ErrUnknownOutcome) && ctx.Err() == nil {
		t, err = s.create(ctx, store, driver.Record{Meta: res.Meta, Data: data})
	}
	if err == nil { // the request may have ended meanwhile
		if err = s.tooLate(); err != nil {
			s.abandon(ctx, store, t)
		}
	}
	if err != nil {
		return driver.Result{}, err
	}
	res.ID = t.id
	transient := s.m.opts.Cookie.Transient
	if s.state == presented || s.state == live { // whose place this one takes
		transient = s.token.transient()
	}
	s.state, s.token, s.meta, s.data, s.whole = live, t, res.Meta, data, true
	s.hand(now, u.isTransient(transient))
	s.m.opts.Logger.DebugContext(ctx, "session begun", "id", t.id)
	return res, nil
}

// create stores a record under a new ID and secret, and leaves none behind if it is unknown whether it has.
func (s *Session) create(ctx context.Context, store driver.Store, r driver.Record) (token, error) {
	t := token{id: newID(), secret: newSecret()}
	r.ID = t.id
	err := store.Create(ctx, t.key().Verifier, r)
	if errors.Is(err, ErrUnknownOutcome) {
		s.abandon(ctx, store, t)
	}
	return t, err
}

// abandon removes a session just begun, if it exists, whose secret nobody will get: also when the visitor has gone, but within
// the time of the call. If it cannot be removed it expires.
func (s *Session) abandon(ctx context.Context, store driver.Store, t token) {
	deadline, _ := ctx.Deadline() // do has set one
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	_ = store.Delete(ctx, s.m.now(), t.key())
}
