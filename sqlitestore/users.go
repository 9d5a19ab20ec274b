package sqlitestore

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// The index on users leaves out sessions of nobody; it is used where a statement says that it does not want them.
const (
	listUser           = selectSession + "WHERE user = ? AND user <> '' AND id > ? AND expires > ? ORDER BY id LIMIT ?"
	deleteUserSession  = "DELETE FROM sessions WHERE id = ? AND user = ? AND user <> '' AND expires > ?"
	deleteUserSessions = "DELETE FROM sessions WHERE user = ? AND user <> '' AND id <> ? RETURNING expires"
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

// DeleteUserSessions implements [driver.UserIndex].
func (s *Store) DeleteUserSessions(ctx context.Context, now time.Time, user string, except driver.ID) (int, error) {
	live := 0
	err := s.write(ctx, func(c *conn) error {
		live = 0
		for s, err := range c.rows(deleteUserSessions, user, except[:]) {
			if err != nil {
				return err
			}
			if s.ColumnInt64(0) > now.UnixMilli() {
				live++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return live, nil
}
