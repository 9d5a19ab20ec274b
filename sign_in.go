package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// SignIn binds the session to a user who has just proved who they are, and makes the changes. The session gets a new secret, and what the
// visitor has put into it stays, as with [Session.Renew]. But if another user is signed in, nothing of theirs passes on: another session
// takes its place, as with [Session.Reset]. SignIn loads the session unless the request has loaded it. After that it takes one round
// trip, or those of Reset. Its errors are those of Renew and Reset. Conditions are [ErrValue], because they could mean either session. A
// [User] among the changes is [ErrConflict]. An empty user is an error, too.
func (s *Session) SignIn(ctx context.Context, user string, changes ...Change) error {
	const op = "sign in"
	u, err := s.newUpdate(op, changes)
	if err == nil {
		err = wrapErr(op, checkUser(user))
	}
	switch {
	case err != nil:
		return err
	case u.User != nil:
		return &Error{op, fmt.Errorf("%w: a User among the changes of SignIn", ErrConflict)}
	case u.looks():
		return &Error{op, fmt.Errorf("%w: what has a condition, or takes, goes with Renew or Reset", ErrValue)}
	}
	u.User = &user
	return s.do(ctx, op, func(inner context.Context, store driver.Store) error {
		if s.state == presented {
			if err := s.look(inner, store, false); err != nil {
				return err
			}
		}
		if s.state == live && s.meta.User != "" && s.meta.User != user {
			return s.replace(ctx, inner, store, u)
		}
		return s.renew(inner, store, u)
	})
}

// User returns the change that binds the session to a user; "" unbinds it. [Manager.UserSessions], [Manager.RevokeAll] and others find
// sessions by user. Binding is a sign-in: it notes the time, the methods ([AuthenticatedBy]) and the device ([Options].Device), and obeys
// [Options].MaxSessions. Unbinding removes the time and the methods. User goes with [Session.Renew], [Session.Reset] and [Manager.Issue];
// in an update the error is [ErrSignIn]. At most 256 bytes of UTF-8 without NUL, else it is [ErrValue].
func User(user string) Change { return newChange(func(b *batch) { b.User = &user }) }

// Label returns the change that names this session in the list of a user's sessions, such as "Firefox on Linux"; "" removes the name. A
// Label alone begins no session. At most 256 bytes of UTF-8 without NUL.
func Label(text string) Change {
	if len(text) > maxLabel {
		return refused(fmt.Errorf("%w: a label of more than %d bytes", ErrValue, maxLabel))
	}
	return newChange(func(b *batch) { b.attr(attrLabel, text) })
}

// Persistent returns the change that decides for this session what [CookieOptions].NonPersistent decides for all: whether its cookie
// outlives the browser ("remember me"). It goes with [Session.SignIn], Renew, Reset and [Manager.Issue] only. It holds until one of these
// calls has another Persistent. How long the session itself lives does not depend on it: see [Lifetime].
func Persistent(yes bool) Change { return newChange(func(b *batch) { b.nonPersistent = new(!yes) }) }

// Lifetime returns the change that decides how long this session lives after its last use. For "remember me for 30 days, else 8 hours",
// set [Options].MaxAge to 30 days, and give Lifetime(8*time.Hour) to the sign-in of those who do not want to be remembered. It goes with
// [Session.SignIn], Renew, Reset and [Manager.Issue] only. It is at least a second, and MaxAge is its upper bound. It holds until one of
// these calls has another Lifetime, binds a user (who then gets MaxAge) or unbinds one. Fractions of a millisecond are dropped.
func Lifetime(d time.Duration) Change {
	if d < time.Second {
		return refused(fmt.Errorf("%w: a Lifetime of less than a second", ErrValue))
	}
	return newChange(func(b *batch) { b.lifetime = d.Truncate(time.Millisecond) })
}

// attr notes an attribute.
func (b *batch) attr(name, text string) {
	if b.Attrs == nil {
		b.Attrs = make(driver.Attrs)
	}
	b.Attrs[name] = text
}

// authenticates reports whether b says that the visitor has just proved who they are.
func (b *batch) authenticates() bool { return b.binds() || b.methods != nil }

// askSignIn notes in b, at now, how recent the sign-in must be that it asks for.
func (b *batch) askSignIn(now time.Time) {
	if b.within != 0 {
		b.AuthenticatedSince = now.Add(-b.within)
	}
}

// signIn notes in u what goes with a sign-in at now, if it is one, or with the end of one.
func (s *Session) signIn(u *batch, now time.Time) {
	if u.User != nil { // what is known is about whoever had the session before
		for name, text := range ofNobody {
			u.attr(name, text)
		}
	}
	if u.authenticates() {
		u.Authenticated = now
		u.attr(attrMethods, *cmp.Or(u.methods, new("")))
	}
	if u.binds() {
		for name, text := range s.deviceAttrs() {
			u.attr(name, text)
		}
		u.SessionLimit.Max, u.SessionLimit.End = s.m.opts.MaxSessions, !s.m.opts.RefuseSessions
	}
}

// signsInAgain reports whether u may go on with what a sign-in has left that has overtaken it. A condition must not look at a session
// through a secret that is dead, and what was taken once stays taken.
func (b *batch) signsInAgain() bool {
	return b.Renew != nil && b.binds() && !b.looks()
}

// signedIn returns the session that this request has carried the secret of until another one has signed the user in to it, as it
// is now; the zero record if it was bound to somebody already, or is bound to another one, or has ended.
func (s *Session) signedIn(ctx context.Context, store driver.Store, user string) (driver.Record, error) {
	r, err := store.Load(ctx, s.m.now(), s.key())
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return driver.Record{}, err
	case r.User != user:
		return driver.Record{}, nil
	}
	return r, nil
}
