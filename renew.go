package atomicsession

import (
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// Renew gives the session a new secret, and applies the changes in the same atomic step. Call it when a visitor gains rights, or signs in
// with [User]. The data and the ID stay, even if another user was signed in. In that case use [Session.SignIn], which takes care of it,
// or Reset, which leaves nothing. The old cookie is dead at once, and CSRF tokens made before are good for nothing but to sign in again.
// If there is no session, Renew begins one as Update does, and it does so even in a request of another site.
//
// A request that still carries the old cookie finds an empty session and can change nothing ([ErrRenewed]). But for
// [driver.RenewalWindow] its visitor can sign in again, because a double click or a lost answer must not cost the cart:
//
//   - If this Renew binds the same user as the faster one, and the faster one found a session of nobody, it begins a second session with
//     a copy of what is in the first one, and makes the changes on the copy. That takes two round trips more.
//   - Any other Renew, such as a sign-in of another user or in a session that had a user, begins an empty session if it leaves something
//     to store. But if this request has seen the session alive, it returns ErrRenewed, and the visitor goes on with the faster one.
//
// So for ten seconds somebody who signs in with the old secret may see what the first sign-in has opened. Therefore give a second factor
// a Renew of its own, which ends that; a Set is not enough. If a sign-in sometimes proves more than at other times (a passkey, or a
// password alone), always set which one it was, because the changes are made on the copy.
//
// Once the response's header is out or the request is over, the error is [ErrHeadersSent], and nothing is changed. If the request ends
// while the store is at work, the error says that the session has got a new secret all the same.
func (s *Session) Renew(ctx context.Context, changes ...Change) error {
	u, err := s.newUpdate("renew", changes)
	if err != nil {
		return err
	}
	return s.do(ctx, "renew", func(ctx context.Context, store driver.Store) error { return s.renew(ctx, store, u) })
}

func (s *Session) renew(ctx context.Context, store driver.Store, u *batch) error {
	if err := s.tooLate(); err != nil && s.state != ended {
		return err
	}
	if err := s.buryOld(ctx, store); err != nil {
		return err
	}
	if !s.carry(u) {
		if err := s.flush(ctx, store); err != nil {
			return err
		}
	}
	next := s.token
	next.secret = newSecret()
	verifier := s.scope().verifier(next.secret)
	u.Renew = &verifier
	now := s.m.now()
	s.m.rebind(u, now)
	s.signIn(u, now)
	_, err := s.send(ctx, store, u)
	if errors.Is(err, ErrUnknownOutcome) {
		var r driver.Record
		if r, err = s.settle(s.request.Context(), store, next, err); err == nil {
			s.learnAll(r)
		}
	}
	if err != nil || s.token.id != next.id || s.state != live {
		return err
	}
	s.token = next
	s.hand(s.m, s.m.now(), u.isNonPersistent(next.nonPersistent()))
	s.m.log().DebugContext(ctx, "session renewed", "id", s.token.id)
	if err := s.over(); err != nil {
		return fmt.Errorf("%w: the session has got a new secret, which the browser does not know", err)
	}
	return nil
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
