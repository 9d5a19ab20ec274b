package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TooManySessionsError is the error of a sign-in that [Options].RefuseSessions has refused: the user has as many sessions as
// MaxSessions allows. Nothing was changed. It matches [ErrTooManySessions]; find it with [errors.AsType].
type TooManySessionsError struct {
	// Sessions are those of the user, the last used first, at most 1000. [Manager.Revoke] ends the one that the user chooses, and then
	// they can sign in. If the session of the request is one of them, it is marked as current. There may be fewer than the limit, if some
	// have ended in the meantime. Nil if they could not be listed.
	Sessions []Info
}

func (e *TooManySessionsError) Error() string {
	if e.Sessions == nil {
		return driver.ErrTooManySessions.Error()
	}
	return fmt.Sprintf("%v: the user has %d", driver.ErrTooManySessions, len(e.Sessions))
}

func (e *TooManySessionsError) Unwrap() error { return driver.ErrTooManySessions }

// bind is the store's Update, with the limit on sessions also where the store cannot hold to it in the same step. There the others are
// counted before it, or ended after it: of many at once some may get past it.
func (m *Manager) bind(ctx context.Context, store driver.Store, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := store.Update(ctx, now, k, u)
	limit := u.SessionLimit
	if limit.Max == 0 || err == nil {
		return res, err
	}
	finder, ok := store.(driver.Finder)
	switch {
	case errors.Is(err, driver.ErrTooManySessions):
		var list []driver.Record
		if ok {
			list, _ = m.allRecords(ctx, finder, *u.User) // it is refused, whether or not they can be listed
		}
		return res, tooMany(list, k.ID, limit.Except)
	case !ok || !errors.Is(err, errors.ErrUnsupported):
		return res, err
	}
	if !limit.End {
		list, err := m.allRecords(ctx, finder, *u.User)
		if err != nil {
			return driver.Result{}, err
		}
		if _, err := limit.Excess(list, ownOf(list, k.ID, u)); err != nil {
			return driver.Result{}, tooMany(list, k.ID, limit.Except)
		}
	}
	plain := *u
	plain.SessionLimit = driver.SessionLimit{}
	res, err = store.Update(ctx, now, k, &plain)
	if limit.End && (err == nil || errors.Is(err, ErrUnknownOutcome)) {
		m.endExcess(ctx, store, finder, now, k.ID, u)
	}
	return res, err
}

// endExcess ends what is too much once the session with the ID has been bound, also when the visitor has gone. That it could not be done is
// no reason to fail the sign-in.
func (m *Manager) endExcess(ctx context.Context, store driver.Store, finder driver.Finder, now time.Time, id ID, u *driver.Update) {
	longer, cancel := withoutCancel(ctx)
	defer cancel()
	list, err := m.allRecords(longer, finder, *u.User)
	var ended []ID
	if own := ownOf(list, id, u); own.User != "" { // it was bound indeed
		ended, _ = u.SessionLimit.Excess(list, own)
	}
	for _, id := range ended {
		if deleteErr := store.Delete(longer, now, driver.UserKey(id, *u.User)); !errors.Is(deleteErr, ErrNotFound) {
			err = errors.Join(err, deleteErr)
		}
	}
	m.report(ctx, wrapErr("limit", err), id)
}

// ownOf returns the session with an ID as u leaves it, as far as a list of its user's, in which it may be, tells.
func ownOf(list []driver.Record, id ID, u *driver.Update) driver.Record {
	own := driver.Record{Meta: driver.Meta{ID: id}}
	for _, r := range list {
		if r.ID == id {
			own = r
		}
	}
	own.Attrs = own.Attrs.With(u.Attrs)
	return own
}

func tooMany(list []driver.Record, own, except ID) error {
	if list == nil {
		return &TooManySessionsError{}
	}
	sessions := infos(list, func(id ID) bool { return id == own || id == except })
	return &TooManySessionsError{sessions[:min(len(sessions), maxListed)]}
}
