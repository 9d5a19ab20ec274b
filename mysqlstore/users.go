package mysqlstore

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// List implements [driver.Finder]: one statement, on an index.
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	query := s.sql.many(user).list.with(code("NULL"), code("NULL"), user, after[:], now.UnixMilli(), max(0, limit))
	var records []driver.Record
	err := s.readAll(ctx, query, func() { records = nil }, func(rows *sql.Rows) (autocommit bool, err error) {
		var r row
		if _, _, err := r.scan(rows); err != nil {
			return r.autocommit, err
		}
		rec, err := r.record()
		records = append(records, rec)
		return r.autocommit, err
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

// DeleteMany implements [driver.Finder]: a statement that finds the sessions of a step, so that a late copy of what follows does not end those
// of a later sign-in, and a transaction that deletes all or none of those which are still in the selection. If a reply was lost, the number
// is how many the last try has found.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, driver.ID{}, err
	}
	limit = min(max(1, limit), math.MaxInt-1)
	many, before := s.sql.many(sel.User), optionalTime(sel.Before)
	found, err := s.selected(ctx, many.selected.with(sel.User, after[:], sel.Except[:], before, before, limit+1)) // one more, to know whether there is one
	if err != nil || len(found) == 0 {
		return 0, driver.ID{}, err
	}
	more := len(found) > limit
	found = found[:min(limit, len(found))]
	lock := many.locked.with(now.UnixMilli(), sel.User, list(found), before, before)
	err = s.repeat(ctx, func() error {
		return s.inTx(ctx, func(tx *conn) (err error) {
			n, err = s.deleteLocked(ctx, tx, lock)
			return err
		})
	})
	if err != nil {
		return 0, driver.ID{}, err
	}
	if more {
		copy(next[:], found[limit-1])
	}
	return n, next, nil
}

// selected returns the IDs that a statement finds.
func (s *Store) selected(ctx context.Context, query string) (found [][]byte, err error) {
	err = s.readAll(ctx, query, func() { found = nil }, func(rows *sql.Rows) (autocommit bool, err error) {
		var id []byte
		err = rows.Scan(&autocommit, &id)
		found = append(found, id)
		return autocommit, err
	})
	return found, err
}

// deleteLocked deletes the sessions that a statement locks, and returns how many of them were live. Locked in one order, two of these do
// not wait for each other, nor do one and a sign-in that ends others.
func (s *Store) deleteLocked(ctx context.Context, tx *conn, lock string) (n int, err error) {
	var locked [][]byte
	err = tx.each(ctx, lock, func(rows *sql.Rows) error {
		var id []byte
		var lives bool
		err := rows.Scan(&id, &lives)
		if locked = append(locked, id); lives {
			n++
		}
		return err
	})
	if err != nil || len(locked) == 0 {
		return 0, err
	}
	return n, tx.exec(ctx, s.sql.deleteAll.with(list(locked)))
}
