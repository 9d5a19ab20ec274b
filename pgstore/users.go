package pgstore

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
)

// ListUser implements [driver.UserIndex]: one statement, on an index.
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return readAll(ctx, s, s.sql.listUser, []any{user, after[:], now.UnixMilli(), int64(limit)}, listed)
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
	args := []any{user, except[:], after[:], int64(limit) + 1} // one more, to know whether there is one
	ids, err := readAll(ctx, s, s.sql.userIDs, args, pgx.RowTo[[]byte])
	if err != nil || len(ids) == 0 {
		return 0, driver.ID{}, err
	}
	more := len(ids) > limit
	ids = ids[:min(limit, len(ids))]
	ended, err := s.repeat(ctx, s.sql.deleteUserSessions, []any{ids, user, now.UnixMilli()})
	if more && err == nil {
		copy(next[:], ids[limit-1])
	}
	return int(ended), next, err
}
