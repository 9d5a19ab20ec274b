package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/turn"
)

var errNoMoment = &Error{"revoke", fmt.Errorf("%w: the zero time, before which nobody has signed in", ErrValue)} // to a store it means any time

// revokeStep is how many sessions a store is asked to end in one call.
const revokeStep = 500

// Revoke ends one session of a user. It takes effect as [Session.Destroy] does, even if ctx ends in the meantime. If the user has no such
// live session, the error is [ErrNotFound]; 404 may be a better answer to this than the status of [StatusCode].
func (m *Manager) Revoke(ctx context.Context, user string, id ID) error {
	err := m.forUser(context.WithoutCancel(ctx), "revoke", user, func(ctx context.Context, store driver.Store) error {
		return store.Delete(ctx, m.now(), driver.UserKey(id, user))
	})
	if err == nil {
		m.log().DebugContext(ctx, "session revoked", "id", id)
	}
	return err
}

// RevokeAll ends all sessions of a user, for instance after a change of password, and returns how many it has ended. It takes one call to
// the store for every 500 sessions, each within [Options.StoreTimeout]. If ctx ends it goes on for at most StoreTimeout.
//
// The number is how many are known to have ended by this call. If a reply of the store got lost, and the store was asked again, more may
// have ended. After an error some may be live: call it again. If some have ended, or may have, the error is [ErrUnknownOutcome] and says
// how many, whatever kept the rest alive. The exception is [ErrCorrupt], which is about sessions that cannot be read and are left as they
// are. Any other error says that none has ended.
func (m *Manager) RevokeAll(ctx context.Context, user string) (int, error) {
	longer, stop := turn.Outlast(ctx, m.opts.StoreTimeout)
	defer stop()
	return m.revokeUser(longer, driver.Selection{User: user})
}

// RevokeOthers ends all sessions of this session's user but this one, as RevokeAll does, and returns how many it has ended. It first asks
// the store for this session, and extends it. If this session has ended, the error is [ErrNotFound] or [ErrRenewed], and no other one is
// ended.
func (s *Session) RevokeOthers(ctx context.Context) (int, error) {
	if err := s.outside(); err != nil {
		return 0, &Error{"revoke", err}
	}
	longer, stop := turn.Outlast(ctx, s.m.opts.StoreTimeout)
	defer stop()
	var user string
	var current ID
	err := s.inTurn(longer, "revoke", func(_ context.Context, store driver.Store) error {
		err := longer.Step(func(ctx context.Context) error { return s.touch(ctx, store) })
		if err == nil && s.meta.User == "" {
			err = errNoUser
		}
		user, current = s.meta.User, s.token.id
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.m.revokeUser(longer, driver.Selection{User: user, Except: current})
}

// RevokeBefore ends those sessions of a user whose last sign-in was before a moment, and returns how many. A re-authentication
// ([AuthenticatedBy]) counts as a sign-in. Use it if somebody may have known a password until that moment. The step that removes a
// session also compares the times. So a session that signs in meanwhile stays, and you can call it again with the same moment. If the
// time of a sign-in is not known, because an older program began the session, its beginning counts. Times of sign-ins have milliseconds,
// by the clocks of their servers; the moment is cut to milliseconds, too. The zero time is [ErrValue]. Number and errors are those of
// [Manager.RevokeAll].
func (m *Manager) RevokeBefore(ctx context.Context, user string, before time.Time) (int, error) {
	longer, stop := turn.Outlast(ctx, m.opts.StoreTimeout)
	defer stop()
	if before.IsZero() {
		return 0, errNoMoment
	}
	return m.revokeUser(longer, driver.Selection{User: user, Before: before.Truncate(resolution)})
}

// RevokeEveryone ends all sessions, of all users and of nobody, whose last sign-in was before a moment, as [Manager.RevokeBefore] does
// for one user, and returns how many. For a session without a sign-in its beginning counts. Call it after you have restored a backup,
// because then visitors who had signed out are signed in again (take the moment of the restoring). Call it also after a leak of signing
// keys, and for a new policy. Sessions that have signed in since stay, so you can call it again. It takes one call to the store for every
// 500 sessions: run it in a job. If the store has no index of all sessions, such as Redis, the error matches [errors.ErrUnsupported], and
// nothing has ended: there replace the signing keys, or call RevokeBefore for each user.
func (m *Manager) RevokeEveryone(ctx context.Context, before time.Time) (int, error) {
	longer, stop := turn.Outlast(ctx, m.opts.StoreTimeout)
	defer stop()
	if before.IsZero() {
		return 0, errNoMoment
	}
	return m.revokeAll(longer, driver.Selection{Before: before.Truncate(resolution)})
}

// revokeUser is revokeAll for a user, without whom all sessions would end.
func (m *Manager) revokeUser(ctx *turn.Lasting, which driver.Selection) (int, error) {
	if err := checkUser(which.User); err != nil {
		return 0, &Error{"revoke", err}
	}
	return m.revokeAll(ctx, which)
}

func (m *Manager) revokeAll(ctx *turn.Lasting, which driver.Selection) (total int, err error) {
	if m.opts.Import != nil {
		if err := m.find(ctx, "revoke", func(ctx context.Context, finder driver.Finder) error {
			_, err := finder.List(ctx, m.now(), which.User, ID{}, 1) // if the store cannot, nothing is revoked
			return err
		}); err != nil {
			return 0, err
		}
		if err := m.call(ctx, "revoke", func(ctx context.Context, store driver.Store) error { return m.refuseImports(ctx, store, which.User) }); err != nil {
			return 0, err
		}
	}
	var after ID
	done := 0 // steps of which the store has not said that they changed nothing
	for more := true; more; {
		var n int
		var next ID
		stepErr := m.find(ctx, "revoke", func(ctx context.Context, finder driver.Finder) (err error) {
			n, next, err = finder.DeleteMany(ctx, m.now(), which, after, revokeStep)
			return err
		})
		total += n
		more, after = !next.IsZero(), next
		if stepErr == nil || more || n > 0 {
			done++
		}
		if more && ctx.Err() != nil {
			stepErr, more = &Error{"revoke", ctx.Err()}, false
		}
		if stepErr != nil && (err == nil || !more) { // one after which there is more is about single sessions
			err = stepErr
		}
	}
	m.log().DebugContext(ctx, "sessions revoked", "count", total)
	if err != nil && done > 0 {
		err = half(total, err)
	}
	return total, err
}

// half returns the error of what has ended n sessions, and perhaps not all: it does not say that nothing was changed.
func half(n int, err error) error {
	if err = cause(err); !errors.Is(err, ErrCorrupt) {
		err = retry.Lost(err)
	}
	return &Error{"revoke", fmt.Errorf("%d known to have ended, perhaps not all: %w", n, err)}
}
