package redisstore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// A user's index is a sorted set of session IDs. It lives in another slot than the sessions, so it cannot change with them in
// one step; instead a session is entered before it belongs to the user, and every reader of the index asks the session itself.
// The score is a time after which the session cannot live unless it is entered again: the update script checks that at every use,
// so entries whose time is over can go without a look at their session.
//
// An index may be lost, to an eviction or by hand. Nobody notices, so an entry is good for little longer than the session: one in use
// enters itself again.

// How much longer than its session an entry is good: a part of its life, but minIndexed at least.
const (
	indexedPart = 24
	minIndexed  = time.Hour
)

// indexUntil returns until when the entry of a session is good that is used now and expires then.
func indexUntil(now, expires time.Time) string {
	return timeText(expires.Add(max(expires.Sub(now)/indexedPart, minIndexed)))
}

// index enters a session into its user's index.
func (s *Store) index(ctx context.Context, p *retry.Patience, user, session, until string) error {
	for {
		_, err := s.exec(ctx, p, indexScript, s.userKey(user), []string{session, until})
		if err == nil || !retry.CanRepeat(err) || !p.Again(ctx, err) { // entering twice is entering once
			if err != nil {
				err = p.Unchanged(ctx, err)
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

// indexed returns the IDs in a user's index, in order. With an ErrCorrupt they are those among what else is there.
func (s *Store) indexed(ctx context.Context, user string) ([]driver.ID, error) {
	p := retry.For(s.timeout)
	for {
		members, err := s.client.Do(ctx, s.client.B().Zrange().Key(s.userKey(user)).Min("0").Max("-1").Build()).AsStrSlice()
		if err == nil {
			return parseIDs(members)
		}
		if err = s.fault(ctx, s.userKey(user), err); !retry.CanRepeat(err) || !p.Again(ctx, err) {
			return nil, p.Unchanged(ctx, err)
		}
	}
}

func parseIDs(members []string) (ids []driver.ID, damaged error) {
	ids = make([]driver.ID, 0, len(members))
	for _, m := range members {
		id, err := driver.ParseID(m)
		if err != nil {
			damaged = corrupt(err)
			continue
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, driver.ID.Compare)
	return ids, damaged
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
		metas, err := s.metas(ctx, user, chunk)
		if err != nil {
			return nil, err
		}
		for _, m := range metas {
			if len(list) < limit && m.Expires.After(now) {
				list = append(list, m)
			}
		}
		if len(list) >= limit {
			break
		}
	}
	return list, nil
}

// metas reads what the sessions say of themselves, those that are the user's.
func (s *Store) metas(ctx context.Context, user string, ids []driver.ID) ([]driver.Meta, error) {
	p := retry.For(s.timeout)
	for {
		metas, err := s.tryMetas(ctx, user, ids)
		if err == nil {
			return metas, nil
		}
		if errors.Is(err, driver.ErrCorrupt) {
			return nil, err
		}
		if err = s.fault(ctx, s.sessionKey(ids[0]), err); !retry.CanRepeat(err) || !p.Again(ctx, err) {
			return nil, p.Unchanged(ctx, err)
		}
	}
}

func (s *Store) tryMetas(ctx context.Context, user string, ids []driver.ID) ([]driver.Meta, error) {
	cmds := make(rueidis.Commands, len(ids))
	for i, id := range ids {
		cmds[i] = s.client.B().Hmget().Key(s.sessionKey(id)).Field(fieldUser, fieldVerifier, fieldSize, fieldOps).Field(metaFields[:]...).Build()
	}
	var metas []driver.Meta
	for i, res := range s.client.DoMulti(ctx, cmds...) {
		list, err := res.AsStrSlice() // what is not there is ""
		if err != nil {
			return nil, err
		}
		if list[0] != user { // gone, or no longer theirs
			continue
		}
		if err := intact(list[1], list[2], list[3]); err != nil {
			return nil, err
		}
		var texts metaTexts
		copy(texts[:], list[4:])
		m, err := texts.parse(ids[i], user)
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
		return damaged(a.last())
	}
	return driver.ErrNotFound
}

// DeleteUserSessions implements [driver.UserIndex]: one read of the index, one script call for each session, many at once, and one
// write of the index. A step looks at limit entries of the index, some of which may stand for sessions that are gone or no longer
// the user's. A session that belonged to the user when the first step was called is in the index by then, so it is found whatever
// runs beside; one that is bound meanwhile may survive or not. A session whose deletion had to be repeated is not counted, since it
// may have been gone before. An ErrCorrupt that comes with a next of zero is about single sessions, too.
func (s *Store) DeleteUserSessions(
	ctx context.Context, now time.Time, user string, except, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := s.ready(ctx); err != nil || limit <= 0 {
		return 0, driver.ID{}, err
	}
	ids, err := s.indexed(ctx, user)
	if err != nil && !errors.Is(err, driver.ErrCorrupt) {
		return 0, driver.ID{}, err
	}
	ids = slices.DeleteFunc(ids, func(id driver.ID) bool { return id == except || id.Compare(after) <= 0 })
	if len(ids) > limit {
		ids = ids[:limit]
		next = ids[limit-1]
	}
	n, removed, failed := s.removeAll(ctx, now, user, ids)
	s.unindex(ctx, user, removed...)
	switch {
	case failed == nil:
		return n, next, err
	case !errors.Is(failed, driver.ErrCorrupt):
		next = driver.ID{}
		if len(removed) > 0 && !errors.Is(failed, driver.ErrUnknownOutcome) { // else it would say that nothing was changed
			failed = new(retry.Patience).Lost(ctx, failed)
		}
	}
	return n, next, failed
}

// How many sessions are ended at once. The client sends together what is asked of it together, so that a step takes little longer
// than one call; where each call waits for replicas, it takes a connection of its own.
const (
	atOnce           = 500
	atOnceReplicated = 32
)

// removeAll ends sessions of a user. It returns how many of them were live, those that are gone now, and the worst of the errors:
// what fails for one session is no reason to leave the others alone.
func (s *Store) removeAll(ctx context.Context, now time.Time, user string, ids []driver.ID) (n int, removed []driver.ID, worst error) {
	answers, errs := make([]answer, len(ids)), make([]error, len(ids))
	slots := make(chan struct{}, atOnce)
	if s.replicas > 0 {
		slots = make(chan struct{}, atOnceReplicated)
	}
	var done sync.WaitGroup
	for i, id := range ids {
		slots <- struct{}{}
		done.Go(func() {
			defer func() { <-slots }()
			if errs[i] = s.ready(ctx); errs[i] == nil { // else it lives on
				answers[i], errs[i] = s.remove(ctx, id, timeText(now), fieldUser, user, firstTry, "1")
			}
		})
	}
	done.Wait()
	for i, id := range ids {
		status := answers[i].status()
		switch status {
		case "ok", "expired", "gone":
			removed = append(removed, id)
		case "corrupt":
			errs[i] = damaged(answers[i].last())
		}
		if status == "ok" {
			n++
		}
		if severity(errs[i]) > severity(worst) {
			worst = errs[i]
		}
	}
	return n, removed, worst
}

// severity orders what may become of one session of many: of an error for all of them the caller must know the worst.
func severity(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, driver.ErrCorrupt):
		return 1
	case errors.Is(err, driver.ErrUnknownOutcome):
		return 3
	}
	return 2
}
