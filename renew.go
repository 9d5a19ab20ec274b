package atomicsession

import (
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// Renew gives the session a new secret, and applies the changes in the same atomic step: call it when a visitor signs in
// or gains rights, with [User] and what else is to be known of them. The data and the ID stay, also those of another user who
// has not signed out: Regenerate leaves nothing. The old cookie is dead at once, and so are CSRF tokens made before, but for signing
// in. Where there is no session, Renew does what Update does, also in a request of another site.
//
// A request that still carries the old cookie finds an empty session and can change nothing ([ErrRenewed]). But for
// [driver.RenewalWindow] its visitor can sign in again: a click too many, or an answer that got lost, must not cost the cart. If this
// Renew binds the same user as the one that was faster, which found a session of nobody, it begins a session with what is in that one
// (one round trip more, and one for the new one), on which the changes then work: a copy, as it is then. A sign-in of another user, or
// to what was somebody's already, begins an empty session, and so does any other Renew that leaves something to store; but if it has
// seen the session alive, it is ErrRenewed, and the visitor goes on with the one that was faster.
//
// So what a sign-in has opened may be seen, for ten seconds, by who signs in with the secret of before. A second factor is proved by a
// Renew of its own, which ends that, never by a Set. Where a sign-in proves more at some times than at others (a passkey, or a password
// alone), let it always set which: the changes work on the copy.
//
// It is [ErrHeadersSent], and nothing is changed, once the response's header is out or the request is over. If the request ends
// while the store is at work, the error says that the session has got a new secret all the same.
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
		verifier := s.scope().verifier(next.secret)
		u.Renew = &verifier
		s.m.rebind(u, s.m.now())
		_, err := s.send(ctx, store, u)
		if errors.Is(err, ErrUnknownOutcome) {
			var r driver.Record
			if r, err = s.settle(s.request.Context(), store, next, err); err == nil {
				s.state, s.meta, s.data, s.whole = live, r.Meta, r.Data, true
			}
		}
		if err != nil || s.token.id != next.id || s.state != live {
			return err
		}
		s.token = next
		s.hand(s.m, s.m.now(), u.isTransient(next.transient()))
		s.m.opts.Logger.DebugContext(ctx, "session renewed", "id", s.token.id)
		if err := s.over(); err != nil {
			return fmt.Errorf("%w: the session has got a new secret, which the browser does not know", err)
		}
		return nil
	})
}

// settle asks the store whether a renewal with an unknown outcome took effect. If the session answers to the new secret, all
// of the update did. The time of the call may be over, so this has its own, within ctx.
func (s *Session) settle(ctx context.Context, store driver.Store, next token, unknown error) (driver.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, s.m.opts.StoreTimeout)
	defer cancel()
	r, err := store.Load(ctx, s.m.now(), next.key(s.scope()))
	if err != nil {
		return driver.Record{}, unknown
	}
	return r, nil
}

// Destroy ends the session, and begins no other: logout. Once it has returned nil the session is gone for every request,
// slow ones included, and nothing brings it back. The browser is told to forget the cookie if the response's header is
// not out yet. Without a session there is nothing to do. If the session lives and has another secret than this request's, Destroy is
// [ErrRenewed] and the session goes on, however often and however long ago others have renewed it; so it is for some seconds after
// another request's Regenerate. Nothing can be stored after it: to leave the visitor a message, call Regenerate with it. It does its
// work though ctx has ended.
func (s *Session) Destroy(ctx context.Context) error {
	return s.end(ctx, "destroy", func(longer *lasting, store driver.Store) error {
		return longer.step(func(ctx context.Context) error { return s.destroy(ctx, store) })
	})
}

func (s *Session) destroy(ctx context.Context, store driver.Store) (err error) {
	switch {
	case s.overtaken():
		return s.why()
	case s.state == none:
		return nil
	case s.token.id.IsZero() || s.gone:
	default: // also if it seems to have ended: it may have got another secret long ago
		if err = s.remove(ctx, store); err != nil && !s.gone {
			return err
		}
	}
	s.cookie = s.m.clearCookie(s.secure)
	return err
}

// remove deletes the session and notes what has become of it. The error is ErrNotFound if it had ended before, and this request had
// seen it alive and not known.
func (s *Session) remove(ctx context.Context, store driver.Store) error {
	err := store.Delete(ctx, s.m.now(), s.key())
	known := s.state == dead || s.state == ended
	switch {
	case err == nil:
		s.m.opts.Logger.DebugContext(ctx, "session destroyed", "id", s.token.id)
		s.state = live // it was, even if this request had not looked
		_ = s.lost(ErrNotFound)
	case !errors.Is(err, ErrNotFound):
		return err
	case known:
		s.renewed, err = errors.Is(err, ErrRenewed), nil
	default:
		err = s.lost(err)
	}
	if s.overtaken() {
		return s.why()
	}
	s.gone = true
	return err
}
