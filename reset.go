package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// Reset ends the session and begins a new one, with another ID, that holds nothing but the changes. Their conditions look at that empty
// session. Requests in progress that still carry the old cookie get what they get after a Renew; if they sign in again, they begin an
// empty session. If Reset fails, the session goes on as it was, unless its end has an unknown outcome ([ErrUnknownOutcome]).
//
// Without [User] it is a sign-out. If the session lives and has another secret than this request's, the error is [ErrRenewed], as for
// Destroy, and the session goes on, whether or not this request has seen it. If ctx, the request's context or the handler has ended, no
// new session can reach the browser. Then Reset ends the old session, as Destroy does, and begins none. The error says so. But if the
// handler is still at work and has sent the header, the error is [ErrHeadersSent], and nothing happens.
func (s *Session) Reset(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("reset", changes)
	if err != nil {
		return err
	}
	if !u.binds() {
		return s.signOut(ctx, u)
	}
	return s.do(ctx, "reset", func(inner context.Context, store driver.Store) error { return s.replace(ctx, inner, store, u) })
}

// replace puts a session of a user in the place of this one: within the call's time, inner, but for the end of this one.
func (s *Session) replace(ctx, inner context.Context, store driver.Store, u *batch) error {
	s.queued = nil
	if s.state == ended && !s.overtaken() {
		return s.why()
	}
	if err := s.buryOld(inner, store); err != nil {
		return err
	}
	if s.m.opts.MaxSessions > 0 { // the one that is about to end does not count, if it is this visitor's
		if err := s.look(inner, store, false); err != nil && !errors.Is(err, ErrRenewed) {
			return err
		}
		if s.state == live {
			u.SessionLimit.Except = s.token.id
			if s.meta.User == *u.User { // then its copies, if there are any, are those of the new one
				u.attr(driver.AttrOriginal, cmp.Or(s.record().Attrs[driver.AttrOriginal], s.token.id.String()))
			}
		}
	}
	longer, stop := turn.Outlast(ctx, s.m.opts.StoreTimeout)
	defer stop()
	begin := func() error {
		next, err := s.force(inner, store, u)
		if err != nil {
			return err
		}
		return s.succeed(longer, store, next, u)
	}
	err := begin()
	if !u.SessionLimit.Except.IsZero() && errors.Is(err, ErrRenewed) { // it goes on, and so it counts
		u.SessionLimit.Except = ID{}
		delete(u.Attrs, driver.AttrOriginal)
		err = begin()
	}
	return err
}

// signOut is Reset without a user.
func (s *Session) signOut(ctx context.Context, u *batch) error {
	var late error
	err := s.end(ctx, "reset", func(longer *turn.Lasting, store driver.Store) error {
		s.queued = nil
		if s.state == ended || s.overtaken() {
			return s.why()
		}
		if err := s.buryOldFirst(longer, store); err != nil {
			return err
		}
		if late = cmp.Or(ctx.Err(), s.over()); late == nil {
			var next *view
			err := longer.Step(func(ctx context.Context) (err error) { next, err = s.force(ctx, store, u); return err })
			if err == nil {
				return s.succeed(longer, store, next, u)
			}
			if late = s.over(); late == nil {
				return err
			}
		}
		if s.state == presented || s.state == live {
			late = fmt.Errorf("%w: the session has ended, and none has begun", late)
		}
		return longer.Step(func(ctx context.Context) error { return s.destroy(ctx, store) })
	})
	if err == nil {
		err = wrapErr("reset", late)
	}
	return err
}

// succeed ends the session and puts next, which has just begun, in its place. If it cannot, it removes next, and the session goes on.
func (s *Session) succeed(longer *turn.Lasting, store driver.Store, next *view, u *batch) (err error) {
	done, signOut := false, !u.binds()
	defer func() {
		if !done { // also if the store panics
			s.drop(longer, store, next)
		}
	}()
	switch {
	case s.state == presented || s.state == live:
		if err = s.retire(longer, store); errors.Is(err, ErrReplayed) {
			_ = longer.Step(func(ctx context.Context) error { s.askReplay(ctx, store); return nil })
		}
	case s.state == dead && signOut && !s.token.id.IsZero() && !s.gone:
		err = ErrNotFound
	default:
		s.view, done = next, true
		return nil
	}
	if signOut && errors.Is(err, ErrNotFound) && !errors.Is(err, ErrRenewed) { // there is none, or it has got another secret long ago
		err = longer.Step(func(ctx context.Context) error { return store.Delete(ctx, s.m.now(), s.key()) })
	}
	var late error
	switch {
	case err == nil:
		s.m.log().DebugContext(longer, "session destroyed", "id", s.token.id)
		late = s.over()
	case errors.Is(err, ErrRenewed) && !signOut && u.SessionLimit.Except.IsZero(): // the visitor has signed in twice
	case errors.Is(err, ErrNotFound) && !errors.Is(err, ErrRenewed) && s.state != live: // it had ended before
	case errors.Is(err, ErrNotFound):
		_ = s.lost(err)
		return s.why()
	default:
		return err
	}
	s.view = next
	if done = late == nil; done {
		return nil
	}
	_ = s.lost(nil)
	return fmt.Errorf("%w: the session has ended, and none has begun", late)
}

// drop deletes the session just begun, whose secret nobody will get. If it cannot, the session expires.
func (s *Session) drop(longer *turn.Lasting, store driver.Store, next *view) {
	_ = longer.Step(func(ctx context.Context) error { return store.Delete(ctx, s.m.now(), next.token.key(s.scope())) })
}

// retire ends a session whose place another has taken. It gives the session a secret that nobody will know, and little time,
// instead of deleting it: so requests under way are told ([ErrRenewed]), and do not begin a session of their own.
func (s *Session) retire(longer *turn.Lasting, store driver.Store) error {
	now, nobody := s.m.now(), ""
	next := s.token
	next.secret = newSecret()
	verifier := s.scope().verifier(next.secret)
	u := &driver.Update{Renew: &verifier, User: &nobody, Deadline: now.Add(driver.RenewalWindow), Attrs: ofNobody}
	err := longer.Step(func(ctx context.Context) error { _, err := store.Update(ctx, now, s.key(), u); return err })
	if errors.Is(err, ErrUnknownOutcome) {
		_, err = s.settle(longer, store, next, err)
	}
	return err
}
