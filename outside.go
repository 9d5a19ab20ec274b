package atomicsession

import (
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// UpdateSession applies changes to one session of a user from outside of its requests: to rename a device ([Label]), or to leave a
// message in it. It is atomic and one round trip, like [Session.Update]. It does not count as a use of the session: it extends nothing,
// and LastUsed stays. Requests in progress see the change at their next load ([Session.Refresh]).
//
// If the user has no such live session, the error is [ErrNotFound]: nothing brings back what has ended, and a session that belongs to
// somebody else by now is left alone. [User], [AuthenticatedBy], [Persistent] and [Lifetime] are [ErrSignIn], because they go with a new
// secret. The other errors are those of Session.Update. No secret is asked for: the caller must check who may act for the user.
func (m *Manager) UpdateSession(ctx context.Context, user string, id ID, changes ...Change) error {
	u, err := m.newOutside("update session", changes)
	if err != nil {
		return err
	}
	return m.forUser(ctx, "update session", user, func(ctx context.Context, store driver.Store) error {
		return m.updateOutside(ctx, store, user, id, u)
	})
}

// UpdateUser applies changes to all live sessions of a user, as [Manager.UpdateSession] does to one: a message for all of them, a role
// that is taken away. It returns how many it has changed. Each session is one atomic step; all of them together are not. It takes a round
// trip for each session, one after the other, and one for every hundred.
//
// It leaves out, without an error, sessions that end in the meantime and those for which a condition does not hold. If another session
// fails, the rest is still changed; the first ten errors are returned, joined. If the sessions cannot be listed, or ctx ends, it stops,
// and the number says how far it came. A second call changes again what the first has changed: prefer changes such as Set and AddToSet.
//
// It changes all sessions that are live when it is called. It may miss a session that begins in the meantime. So first change what a
// sign-in copies into the session, such as the role in the database. And let the sign-in look there once more after its [Session.Renew].
func (m *Manager) UpdateUser(ctx context.Context, user string, changes ...Change) (int, error) {
	u, err := m.newOutside("update user", changes)
	if err != nil {
		return 0, err
	}
	if err := checkUser(user); err != nil {
		return 0, &Error{"update user", err}
	}
	var errs []error
	n := 0
	for r, err := range records(listPage, m.lister(ctx, "update user", user)) {
		if err != nil {
			return n, joined(append(errs, err))
		}
		err = m.call(ctx, "update user", func(ctx context.Context, store driver.Store) error {
			return m.updateOutside(ctx, store, user, r.ID, u)
		})
		switch {
		case err == nil:
			n++
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrCondition):
		case ctx.Err() != nil:
			return n, joined(append(errs, err))
		case len(errs) < maxErrors:
			errs = append(errs, fmt.Errorf("%v: %w", r.ID, cause(err)))
		}
	}
	return n, joined(errs)
}

// joined returns one error that names the operation once.
func joined(errs []error) error {
	for i, err := range errs {
		errs[i] = cause(err)
	}
	return wrapErr("update user", errors.Join(errs...))
}

// cause returns err without the name of the operation.
func cause(err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // what wraps one says more
		return e.Err
	}
	return err
}

func (m *Manager) newOutside(op string, changes []Change) (*batch, error) {
	u, err := m.newUpdate(op, changes)
	if err == nil && u.signsIn() {
		err = &Error{op, ErrSignIn}
	}
	return u, err
}

// maxErrors is how many errors about single sessions are returned.
const maxErrors = 10

func (m *Manager) updateOutside(ctx context.Context, store driver.Store, user string, id ID, u *batch) error {
	now := m.now()
	u.askSignIn(now)
	_, err := store.Update(ctx, now, driver.UserKey(id, user), &u.Update)
	return err
}

// ReadSession puts what is at several places of a user's session into variables, as [Session.Read] does, and describes the session. It is
// one round trip, and no use of the session. If the user has no such live session, the error is [ErrNotFound]. If a value does not fit,
// the Info is returned beside the error: see [TypeError].
func (m *Manager) ReadSession(ctx context.Context, user string, id ID, into ...Into) (Info, error) {
	const op = "read session"
	places, users := separate(into)
	at, err := readable(op, into)
	if err == nil {
		err = wrapErr(op, m.checkPaths(op, at))
	}
	if err != nil {
		return Info{}, err
	}
	r, err := m.loadOutside(ctx, op, user, id, topFields(at))
	if err != nil {
		return Info{}, err
	}
	for i, f := range at {
		at[i].value = r.Data.Lookup(f.path)
	}
	fillUsers(users, r.User)
	return newInfo(r), m.fill(ctx, op, places, at)
}

// SessionDocument returns the whole document of a user's session, as [Session.Document] does of the request's. It is one round trip, and
// no use of the session. If the user has no such live session, the error is [ErrNotFound].
func (m *Manager) SessionDocument(ctx context.Context, user string, id ID) (driver.Doc, error) {
	r, err := m.loadOutside(ctx, "session document", user, id, nil)
	return r.Data, err
}

func (m *Manager) loadOutside(ctx context.Context, op, user string, id ID, names []string) (r driver.Record, err error) {
	err = m.forUser(ctx, op, user, func(ctx context.Context, store driver.Store) (err error) {
		if r, _, err = loadFields(ctx, store, m.now(), driver.UserKey(id, user), names); err != nil {
			return err
		}
		r.Data, err = r.Data.Parse(names...)
		return err
	})
	return r, err
}

// forUser gives f the store, and a valid user.
func (m *Manager) forUser(ctx context.Context, op, user string, f func(context.Context, driver.Store) error) error {
	return m.call(ctx, op, func(ctx context.Context, store driver.Store) error {
		if err := checkUser(user); err != nil {
			return err
		}
		return f(ctx, store)
	})
}
