package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// maxListed bounds what UserSessions returns; listPage and revokeStep what a store is asked for in one call.
const (
	maxListed  = 1000
	listPage   = 100
	revokeStep = 500
)

var errNoUser = errors.New("no user given, or the session is not bound to one")

// UserSessions lists the live sessions of a user, the last used first; at most 1000. The session of ctx is marked as
// current; outside of a request none is. It takes a round trip for every hundred, each within [Options.StoreTimeout], and one more
// if this request has not used its session yet. If the store cannot find sessions by user, the error of this and the Revoke methods
// matches [errors.ErrUnsupported]; so it is with a [driver.Store] in a wrapper that does not pass the methods of
// [driver.UserIndex] on.
func (m *Manager) UserSessions(ctx context.Context, user string) ([]Info, error) {
	var list []Info
	var after ID
	for more := true; more && len(list) < maxListed; {
		err := m.byUser(ctx, "list", user, func(ctx context.Context, index driver.UserIndex) error {
			page, err := index.ListUser(ctx, m.now(), user, after, listPage)
			for _, meta := range page {
				list = append(list, newInfo(meta))
				after = meta.ID
			}
			more = len(page) == listPage
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	current, ok, err := m.Get(ctx).Info(ctx)
	if err != nil && !errors.Is(err, ErrNoMiddleware) {
		return nil, err // to revoke "the others" would be to revoke this one
	}
	for i := range list {
		list[i].Current = ok && list[i].ID == current.ID
	}
	slices.SortStableFunc(list, func(a, b Info) int { return b.LastUsed.Compare(a.LastUsed) })
	return list, nil
}

// Revoke ends one session of a user; [ErrNotFound] if the user has no such live session, for which 404 may be a better answer
// than that of [StatusCode]. It takes effect as [Session.Destroy] does, also if ctx ends meanwhile.
func (m *Manager) Revoke(ctx context.Context, user string, id ID) error {
	err := m.byUser(context.WithoutCancel(ctx), "revoke", user, func(ctx context.Context, index driver.UserIndex) error {
		return index.DeleteUserSession(ctx, m.now(), user, id)
	})
	if err == nil {
		m.opts.Logger.DebugContext(ctx, "session revoked", "id", id)
	}
	return err
}

// RevokeAll ends all sessions of a user and returns how many it has ended: after a change of password, for instance. It takes one
// call to the store for every 500 sessions, each within [Options.StoreTimeout]. If ctx ends it goes on for at most StoreTimeout.
//
// The number is how many are known to have ended by this call; where a reply of the store got lost and was asked for again, there may be
// more. With an error some may be live: call it again. If some have ended, or may have, the error is [ErrUnknownOutcome] and
// says how many, whatever kept the rest alive; but for [ErrCorrupt], which is about sessions that cannot be read and are left as they
// are. Any other error says that none has ended.
func (m *Manager) RevokeAll(ctx context.Context, user string) (int, error) {
	longer, stop := turn.Outlast(ctx, m.opts.StoreTimeout)
	defer stop()
	return m.revokeAll(longer, user, ID{})
}

// RevokeOthers ends all sessions of this session's user but this one, as RevokeAll does, and returns how many it has ended. It
// first asks the store for this session, and extends it: if it has ended, the error is [ErrNotFound] or [ErrRenewed], and no other
// one is ended.
func (s *Session) RevokeOthers(ctx context.Context) (int, error) {
	if s.m == nil {
		return 0, &Error{"revoke", ErrNoMiddleware}
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
	return s.m.revokeAll(longer, user, current)
}

func (m *Manager) revokeAll(ctx *turn.Lasting, user string, except ID) (total int, err error) {
	var after ID
	done := 0 // steps of which the store has not said that they changed nothing
	for more := true; more; {
		var n int
		var next ID
		stepErr := m.byUser(ctx, "revoke", user, func(ctx context.Context, index driver.UserIndex) (err error) {
			n, next, err = index.DeleteUserSessions(ctx, m.now(), user, except, after, revokeStep)
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
	m.opts.Logger.DebugContext(ctx, "sessions revoked", "count", total)
	if err != nil && done > 0 {
		err = half(total, err)
	}
	return total, err
}

// half returns the error of what has ended n sessions, and perhaps not all: it does not say that nothing was changed.
func half(n int, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		err = e.Err
	}
	if !errors.Is(err, ErrCorrupt) {
		err = retry.Lost(err)
	}
	return &Error{"revoke", fmt.Errorf("%d known to have ended, perhaps not all: %w", n, err)}
}

// byUser gives f the store's index of users, and a valid user.
func (m *Manager) byUser(ctx context.Context, op, user string, f func(context.Context, driver.UserIndex) error) error {
	return m.call(ctx, op, func(ctx context.Context, store driver.Store) error {
		index, ok := store.(driver.UserIndex)
		if !ok {
			return unsupported(store, "find sessions by user")
		}
		if user == "" {
			return errNoUser
		}
		if err := driver.CheckUser(user); err != nil {
			return err
		}
		return f(ctx, index)
	})
}
