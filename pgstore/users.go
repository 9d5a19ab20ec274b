package pgstore

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// ListUser implements [driver.UserIndex]: one statement, on an index.
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var list []driver.Meta
	err := s.read(ctx, func() (err error) {
		list, err = s.list(ctx, []any{user, after[:], now.UnixMilli(), int64(limit)})
		return err
	})
	return list, err
}

func (s *Store) list(ctx context.Context, args []any) (list []driver.Meta, err error) {
	err = s.with(ctx, func(conn *pgxpool.Conn) error {
		rows, err := conn.Query(ctx, s.sql.listUser, args...)
		if err != nil {
			return explain(ctx, err)
		}
		list, err = pgx.CollectRows(rows, listed)
		return explain(ctx, err)
	})
	return list, err
}

func listed(row pgx.CollectableRow) (driver.Meta, error) {
	var bytes []byte
	var meta [metaLen]pgtype.Text
	if err := row.Scan(&bytes, &meta[0], &meta[1], &meta[2]); err != nil {
		return driver.Meta{}, err
	}
	var id driver.ID
	copy(id[:], bytes)
	return readMeta(id, meta[:])
}

// DeleteUserSession implements [driver.UserIndex]: one statement, and one more where it finds nothing to delete.
func (s *Store) DeleteUserSession(ctx context.Context, now time.Time, user string, id driver.ID) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	err := s.remove(ctx, s.sql.deleteUserSession, []any{id[:], user, now.UnixMilli()}, guard(now, driver.Key{ID: id})[:3])
	if errors.Is(err, driver.ErrRenewed) { // not the user's
		return driver.ErrNotFound
	}
	return err
}

// DeleteUserSessions implements [driver.UserIndex]: a statement that finds the sessions of a step, so that a late copy of the other
// does not end those of a later sign-in, and one that deletes all or none of them. A session that is bound to another user meanwhile
// may survive or not. If a reply was lost, the number is how many the last try has found.
func (s *Store) DeleteUserSessions(
	ctx context.Context, now time.Time, user string, except, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, driver.ID{}, err
	}
	limit = min(max(1, limit), math.MaxInt-1)
	var ids [][]byte
	args := []any{user, except[:], after[:], int64(limit) + 1} // one more, to know whether there is one
	err = s.read(ctx, func() error { return s.once(ctx, s.sql.userIDs, args, &ids) })
	if err != nil || len(ids) == 0 {
		return 0, driver.ID{}, err
	}
	more := len(ids) > limit
	ids = ids[:min(limit, len(ids))]
	n, err = s.count(ctx, s.sql.deleteUserSessions, []any{ids, user, now.UnixMilli()})
	if more && err == nil {
		copy(next[:], ids[limit-1])
	}
	return n, next, err
}

// Sweep implements [driver.Sweeper]: one statement. It leaves alone what an update or another sweep has locked at the moment, so
// such sessions may be left though it removes fewer than limit.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	return s.count(ctx, s.sql.sweep, []any{now.UnixMilli(), int64(limit)})
}

// count runs a statement that may be repeated and returns a number. One whose commit failed has answered before that.
func (s *Store) count(ctx context.Context, sql string, args []any) (int, error) {
	var n int64
	if err := s.repeat(ctx, func() error { return s.once(ctx, sql, args, &n) }); err != nil {
		return 0, err
	}
	return int(n), nil
}
