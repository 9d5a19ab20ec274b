package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// Renew gives the session a new secret, and applies the changes in the same atomic step: call it when a visitor signs in
// or gains rights, with [User] and what else is to be known of them. The data and the ID stay, also those of another user who
// has not signed out: Regenerate leaves nothing. The old cookie is dead at once, and so are CSRF tokens made before. A request
// under way that still carries the old cookie finds an empty session and can change nothing ([ErrRenewed]); but if it renews or
// regenerates, and has not seen the session, it begins another one. Where there is no session, Renew does what Update does.
func (s *Session) Renew(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("renew", changes)
	if err != nil {
		return err
	}
	return s.do(ctx, "renew", func(ctx context.Context, store driver.Store) error {
		if err := s.tooLate(); err != nil && s.state != ended {
			return err
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
				s.state, s.why, s.meta, s.data, s.whole = live, nil, r.Meta, r.Data, true
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
// of the update did. The time of the call may be over, so this has its own, for as long as there is a request to answer.
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
//
// Without [User] it is a sign-out. So if the request has ended, or ctx has, and no new session can reach the browser, the old one
// ends all the same, and the error says so; and if another request has just renewed the session's secret it is [ErrRenewed], and
// the session goes on.
func (s *Session) Regenerate(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("regenerate", changes)
	if err != nil {
		return err
	}
	signOut := u.User == nil || *u.User == ""
	return s.do(context.WithoutCancel(ctx), "regenerate", func(inner context.Context, store driver.Store) error {
		if s.state == ended || s.why == ErrRenewed && signOut {
			return s.why
		}
		over := cmp.Or(s.over(), ctx.Err())
		if over != nil && signOut && (s.state == presented || s.state == live) {
			if err := s.destroy(inner, store); err != nil {
				return err
			}
			return fmt.Errorf("%w: the session has ended, and none has begun", over)
		}
		if over != nil {
			return over
		}
		before := s.view
		if _, err := s.begin(inner, store, u, true); err != nil {
			return err
		}
		if before.state != presented && before.state != live {
			return nil
		}
		err := s.retire(inner, store, before.token)
		switch {
		case err == nil:
			s.m.opts.Logger.DebugContext(inner, "session destroyed", "id", before.token.id)
			return nil
		case errors.Is(err, ErrNotFound) && before.state == presented && !(signOut && errors.Is(err, ErrRenewed)):
			return nil // it had ended before
		}
		s.abandon(inner, store, s.token)
		s.view = before
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		_ = s.lost(err)
		return s.why
	})
}

// retire ends a session whose place another has taken. It gives the session a secret that nobody will know, and little time,
// instead of deleting it: so requests under way are told ([ErrRenewed]), and do not begin a session of their own.
func (s *Session) retire(ctx context.Context, store driver.Store, t token) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.m.opts.StoreTimeout) // what was begun has had its own
	defer cancel()
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
	return s.do(context.WithoutCancel(ctx), "destroy", s.destroy)
}

func (s *Session) destroy(ctx context.Context, store driver.Store) error {
	switch {
	case s.why == ErrRenewed:
		return s.why
	case s.state != presented && s.state != live:
		return nil
	}
	err := store.Delete(ctx, s.m.now(), s.token.key())
	switch {
	case err == nil:
		s.m.opts.Logger.DebugContext(ctx, "session destroyed", "id", s.token.id)
		s.state = live // it was, even if this request had not looked
		_ = s.lost(nil)
	case errors.Is(err, ErrNotFound):
		if err = s.lost(err); s.why == ErrRenewed {
			return s.why
		}
	default:
		return err
	}
	s.cookie = s.m.clearCookie()
	return err
}
