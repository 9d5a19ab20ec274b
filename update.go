package atomicsession

import (
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Update applies the changes in one atomic step and one round trip to the store: all of them, or none and an error.
// Their paths must not overlap, so their order does not matter; conditions ([If]) look at the session as it was before.
// It extends the session by MaxAge. Afterwards the fields that the changes lead into are known without a load.
//
// Where there is no session, one is begun that holds just these changes, unless they leave nothing to store. That sets
// the cookie, so it fails with [ErrHeadersSent] once the response's header is out.
func (s *Session) Update(ctx context.Context, changes ...Change) error {
	_, err := s.update(ctx, "update", changes)
	return err
}

// Set sets the value at a path; see the function [Set].
func (s *Session) Set(ctx context.Context, path string, v any) error {
	return s.Update(ctx, Set(path, v))
}

// Unset removes the value at a path; see the function [Unset].
func (s *Session) Unset(ctx context.Context, path string) error {
	return s.Update(ctx, Unset(path))
}

// Take removes the value at a path and returns it; false if there was none. Among parallel calls one gets it. More
// changes may go with it in the same atomic step. It is one round trip; none for a visitor without a cookie.
func (s *Session) Take(ctx context.Context, path string, more ...Change) (any, bool, error) {
	return takeAs[any](ctx, s, path, more)
}

// Renew gives the session a new secret, and applies the changes in the same atomic step: call it when a visitor signs in
// or gains rights, with [User] and what else is to be known of them. The data and the ID stay, also those of another user who
// has not signed out: Regenerate leaves nothing. The old cookie is dead at once, and so are CSRF tokens made before. A request
// under way that still carries the old cookie finds an empty session and can change nothing ([ErrRenewed]), unless it renews
// or regenerates. Where there is no session, Renew does what Update does.
func (s *Session) Renew(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("renew", changes)
	if err != nil {
		return err
	}
	return s.do(ctx, "renew", func(ctx context.Context, store driver.Store) error {
		if s.sent.Load() && s.state != ended {
			return ErrHeadersSent
		}
		next := s.token
		next.secret = newSecret()
		verifier := next.secret.Verifier()
		u.Renew = &verifier
		if u.User != nil {
			u.Deadline = s.m.deadline(s.m.now())
		}
		_, err := s.send(ctx, store, u)
		if errors.Is(err, ErrUnknownOutcome) {
			var r driver.Record
			if r, err = s.settle(store, next, err); err == nil {
				s.state, s.meta, s.data, s.whole = live, r.Meta, r.Data, true
			}
		}
		if err != nil || s.token.id != next.id || s.state != live {
			return err
		}
		s.token = next
		s.hand(s.m.now(), u.isTransient(next.transient()))
		s.m.opts.Logger.DebugContext(ctx, "session renewed", "id", s.token.id)
		return nil
	})
}

// settle asks the store whether a renewal with an unknown outcome took effect. If the session answers to the new secret, all
// of the update did. The time of the renewal may be over, so this has its own, for as long as there is a request to answer.
func (s *Session) settle(store driver.Store, next token, unknown error) (driver.Record, error) {
	ctx, cancel := context.WithTimeout(s.request.Context(), s.m.opts.StoreTimeout)
	defer cancel()
	r, err := store.Load(ctx, s.m.now(), next.key())
	if err != nil {
		return driver.Record{}, unknown
	}
	return r, nil
}

// Regenerate ends the session and begins a brand-new one, with another ID, which holds nothing but the changes; their
// conditions look at that empty session. Requests under way that still carry the old cookie fare as after a Renew. If it
// fails, the session goes on as it was, unless its end has an unknown outcome ([ErrUnknownOutcome]).
func (s *Session) Regenerate(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("regenerate", changes)
	if err != nil {
		return err
	}
	return s.do(ctx, "regenerate", func(ctx context.Context, store driver.Store) error {
		if s.state == ended {
			return ErrNotFound
		}
		before := s.view
		if _, err := s.begin(ctx, store, u, true); err != nil {
			return err
		}
		if before.state != presented && before.state != live {
			return nil
		}
		err := s.retire(ctx, store, before.token)
		switch {
		case err == nil:
			s.m.opts.Logger.DebugContext(ctx, "session destroyed", "id", before.token.id)
			return nil
		case errors.Is(err, ErrNotFound) && before.state == presented:
			return nil
		}
		s.abandon(ctx, store, s.token)
		s.view = before
		if errors.Is(err, ErrNotFound) {
			return s.lost(err)
		}
		return err
	})
}

// retire ends a session whose place another has taken. It gives the session a secret that nobody will know, and little time,
// instead of deleting it: so requests under way are told ([ErrRenewed]), and do not begin a session of their own.
func (s *Session) retire(ctx context.Context, store driver.Store, t token) error {
	now, nobody := s.m.now(), ""
	next := t
	next.secret = newSecret()
	verifier := next.secret.Verifier()
	u := &driver.Update{Renew: &verifier, User: &nobody, Deadline: now.Add(driver.RenewalWindow)}
	_, err := store.Update(ctx, now, t.key(), u)
	if errors.Is(err, ErrUnknownOutcome) {
		_, err = s.settle(store, next, err)
	}
	return err
}

// Destroy ends the session, and begins no other: logout. Once it has returned nil the session is gone for every request,
// slow ones included, and nothing brings it back. The browser is told to forget the cookie if the response's header is
// not out yet. Without a session there is nothing to do. If another request has just renewed the session's secret, which this
// one does not know, Destroy is [ErrRenewed] and the session goes on. Nothing can be stored after it: to leave the visitor a
// message, call Regenerate with it.
func (s *Session) Destroy(ctx context.Context) error {
	return s.do(ctx, "destroy", func(ctx context.Context, store driver.Store) error {
		switch s.state {
		case none, ended:
			return nil
		case renewed:
			return ErrRenewed
		}
		err := store.Delete(ctx, s.m.now(), s.token.key())
		switch {
		case errors.Is(err, ErrRenewed):
			_ = s.lost(err)
			return err
		case errors.Is(err, ErrNotFound):
			err = s.lost(err)
		case err != nil:
			return err
		default:
			s.m.opts.Logger.DebugContext(ctx, "session destroyed", "id", s.token.id)
			s.state = live // it was, even if this request had not looked
			_ = s.lost(nil)
		}
		s.cookie = s.m.clearCookie()
		return err
	})
}

// Touch extends the session by MaxAge, without another change. Without a session there is nothing to do.
func (s *Session) Touch(ctx context.Context) error {
	_, err := s.update(ctx, "touch", nil)
	return err
}

func (s *Session) update(ctx context.Context, op string, changes []Change) (res driver.Result, err error) {
	u, err := s.newUpdate(op, changes)
	if err != nil {
		return res, err
	}
	if u.signsIn() {
		return res, &Error{op, errSignIn}
	}
	err = s.do(ctx, op, func(ctx context.Context, store driver.Store) (err error) {
		res, err = s.send(ctx, store, u)
		return err
	})
	return res, err
}

var errSignIn = errors.New("User and Persistent go with Renew or Regenerate, so that nobody who knew the session's secret before shares it")

// newUpdate collects the changes into a valid update.
func (s *Session) newUpdate(op string, changes []Change) (*batch, error) {
	if s.m == nil {
		return nil, &Error{op, ErrNoMiddleware}
	}
	u := &batch{Update: driver.Update{Limits: s.m.opts.Limits}}
	for _, c := range changes {
		if err := c.add(u); err != nil {
			return nil, &Error{op, err}
		}
	}
	return u, wrapErr(op, u.Validate())
}

// send applies u to the session, or to a new one if there is none.
func (s *Session) send(ctx context.Context, store driver.Store, u *batch) (driver.Result, error) {
	if s.state != presented && s.state != live {
		return s.without(ctx, store, u)
	}
	now := s.m.now()
	u.Expires = now.Add(s.m.opts.MaxAge)
	res, err := store.Update(ctx, now, s.token.key(), &u.Update)
	if errors.Is(err, ErrNotFound) {
		if err := s.lost(err); err != nil {
			return driver.Result{}, err
		}
		return s.without(ctx, store, u)
	}
	if err != nil {
		return driver.Result{}, err
	}
	s.learn(&u.Update, res)
	s.extendCookie(now)
	return res, nil
}

// without applies u where there is no session: to a new one, unless that would bring back what has ended, or take the place of
// what another request has just signed in to.
func (s *Session) without(ctx context.Context, store driver.Store, u *batch) (driver.Result, error) {
	switch {
	case s.state == ended:
		return driver.Result{}, ErrNotFound
	case s.state == renewed && u.Renew == nil:
		return driver.Result{}, ErrRenewed
	}
	return s.begin(ctx, store, u, false)
}

// learn takes over what the store said of the fields that u touched.
func (s *Session) learn(u *driver.Update, res driver.Result) {
	s.state, s.meta = live, res.Meta
	names := u.WrittenNames()
	fields := make([]driver.Field, len(names))
	for i, name := range names {
		fields[i] = driver.Field{Name: name, Value: res.Fields.Get(name)}
	}
	s.data = s.data.WithAll(fields...)
	if !s.whole {
		s.known = append(s.known, names...)
	}
}

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
	if s.sent.Load() {
		return driver.Result{}, ErrHeadersSent
	}
	u.Expires = now.Add(s.m.opts.MaxAge)
	u.Deadline = s.m.deadline(now)
	res.Meta = u.Meta(driver.Meta{Created: now, Expires: now}, now)
	t, err := s.create(ctx, store, driver.Record{Meta: res.Meta, Data: data})
	if errors.Is(err, ErrUnknownOutcome) && ctx.Err() == nil {
		t, err = s.create(ctx, store, driver.Record{Meta: res.Meta, Data: data})
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

// extendCookie sends the cookie again if that lets the browser keep it noticeably longer, or if its key is on the way out.
func (s *Session) extendCookie(now time.Time) {
	longer := cookieExpiry(now, s.meta.Expires).Sub(s.token.expires) >= s.m.opts.TouchInterval
	transient := s.token.transient()
	if due := longer && !transient || s.token.outdated; due && s.cookie == nil {
		s.hand(now, transient)
		s.extended = now
	}
}

// hand gives the token to the browser, with the response.
func (s *Session) hand(now time.Time, transient bool) {
	s.token.expires, s.token.outdated = cookieExpiry(now, s.meta.Expires), false
	if transient {
		s.token.expires = time.Time{}
	}
	s.extended = time.Time{}
	s.cookie = s.m.tokenCookie(now, s.token)
}
