package pgstore

import (
	"context"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// List implements [driver.Finder]: one statement, on an index.
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var id []byte
	var row row
	args := []any{user, after[:], now.UnixMilli(), int64(limit)}
	return readAll(ctx, s, s.sql.many(user).list, args, row.dest([]any{&id}), func() (driver.Record, error) {
		if len(id) != len(driver.ID{}) {
			return driver.Record{}, errID
		}
		return row.record(driver.ID(id))
	})
}

// many returns the statements about the sessions of a user or, for "", of everybody.
func (s *statements) many(user string) *many {
	if user == "" {
		return &s.everybodys
	}
	return &s.theirs
}

// DeleteMany implements [driver.Finder]: a statement that finds the sessions of a step, so that a late copy of the other does not end those of
// a later sign-in, and one that deletes all or none of those which are still in the selection. If a reply was lost, the number is how many the
// last try has found.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, driver.ID{}, err
	}
	limit = min(max(1, limit), math.MaxInt-1)
	sql, before := s.sql.many(sel.User), optionalTime(sel.Before)
	args := []any{sel.User, after[:], sel.Except[:], before, int64(limit) + 1} // one more, to know whether there is one
	var id []byte
	ids, err := readAll(ctx, s, sql.selected, args, []any{&id}, func() ([]byte, error) { return id, nil })
	if err != nil || len(ids) == 0 {
		return 0, driver.ID{}, err
	}
	more := len(ids) > limit
	ids = ids[:min(limit, len(ids))]
	ended, err := s.repeat(ctx, sql.deleteMany, []any{sel.User, ids, now.UnixMilli(), before})
	if more && err == nil {
		copy(next[:], ids[limit-1])
	}
	return int(ended), next, err
}
