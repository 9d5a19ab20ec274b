package sqlitestore

import (
	"context"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// The index on users leaves out sessions of nobody; it is used where a statement says that it does not want them.
const (
	listUser           = selectSession + "WHERE user = ? AND user <> '' AND id > ? AND expires > ? ORDER BY id LIMIT ?"
	deleteUserSession  = "DELETE FROM sessions WHERE id = ? AND user = ? AND user <> '' AND expires > ?"
	findUserSessions   = "SELECT id, expires FROM sessions WHERE user = ? AND user <> '' AND id <> ? AND id > ? ORDER BY id LIMIT ?"
	deleteUserSessions = "DELETE FROM sessions WHERE user = ? AND user <> '' AND id <> ? AND id > ? AND id <= ?"
)

// ListUser implements [driver.UserIndex].
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	var list []driver.Meta
	err := s.read(ctx, func(c *conn) error {
		for s, err := range c.rows(listUser, user, after[:], now.UnixMilli(), max(0, limit)) {
			if err != nil {
				return err
			}
			r, err := scan(s)
			if err != nil {
				return err
			}
			list = append(list, r.Meta)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DeleteUserSession implements [driver.UserIndex].
func (s *Store) DeleteUserSession(ctx context.Context, now time.Time, user string, id driver.ID) error {
	return s.write(ctx, func(c *conn) error {
		err := c.exec(deleteUserSession, id[:], user, now.UnixMilli())
		if err == nil && c.Changes() == 0 {
			return driver.ErrNotFound
		}
		return err
	})
}

// DeleteUserSessions implements [driver.UserIndex]: a step is one transaction.
func (s *Store) DeleteUserSessions(
	ctx context.Context, now time.Time, user string, except, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	limit = min(max(1, limit), math.MaxInt-1)
	more := false
	err = s.write(ctx, func(c *conn) error {
		found, live, last := 0, 0, []byte{}
		for s, err := range c.rows(findUserSessions, user, except[:], after[:], limit+1) { // one more, to know whether there is one
			if err != nil {
				return err
			}
			if found++; found > limit {
				break
			}
			if s.ColumnInt64(1) > now.UnixMilli() {
				live++
			}
			last = s.ColumnBlob(0, last[:0])
		}
		n, more = live, found > limit
		next = driver.ID{}
		copy(next[:], last) // one that somebody else wrote may have another length
		return c.exec(deleteUserSessions, user, except[:], after[:], last)
	})
	switch {
	case err != nil:
		return 0, driver.ID{}, err
	case !more:
		next = driver.ID{}
	}
	return n, next, nil
}
