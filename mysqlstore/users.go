package mysqlstore

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// List implements [driver.Finder]: one statement, on an index, or two if it finds nothing.
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	query := s.sql.many(user).list.with(code("NULL"), code("NULL"), user, after[:], now.UnixMilli(), max(0, limit))
	var records []driver.Record
	err := s.readAll(ctx, query, func() { records = nil }, func(rows *sql.Rows) (isCurrent bool, err error) {
		var r row
		if _, _, err := r.scan(rows); err != nil {
			return r.isCurrent, err
		}
		rec, err := r.record()
		records = append(records, rec)
		return r.isCurrent, err
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

// many returns the statements about the sessions of a user or, for "", of everybody.
func (s *statements) many(user string) *many {
	if user == "" {
		return &s.everybodys
	}
	return &s.theirs
}

// DeleteMany implements [driver.Finder]: a statement that finds the sessions of a step, so that a late copy of the other does not end those
// of a later sign-in, and one that deletes all or none of those which are still in the selection. What has expired is deleted before, if
// there is any. If a reply was lost, the number is how many the last try has found.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, driver.ID{}, err
	}
	limit = min(max(1, limit), math.MaxInt-1)
	many, before := s.sql.many(sel.User), optionalTime(sel.Before)
	var found, expired [][]byte
	// One more, to know whether there is one.
	query := many.selected.with(now.UnixMilli(), sel.User, after[:], sel.Except[:], before, before, limit+1)
	err = s.readAll(ctx, query, func() { found, expired = nil, nil }, func(rows *sql.Rows) (isCurrent bool, err error) {
		var id []byte
		var lives bool
		err = rows.Scan(&isCurrent, &id, &lives)
		if found = append(found, id); !lives && len(found) <= limit {
			expired = append(expired, id)
		}
		return isCurrent, err
	})
	if err != nil || len(found) == 0 {
		return 0, driver.ID{}, err
	}
	more := len(found) > limit
	found = found[:min(limit, len(found))]
	remove := func(ids [][]byte, condition code) (int64, error) {
		return s.remove(ctx, func(alone code) string {
			return many.deleteMany.with(sel.User, list(ids), before, before, condition, alone)
		})
	}
	if len(expired) > 0 {
		if _, err := remove(expired, " AND expires <= "+list([]int64{now.UnixMilli()})); err != nil {
			return 0, driver.ID{}, err
		}
	}
	live, err := remove(found, "")
	if more && err == nil {
		copy(next[:], found[limit-1])
	}
	return int(live), next, err
}
