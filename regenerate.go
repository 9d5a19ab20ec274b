package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// Regenerate ends the session and begins a brand-new one, with another ID, which holds nothing but the changes; their
// conditions look at that empty session. Requests under way that still carry the old cookie fare as after a Renew; those that sign in
// again begin an empty session. If it fails, the session goes on as it was, unless its end has an unknown outcome
// ([ErrUnknownOutcome]).
//
// Without [User] it is a sign-out. If the session lives and has another secret than this request's it is [ErrRenewed], as for Destroy,
// and the session goes on, whether or not this request has seen it. If ctx, the request's context or the handler has come to its end,
// so that no new session can reach the browser, the old one is ended all the same, as by Destroy, none is begun, and the error says so.
// But with a handler at work that has sent the header it is [ErrHeadersSent], and nothing happens.
func (s *Session) Regenerate(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("regenerate", changes)
	if err != nil {
		return err
	}
	if !u.binds() {
		return s.signOut(ctx, u)
	}
	return s.do(ctx, "regenerate", func(inner context.Context, store driver.Store) error {
		if s.state == ended && !s.overtaken() {
			return s.why()
		}
		before := *s.view
		if err := s.force(inner, store, u); err != nil {
			return err
		}
		longer, stop := s.m.outlast(ctx)
		defer stop()
		return s.succeed(longer, store, before, false)
	})
}

// signOut is Regenerate without a user.
func (s *Session) signOut(ctx context.Context, u *batch) error {
	var late error
	err := s.end(ctx, "regenerate", func(longer *lasting, store driver.Store) error {
		if s.state == ended || s.overtaken() {
			return s.why()
		}
		before := *s.view
		if late = cmp.Or(ctx.Err(), s.over()); late == nil {
			err := longer.step(func(ctx context.Context) error { return s.force(ctx, store, u) })
			if err == nil {
				return s.succeed(longer, store, before, true)
			}
			if late = s.over(); late == nil {
				return err
			}
		}
		if before.state == presented || before.state == live {
			late = fmt.Errorf("%w: the session has ended, and none has begun", late)
		}
		return longer.step(func(ctx context.Context) error { return s.destroy(ctx, store) })
	})
	if err == nil {
		err = wrapErr("regenerate", late)
	}
	return err
}

// succeed ends the session of before, whose place the one just begun has taken. If it cannot, the latter gives the place back.
func (s *Session) succeed(longer *lasting, store driver.Store, before view, signOut bool) error {
	var err error
	switch {
	case before.state == presented || before.state == live:
		err = s.retire(longer, store, before.token)
	case before.state == dead && signOut && !before.token.id.IsZero() && !before.gone:
		err = ErrNotFound
	default:
		return nil
	}
	if signOut && errors.Is(err, ErrNotFound) && !errors.Is(err, ErrRenewed) { // there is none, or it has got another secret long ago
		err = longer.step(func(ctx context.Context) error { return store.Delete(ctx, s.m.now(), before.token.key(s.scope())) })
	}
	switch {
	case err == nil:
		s.m.opts.Logger.DebugContext(longer, "session destroyed", "id", before.token.id)
		late := s.over()
		if late == nil {
			return nil
		}
		_ = s.drop(longer, store)
		_ = s.lost(nil)
		return fmt.Errorf("%w: the session has ended, and none has begun", late)
	case errors.Is(err, ErrRenewed) && !signOut: // the visitor has signed in twice
		return nil
	case errors.Is(err, ErrNotFound) && !errors.Is(err, ErrRenewed) && before.state != live:
		return nil // it had ended before
	}
	_ = s.drop(longer, store)
	*s.view = before
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	_ = s.lost(err)
	return s.why()
}

// drop deletes the session just begun, whose secret nobody will get. If it cannot, the session expires.
func (s *Session) drop(longer *lasting, store driver.Store) error {
	return longer.step(func(ctx context.Context) error { return store.Delete(ctx, s.m.now(), s.key()) })
}

// retire ends a session whose place another has taken. It gives the session a secret that nobody will know, and little time,
// instead of deleting it: so requests under way are told ([ErrRenewed]), and do not begin a session of their own.
func (s *Session) retire(longer *lasting, store driver.Store, t token) error {
	now, nobody := s.m.now(), ""
	next := t
	next.secret = newSecret()
	verifier := s.scope().verifier(next.secret)
	u := &driver.Update{Renew: &verifier, User: &nobody, Deadline: now.Add(driver.RenewalWindow)}
	err := longer.step(func(ctx context.Context) error { _, err := store.Update(ctx, now, t.key(s.scope()), u); return err })
	if errors.Is(err, ErrUnknownOutcome) {
		_, err = s.settle(longer, store, next, err)
	}
	return err
}
