package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Update applies the changes in one atomic step and one round trip to the store: all of them, or none and an error. Their paths must not
// overlap, so their order does not matter. Conditions ([If]) look at the session as it was before. Update extends the session by MaxAge.
// Afterwards this request can read the fields that the changes lead into without a load.
//
// If there is no session, Update begins one that holds just these changes, unless they leave nothing to store. That sets the cookie. So
// the error is [ErrHeadersSent] once the response's header is out, and [ErrCrossSite] if the request comes from another site, without the
// cookie that the browser may hold.
func (s *Session) Update(ctx context.Context, changes ...Change) error {
	_, err := s.update(ctx, "update", changes)
	return err
}

// Apply does what Update does, and returns the top-level fields that the changes led into, as they are afterwards.
func (s *Session) Apply(ctx context.Context, changes ...Change) (driver.Doc, error) {
	res, err := s.update(ctx, "update", changes)
	return res.Fields, err
}

// Touch extends the session by MaxAge, without another change. If the session has ended, every call returns [ErrNotFound] or
// [ErrRenewed], as Refresh does. For a visitor without a cookie there is nothing to do.
func (s *Session) Touch(ctx context.Context) error {
	return s.do(ctx, "touch", s.touch)
}

// touch sends an update without operations, and says whether the session goes on.
func (s *Session) touch(ctx context.Context, store driver.Store) error {
	if err := s.flush(ctx, store); err != nil {
		return err
	}
	if _, err := s.send(ctx, store, new(batch)); err != nil {
		return err
	}
	return s.why()
}

func (s *Session) update(ctx context.Context, op string, changes []Change) (res driver.Result, err error) {
	u, err := s.newUpdate(op, changes)
	if err != nil {
		return res, err
	}
	if u.signsIn() {
		return res, &Error{op, ErrSignIn}
	}
	err = s.do(ctx, op, func(ctx context.Context, store driver.Store) (err error) {
		if err := s.flush(ctx, store); err != nil {
			return err
		}
		if u.Takes() && s.m.opts.PrefetchTakesNothing && isPrefetch(s.request) {
			res.Taken = make([]driver.Value, 1) // missing
			return nil
		}
		res, err = s.send(ctx, store, u)
		return err
	})
	return res, err
}

// batch is the changes of one call.
type batch struct {
	driver.Update
	nonPersistent *bool         // what the cookie is to be; nil: as it is, or as the options say
	lifetime      time.Duration // what is asked for; 0: as it is, or as the options say
	methods       *string       // by which the visitor has proved who they are; nil: they have not
	within        time.Duration // how long ago that may be; 0: it does not matter
	err           error         // what is wrong with the change added last
}

// signsIn reports whether b holds what must go with a new secret.
func (b *batch) signsIn() bool {
	return b.User != nil || b.nonPersistent != nil || b.lifetime != 0 || b.methods != nil
}

// binds reports whether b binds the session to a user.
func (b *batch) binds() bool { return b.User != nil && *b.User != "" }

// looks reports whether it matters which session b meets: it has a condition, or takes something out.
func (b *batch) looks() bool { return len(b.If) > 0 || b.within != 0 || b.Takes() }

// isNonPersistent returns what the cookie is to be that has been before.
func (b *batch) isNonPersistent(before bool) bool { return *cmp.Or(b.nonPersistent, &before) }

var errNobodyProven = fmt.Errorf("%w: AuthenticatedBy together with a User of \"\"", ErrValue)

// newUpdate collects the changes into a valid update.
func (s *Session) newUpdate(op string, changes []Change) (*batch, error) {
	if err := s.outside(); err != nil {
		return nil, &Error{op, err}
	}
	return s.m.newUpdate(op, changes)
}

func (m *Manager) newUpdate(op string, changes []Change) (*batch, error) {
	u := &batch{Update: driver.Update{Limits: m.opts.Limits}}
	for _, c := range changes {
		if c != nil {
			c.self().add(u)
		}
		if u.err != nil {
			return nil, &Error{op, u.err}
		}
	}
	if u.methods != nil && u.User != nil && *u.User == "" {
		return nil, &Error{op, errNobodyProven}
	}
	return u, wrapErr(op, u.Validate())
}

// send applies u to the session, or to a new one if there is none.
func (s *Session) send(ctx context.Context, store driver.Store, u *batch) (driver.Result, error) {
	if s.state != presented && s.state != live {
		return s.without(ctx, store, u)
	}
	now := s.m.now()
	u.MaxAge = s.m.opts.MaxAge
	if s.state == live && u.Lifetime == 0 { // a store need not look then how long the session lives
		u.MaxAge = min(u.MaxAge, s.meta.Lifetime)
	}
	u.askSignIn(now)
	res, err := s.m.bind(ctx, store, now, s.key(), &u.Update)
	if errors.Is(err, ErrNotFound) {
		if errors.Is(err, ErrReplayed) {
			s.askReplay(ctx, store)
		}
		_ = s.lost(err)
		return s.without(ctx, store, u)
	}
	if err != nil {
		return driver.Result{}, err
	}
	s.m.compareClocks(ctx, now, res.LastUsed)
	s.learn(&u.Update, res, now)
	s.extendCookie(now)
	return res, nil
}

// without applies u where there is no session: to a new one, unless that would bring back what has ended, or take the place of
// what another request has just signed in to.
func (s *Session) without(ctx context.Context, store driver.Store, u *batch) (driver.Result, error) {
	if s.overtaken() && u.signsInAgain() {
		r, err := s.signedIn(ctx, store, *u.User)
		switch {
		case err != nil:
			return driver.Result{}, err
		case !r.ID.IsZero():
			return s.begin(ctx, store, u, r)
		}
	}
	if s.state == ended || s.overtaken() && u.Renew == nil {
		return driver.Result{}, s.why()
	}
	return s.begin(ctx, store, u, driver.Record{})
}

// learn takes over what the store said of the fields that u touched.
func (s *Session) learn(u *driver.Update, res driver.Result, now time.Time) {
	s.state, s.meta = live, res.Meta
	if s.loaded && (u.User != nil || !u.Authenticated.IsZero() || len(u.Attrs) > 0) {
		s.about = newAbout(u.Record(s.record(), now))
	}
	s.know(u.WrittenNames(), res.Fields)
}
