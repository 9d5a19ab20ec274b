package gorillabridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bridge"
)

// Store is a [sessions.Store] that keeps all names of a visitor in the session that a manager gives to the request. It is safe for concurrent
// use, as far as requests are concerned: what belongs to one request, its [sessions.Session] above all, is not, as ever.
type Store struct {
	// Options are copied into each session that Get and New return. Of what they hold, and of what a handler makes of its copy, a
	// MaxAge below 0 alone means anything, when the session is saved: see the package.
	Options *sessions.Options
	// SignInKeys are the keys, of whatever name, that say who is signed in, such as "user_id". A Save that changes or removes one gives the
	// visitor's session a new secret in the same step, as [atomicsession.Session.Renew] does, so that who knew the cookie of before does not
	// follow. Applications of a cookie store need them: their cookies have been new with each Save.
	SignInKeys []string

	manager *atomicsession.Manager
	bases   bridge.Bases[sessions.Session, base]
}

// New returns a store on a manager, whose middleware must be around every handler that uses the store.
func New(manager *atomicsession.Manager) *Store {
	return &Store{Options: &sessions.Options{Path: "/", MaxAge: 86400 * 30}, manager: manager}
}

// Get returns the request's session of that name: the same one at each call. It is never nil, but for a name that no cookie could have. Its
// Store saves to s, and is another value. See New.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(within{s, r}, name)
}

// New returns a session of that name, another one at each call, with what this request has loaded or saved under the name. It loads once per
// request, and not at all for a visitor without a cookie. IsNew says that nobody has saved the name, or that it has been removed since; ID is
// that of the visitor's session, the same for every name, and "" if IsNew.
//
// It is never nil. With an error that matches [atomicsession.ErrCorrupt] it holds what could be read, and can be saved, which leaves alone
// what could not. With any other it is empty, and Save returns the error again: what is there must not be taken for nothing. Outside of the
// middleware the error is [atomicsession.ErrNoMiddleware].
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	if s.Options != nil {
		*session.Options = *s.Options
	}
	loaded, values, err := s.load(r.Context(), name)
	s.bases.Put(session, loaded)
	session.Values, session.IsNew, session.ID = values, !loaded.there, loaded.session
	return session, err
}

// Save stores what was added, changed and removed in the session since New, Get or the latest Save, in one atomic step, and leaves alone what
// else other requests have made of the name. What was changed in place counts, such as an element of a slice. Without a difference it does
// nothing, but of a name that is new it stores that it is there. A session made by [sessions.NewSession] replaces what there is.
//
// If another request has removed the name meanwhile, or ended the session, the error matches [atomicsession.ErrNotFound], and nothing is
// brought back. [atomicsession.ErrValue] is what cannot be stored, such as a value of a type that [encoding/gob] was not told of, and
// [atomicsession.ErrTooLarge] what is too much: a Save adds, changes and removes at most 999 values. With any error nothing is stored.
//
// With an Options.MaxAge below 0 it removes the name: see the package.
func (s *Store) Save(r *http.Request, _ http.ResponseWriter, session *sessions.Session) error {
	ctx, name := r.Context(), session.Name()
	before := s.bases.Get(session)
	remove := session.Options != nil && session.Options.MaxAge < 0
	if !before.known || before.failed != nil && remove {
		before, _, _ = s.load(ctx, name)
	}
	if before.failed != nil {
		return before.failed
	}
	if remove {
		if err := s.remove(ctx, name, before); err != nil {
			return err
		}
		s.bases.Put(session, base{known: true})
		return nil
	}
	after, err := encode(session.Values)
	if err != nil {
		return &atomicsession.Error{Op: "save", Err: err}
	}
	if changes := before.changes(name, after); len(changes) > 0 || !before.there {
		change := s.manager.Get(ctx).Update
		if s.signsIn(before, after) {
			change = s.manager.Get(ctx).Renew
		}
		err := change(ctx, append(changes, before.mark(name))...)
		if errors.Is(err, atomicsession.ErrCondition) {
			return &atomicsession.Error{Op: "save", Err: fmt.Errorf("%w: %q was removed meanwhile", atomicsession.ErrNotFound, name)}
		}
		if err != nil {
			return err
		}
		if before, err = s.identify(context.WithoutCancel(ctx), name); err != nil {
			return err
		}
	}
	before.entries, session.ID = after, before.session
	s.bases.Put(session, before)
	return nil
}

// signsIn reports whether one of SignInKeys differs.
func (s *Store) signsIn(before base, after map[string]driver.Value) bool {
	return slices.ContainsFunc(s.SignInKeys, func(key string) bool { return before.differs(after, bridge.EncodeName(key)) })
}

// remove removes a name. It does so though the visitor has gone.
func (s *Store) remove(ctx context.Context, name string, before base) error {
	if !before.there {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := s.removeFrom(ctx, s.manager.Get(ctx), name, before)
	if errors.Is(err, atomicsession.ErrCondition) { // it has been removed, and perhaps begun again
		return nil
	}
	return err
}

// removeFrom removes a name that is there. A Renew makes the cookie of before useless in one step: what others have stored before it is kept, and
// what they are about to store is refused. Where no cookie can reach the browser any more, a session ends that is to hold nothing.
func (s *Store) removeFrom(ctx context.Context, current *atomicsession.Session, name string, before base) error {
	changes := []atomicsession.Change{before.guard(name), place(name).Unset()}
	last, err := isLast(ctx, current, name)
	if err != nil {
		return err
	}
	if last || s.signsIn(before, nil) {
		if err := current.Renew(ctx, changes...); !errors.Is(err, atomicsession.ErrHeadersSent) {
			return err
		}
	}
	if err := current.Update(ctx, changes...); err != nil {
		return err
	}
	// Other names may have come, or gone by requests that have still seen this one.
	if last, err = isLastNow(ctx, current, name); err != nil || !last {
		return err
	}
	if err := current.Renew(ctx); !errors.Is(err, atomicsession.ErrHeadersSent) {
		return err
	}
	return current.Destroy(ctx)
}

// isLast reports whether a session, as this request knows it, holds nothing but a name, and belongs to nobody.
func isLast(ctx context.Context, current *atomicsession.Session, name string) (bool, error) {
	doc, err := current.Document(ctx)
	if err != nil {
		return false, err
	}
	user, err := current.User(ctx)
	if err != nil || user != "" {
		return false, err
	}
	for field, value := range doc.All() {
		if field != bridge.EncodeName(name) && !isEmpty(value) {
			return false, nil
		}
	}
	return true, nil
}

// isLastNow is isLast for the session as it is. One that has ended, or has got another secret, needs none.
func isLastNow(ctx context.Context, current *atomicsession.Session, name string) (bool, error) {
	err := current.Refresh(ctx)
	if errors.Is(err, atomicsession.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return isLast(ctx, current, name)
}
