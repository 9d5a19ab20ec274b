package drivertest_test

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// selecting decides by itself what is in a selection, and ends that by the keys of the users.
type selecting struct {
	*memstore.Store
	in    func(r driver.Record, sel driver.Selection) bool
	while func() // between the two
}

func (s selecting) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if sel.Before.IsZero() {
		return s.Store.DeleteMany(ctx, now, sel, after, limit)
	}
	list, err := s.List(ctx, now, sel.User, after, 10_000)
	if err != nil {
		return 0, next, err
	}
	list = slices.DeleteFunc(list, func(r driver.Record) bool { return !s.in(r, sel) })
	if s.while != nil {
		s.while()
	}
	for i, r := range list {
		if n == limit {
			return n, list[i-1].ID, nil
		}
		if s.Delete(ctx, now, driver.UserKey(r.ID, r.User)) == nil {
			n++
		}
	}
	return n, driver.ID{}, nil
}

func asMeant(r driver.Record, sel driver.Selection) bool {
	return r.ID != sel.Except && r.SignedIn().UnixMilli() < sel.Before.UnixMilli()
}

// inclusive ends what has signed in at that moment as well.
func inclusive(r driver.Record, sel driver.Selection) bool {
	return r.ID != sel.Except && !r.SignedIn().After(sel.Before)
}

// byCreation knows of no sign-in.
func byCreation(r driver.Record, sel driver.Selection) bool {
	return r.ID != sel.Except && r.Created.Before(sel.Before)
}

// bySignIn ends all that has never signed in.
func bySignIn(r driver.Record, sel driver.Selection) bool {
	return r.ID != sel.Except && r.Authenticated.Before(sel.Before)
}

// exceptNone ends the one that asked, too.
func exceptNone(r driver.Record, sel driver.Selection) bool { return r.SignedIn().Before(sel.Before) }

// boundAlone takes the index of the users for all that there is.
type boundAlone struct{ *memstore.Store }

func (s boundAlone) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	list, err := s.Store.List(ctx, now, user, after, limit)
	return slices.DeleteFunc(list, func(r driver.Record) bool { return r.User == "" }), err
}

// fewer takes a page with expired sessions in it for the last.
type fewer struct{ *memstore.Store }

func (s fewer) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if user != "" {
		return s.Store.List(ctx, now, user, after, limit)
	}
	list, err := s.Store.List(ctx, now.Add(-2*time.Hour), user, after, limit)
	return slices.DeleteFunc(list, func(r driver.Record) bool { return !r.Expires.After(now) }), err
}

// userByUser ends everybody's sessions user by user, and forgets nobody's.
type userByUser struct{ *memstore.Store }

func (s userByUser) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if sel.User != "" {
		return s.Store.DeleteMany(ctx, now, sel, after, limit)
	}
	for _, user := range []string{"ann", "bob", "eve"} {
		sel.User = user
		ended, _, err := s.Store.DeleteMany(ctx, now, sel, after, limit)
		if n += ended; err != nil {
			return n, next, err
		}
	}
	return n, driver.ID{}, nil
}
