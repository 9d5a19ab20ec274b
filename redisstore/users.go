package redisstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// A user's index is a sorted set of session IDs. It lives in another slot than the sessions, so it cannot change with them in
// one step; instead a session is entered before it belongs to the user, and every reader of the index asks the session itself.
// The score is a time after which the session cannot live unless it is entered again: the update script checks that whenever
// it extends a life, so entries whose time is over can go without a look at their session.

// minIndexed is how much longer than its session an entry is good, at least.
const minIndexed = time.Hour

// indexUntil returns until when the entry of a session is good that is used now and expires then: another such life.
func indexUntil(now, expires time.Time) string {
	return timeText(expires.Add(max(expires.Sub(now), minIndexed)))
}

// index enters a session into its user's index.
func (s *Store) index(ctx context.Context, p *retry.Patience, user, session, until string) error {
	for {
		_, err := s.exec(ctx, p, indexScript, s.userKey(user), []string{session, until})
		if err == nil || !retry.CanRepeat(err) || !p.Wait(ctx) { // entering twice is entering once
			if err != nil {
				err = retry.Unchanged(ctx, err)
			}
			return err
		}
	}
}

// unindex takes a deleted session out of its user's index. If that fails, the entry goes when its time is over.
func (s *Store) unindex(ctx context.Context, user string, ids ...driver.ID) {
	if user == "" || len(ids) == 0 {
		return
	}
	members := make([]string, len(ids))
	for i, id := range ids {
		members[i] = id.String()
	}
	s.client.Do(ctx, s.client.B().Zrem().Key(s.userKey(user)).Member(members...).Build())
}

// indexed returns the IDs in a user's index, in order.
func (s *Store) indexed(ctx context.Context, user string) ([]driver.ID, error) {
	p := retry.For(s.timeout)
	for {
		members, err := s.client.Do(ctx, s.client.B().Zrange().Key(s.userKey(user)).Min("0").Max("-1").Build()).AsStrSlice()
		if err == nil {
			return parseIDs(members)
		}
		if err = explain(ctx, err); !retry.CanRepeat(err) || !p.Wait(ctx) {
			return nil, retry.Unchanged(ctx, err)
		}
	}
}

func parseIDs(members []string) ([]driver.ID, error) {
	ids := make([]driver.ID, len(members))
	for i, m := range members {
		id, err := driver.ParseID(m)
		if err != nil {
			return nil, corrupt(err)
		}
		ids[i] = id
	}
	slices.SortFunc(ids, driver.ID.Compare)
	return ids, nil
}

// listChunk is how many sessions are asked at once.
const listChunk = 100

// ListUser implements [driver.UserIndex]: one read of the index, and one of each session, many at once. It reads the whole
// index of the user, so it is made for users with up to some thousands of sessions.
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	ids, err := s.indexed(ctx, user)
	if err != nil {
		return nil, err
	}
	i, found := slices.BinarySearchFunc(ids, after, driver.ID.Compare)
	if found {
		i++
	}
	var list []driver.Meta
	for chunk := range slices.Chunk(ids[i:], listChunk) {
		metas, err := s.metas(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, m := range metas {
			if len(list) < limit && m.User == user && m.Expires.After(now) {
				list = append(list, m)
			}
		}
		if len(list) >= limit {
			break
		}
	}
	return list, nil
}

// metas reads what the sessions say of themselves, those that exist.
func (s *Store) metas(ctx context.Context, ids []driver.ID) ([]driver.Meta, error) {
	p := retry.For(s.timeout)
	for {
		metas, err := s.tryMetas(ctx, ids)
		if err == nil {
			return metas, nil
		}
		if errors.Is(err, driver.ErrCorrupt) {
			return nil, err
		}
		if err = explain(ctx, err); !retry.CanRepeat(err) || !p.Wait(ctx) {
			return nil, retry.Unchanged(ctx, err)
		}
	}
}

func (s *Store) tryMetas(ctx context.Context, ids []driver.ID) ([]driver.Meta, error) {
	cmds := make(rueidis.Commands, len(ids))
	for i, id := range ids {
		cmds[i] = s.client.B().Hmget().Key(s.sessionKey(id)).
			Field(fieldUser, fieldCreated, fieldUsed, fieldExpires, fieldDeadline).Build()
	}
	var metas []driver.Meta
	for i, res := range s.client.DoMulti(ctx, cmds...) {
		list, err := res.AsStrSlice() // what is not there is ""
		if err != nil {
			return nil, err
		}
		if list[0] == "" { // gone, or no longer anybody's
			continue
		}
		m, err := parseMeta(ids[i], list[0], list[1], list[2], list[3], list[4])
		if err != nil {
			return nil, err
		}
		metas = append(metas, m)
	}
	return metas, nil
}

// DeleteUserSession implements [driver.UserIndex]: one script call, and one for the index.
func (s *Store) DeleteUserSession(ctx context.Context, now time.Time, user string, id driver.ID) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	a, err := s.remove(ctx, id, timeText(now), fieldUser, user, firstTry, "")
	if err != nil {
		return err
	}
	switch a.status() {
	case "ok", "gone":
		s.unindex(ctx, user, id)
		return nil
	case "corrupt":
		return driver.ErrCorrupt
	}
	return driver.ErrNotFound
}

// DeleteUserSessions implements [driver.UserIndex]: one read of the index, one script call for each session, one write of the
// index. A session that belonged to the user when it was called is in the index by then, so it is found whatever runs beside;
// one that is bound meanwhile may survive or not. If it fails, some sessions may be gone and others not; it can be repeated.
func (s *Store) DeleteUserSessions(ctx context.Context, now time.Time, user string, except driver.ID) (int, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	ids, err := s.indexed(ctx, user)
	if err != nil {
		return 0, err
	}
	n := 0
	var removed []driver.ID
	var failed error // what one session is, is no reason to leave the others alone
	for _, id := range ids {
		if id == except {
			continue
		}
		if err := s.ready(ctx); err != nil { // those that are left live on
			failed = err
			break
		}
		a, err := s.remove(ctx, id, timeText(now), fieldUser, user, firstTry, "1")
		switch {
		case err != nil:
			failed = err
		case a.status() == "ok":
			n++
			removed = append(removed, id)
		case a.status() == "expired", a.status() == "gone":
			removed = append(removed, id)
		case a.status() == "corrupt":
			failed = driver.ErrCorrupt
		}
	}
	s.unindex(ctx, user, removed...)
	return n, failed
}
