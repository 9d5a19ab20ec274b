package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TooManySessionsError is why a user could not sign in: they have as many sessions as [Options].MaxSessions allows. It matches
// [ErrTooManySessions].
type TooManySessionsError struct {
	// Sessions are those of the user, the last used first, at most 1000: [Manager.Revoke] ends the one that they choose, and then they can
	// sign in. Nil if they could not be listed.
	Sessions []Info
}

func (e *TooManySessionsError) Error() string {
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
	if _, ok := store.(driver.Finder); !ok {
		return res, err
	}
	own := driver.Record{Meta: driver.Meta{ID: k.ID}, Attrs: u.Attrs}
	excess := func() ([]driver.ID, error) {
		list, err := m.userRecords(ctx, "", *u.User)
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, e.Err // the caller names the operation
		}
		ended, err := limit.Excess(list, own)
		if err != nil {
			err = tooMany(list)
		}
		return ended, err
	}
	if errors.Is(err, driver.ErrTooManySessions) {
		list, _ := m.userRecords(ctx, "", *u.User) // it is refused, whether or not they can be listed
		return res, tooMany(list)
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		return res, err
	}
	if !limit.End {
		if _, err := excess(); err != nil {
			return driver.Result{}, err
		}
	}
	plain := *u
	plain.SessionLimit = driver.SessionLimit{}
	res, err = store.Update(ctx, now, k, &plain)
	if err != nil || !limit.End {
		return res, err
	}
	ended, err := excess()
	for _, id := range ended {
		if deleteErr := store.Delete(ctx, now, driver.UserKey(id, *u.User)); !errors.Is(deleteErr, ErrNotFound) {
			err = errors.Join(err, deleteErr)
		}
	}
	m.report(ctx, wrapErr("limit", err), k.ID) // the visitor has signed in all the same
	return res, nil
}

func tooMany(list []driver.Record) error {
	return &TooManySessionsError{infos(list, func(ID) bool { return false })}
}
