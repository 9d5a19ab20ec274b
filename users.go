package atomicsession

import (
	"context"
	"errors"
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

// UserSessions lists the live sessions of a user, in all realms, the last used first; at most 1000. The session of ctx is marked
// as current; outside of a request none is. It takes a round trip for every hundred, each within [Options].StoreTimeout, and one
// more if this request has not used its session yet. If the store cannot find sessions by user, the error of this and of what
// changes or ends several sessions matches [errors.ErrUnsupported]; so it is with a [driver.Store] in a wrapper that does not
// pass the methods of [driver.Finder] on.
func (m *Manager) UserSessions(ctx context.Context, user string) ([]Info, error) {
	records, err := m.userRecords(ctx, "list", user)
	if err != nil {
		return nil, err
	}
	current, ok, err := m.Get(ctx).bound(ctx)
	if err != nil && !errors.Is(err, ErrNoMiddleware) {
		return nil, err // to revoke "the others" would be to revoke this one
	}
	return infos(records, func(id ID) bool { return ok && id == current.ID }), nil
}

// userRecords returns the live sessions of a user, in the order of their IDs, maxListed or a few more at most.
func (m *Manager) userRecords(ctx context.Context, op, user string) ([]driver.Record, error) {
	return m.records(user, maxListed, func(f func(context.Context, driver.Finder) error) error { return m.byUser(ctx, op, user, f) })
}

// allRecords is userRecords without a bound, within another call.
func (m *Manager) allRecords(ctx context.Context, finder driver.Finder, user string) ([]driver.Record, error) {
	return m.records(user, math.MaxInt, func(f func(context.Context, driver.Finder) error) error { return f(ctx, finder) })
}

func (m *Manager) records(user string, most int, call func(func(context.Context, driver.Finder) error) error) (list []driver.Record, err error) {
	var after ID
	for more := true; more && len(list) < most; {
		err := call(func(ctx context.Context, finder driver.Finder) error {
			page, err := finder.List(ctx, m.now(), user, after, listPage)
			for _, r := range page {
				after = r.ID
			}
			list, more = append(list, page...), len(page) == listPage
			return err
		})
		if err != nil {
			return nil, err
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

// byUser gives f the store's finder, and a valid user.
func (m *Manager) byUser(ctx context.Context, op, user string, f func(context.Context, driver.Finder) error) error {
	return m.find(ctx, op, func(ctx context.Context, finder driver.Finder) error {
		if err := checkUser(user); err != nil {
			return err
		}
		return f(ctx, finder)
	})
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
