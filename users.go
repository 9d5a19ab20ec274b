package atomicsession

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

// maxListed bounds what UserSessions returns; listPage is what a store is asked for in one call.
const (
	maxListed = 1000
	listPage  = 100
)

var errNoUser = errors.New("no user given, or the session is not bound to one")

// UserSessions lists the live sessions of a user, in all realms, the last used first; at most 1000. The session of ctx is marked as
// current; outside of a request none is. It takes a round trip for every hundred, each within [Options].StoreTimeout, and one more if
// this request has not used its session yet. If the store cannot find sessions by user, the error matches [errors.ErrUnsupported]. So it
// does in all methods that change or end several sessions. A wrapper around a [driver.Store] must pass on the methods of [driver.Finder],
// or it is such a store.
func (m *Manager) UserSessions(ctx context.Context, user string) ([]Info, error) {
	if err := checkUser(user); err != nil {
		return nil, &Error{"list", err}
	}
	list, err := collect(records(listPage, m.lister(ctx, "list", user)), maxListed)
	if err != nil {
		return nil, err
	}
	var current driver.Meta
	ok := false
	if x := m.exchange(ctx); x != nil {
		if current, ok, err = x.get().bound(ctx); err != nil {
			return nil, err // to revoke "the others" would be to revoke this one
		}
	}
	return infos(list, func(id ID) bool { return ok && id == current.ID }), nil
}

// allRecords returns all live sessions of a user, in the order of their IDs, within another call.
func (m *Manager) allRecords(ctx context.Context, finder driver.Finder, user string) ([]driver.Record, error) {
	return collect(records(listPage, func(after ID, limit int) ([]driver.Record, error) {
		return finder.List(ctx, m.now(), user, after, limit)
	}), math.MaxInt)
}

// lister returns what asks the store for a page of a user's sessions, "" for everybody's, each in a call of its own.
func (m *Manager) lister(ctx context.Context, op, user string) func(after ID, limit int) ([]driver.Record, error) {
	return func(after ID, limit int) (page []driver.Record, err error) {
		err = m.find(ctx, op, func(ctx context.Context, finder driver.Finder) error {
			page, err = finder.List(ctx, m.now(), user, after, limit)
			return err
		})
		return page, err
	}
}

// records goes through what list returns in pages, as the loop comes to them. After an error it ends.
func records(size int, list func(after ID, limit int) ([]driver.Record, error)) iter.Seq2[driver.Record, error] {
	return func(yield func(driver.Record, error) bool) {
		var after ID
		for more := true; more; {
			page, err := list(after, size)
			if err != nil {
				yield(driver.Record{}, err)
				return
			}
			for _, r := range page {
				after = r.ID
				if !yield(r, nil) {
					return
				}
			}
			more = len(page) == size
		}
	}
}

func collect(records iter.Seq2[driver.Record, error], most int) (list []driver.Record, err error) {
	for r, err := range records {
		if err != nil {
			return nil, err
		}
		if list = append(list, r); len(list) == most {
			break
		}
	}
	return list, nil
}

// infos describes sessions, the last used first.
func infos(records []driver.Record, current func(ID) bool) []Info {
	list := make([]Info, len(records))
	for i, r := range records {
		list[i] = newInfo(r)
		list[i].Current = current(r.ID)
	}
	slices.SortStableFunc(list, func(a, b Info) int { return b.LastUsed.Compare(a.LastUsed) })
	return list
}

// find gives f the store's finder.
func (m *Manager) find(ctx context.Context, op string, f func(context.Context, driver.Finder) error) error {
	return m.call(ctx, op, func(ctx context.Context, store driver.Store) error {
		finder, ok := store.(driver.Finder)
		if !ok {
			return unsupported(store, "find sessions by user")
		}
		return f(ctx, finder)
	})
}

func checkUser(user string) error {
	if user == "" {
		return errNoUser
	}
	return driver.CheckUser(user)
}
