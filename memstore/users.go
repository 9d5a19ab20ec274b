package memstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// ListUser implements [driver.UserIndex].
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []driver.Meta
	for _, id := range slices.SortedFunc(maps.Keys(s.users[user]), driver.ID.Compare) {
		rec := s.users[user][id]
		if len(list) < limit && id.Compare(after) > 0 && rec.live(now) {
			list = append(list, rec.meta)
		}
	}
	return list, nil
}

// DeleteUserSession implements [driver.UserIndex].
func (s *Store) DeleteUserSession(ctx context.Context, now time.Time, user string, id driver.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.users[user][id]
	if rec == nil || !rec.live(now) {
		return driver.ErrNotFound
	}
	s.remove(rec)
	return nil
}

// DeleteUserSessions implements [driver.UserIndex].
func (s *Store) DeleteUserSessions(
	ctx context.Context, now time.Time, user string, except, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := ctx.Err(); err != nil {
		return 0, driver.ID{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.SortedFunc(maps.Keys(s.users[user]), driver.ID.Compare) {
		switch {
		case id.Compare(after) <= 0, id == except:
			continue
		case limit == 0:
			return n, next, nil
		}
		rec := s.users[user][id]
		if rec.live(now) {
			n++
		}
		s.remove(rec)
		next, limit = id, limit-1
	}
	return n, driver.ID{}, nil
}

func (s *Store) index(rec *record) {
	user := rec.meta.User
	if user == "" {
		return
	}
	if s.users[user] == nil {
		s.users[user] = make(map[driver.ID]*record)
	}
	s.users[user][rec.meta.ID] = rec
}

func (s *Store) unindex(m driver.Meta) {
	delete(s.users[m.User], m.ID)
	if len(s.users[m.User]) == 0 {
		delete(s.users, m.User)
	}
}
