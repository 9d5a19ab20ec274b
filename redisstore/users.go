package redisstore

import (
	"context"
	"errors"
	"fmt"
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
	key, args := s.userKey(user), []string{session, until}
	return p.Unchanged(ctx, p.Repeat(ctx, func() error { // entering twice is entering once
		_, err := s.call(ctx, indexScript, key, args)
		return err
	}))
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
func (s *Store) indexed(ctx context.Context, p *retry.Patience, user string) ([]driver.ID, error) {
	key := s.userKey(user)
	members, err := read(ctx, s, p, key, func() ([]string, error) {
		return s.client.Do(ctx, s.client.B().Zrange().Key(key).Min("0").Max("-1").Build()).AsStrSlice()
	})
	ids := make([]driver.ID, 0, len(members))
	for _, m := range members {
		id, malformed := driver.ParseID(m)
		if malformed != nil {
			err = driver.Corrupt(malformed.Error())
			continue
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, driver.ID.Compare)
	return ids, err
}

// listChunk is how many sessions are asked at once.
const listChunk = 100

// errEverybody: there is no index of all sessions, and SCAN would go through every key of a server that others may share.
var errEverybody = fmt.Errorf("redisstore: everybody's sessions: %w: there is no list of all", errors.ErrUnsupported)

// List implements [driver.Finder], for a user: one read of the index, and one of each session, many at once. It reads the whole
// index of the user, so it is made for users with up to some thousands of sessions.
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if user == "" {
		return nil, errEverybody
	}
	p := retry.For(s.timeout)
	ids, err := s.indexed(ctx, &p, user)
	if err != nil {
		return nil, err
	}
	i, found := slices.BinarySearchFunc(ids, after, driver.ID.Compare)
	if found {
		i++
	}
	var list []driver.Record
	for chunk := range slices.Chunk(ids[i:], listChunk) {
		records, err := s.records(ctx, &p, user, chunk)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if len(list) < limit && r.Expires.After(now) {
				list = append(list, r)
			}
		}
		if len(list) >= limit {
			break
		}
	}
	return list, nil
}

// records reads what the sessions say of themselves, those that are the user's.
func (s *Store) records(ctx context.Context, p *retry.Patience, user string, ids []driver.ID) (records []driver.Record, err error) {
	lists, err := read(ctx, s, p, s.sessionKey(ids[0]), func() ([][]string, error) {
		cmds := make(rueidis.Commands, len(ids))
		for i, id := range ids {
			cmds[i] = s.client.B().Hmget().Key(s.sessionKey(id)).Field(fieldUser, fieldVerifier, fieldSize, fieldOps).
				Field(metaFields[:]...).Field(moreFields[:]...).Build()
		}
		lists := make([][]string, len(ids))
		for i, res := range s.client.DoMulti(ctx, cmds...) {
			var err error
			if lists[i], err = res.AsStrSlice(); err != nil { // what is not there is ""
				return nil, err
			}
		}
		return lists, nil
	})
	for i, list := range lists {
		if list[0] != user { // gone, or no longer theirs
			continue
		}
		if err := intact(list[1], list[2], list[3]); err != nil {
			return nil, err
		}
		texts, more := metaTexts(list[4:4+len(metaFields)]), list[4+len(metaFields):]
		r := driver.Record{}
		if r.Meta, err = texts.parse(ids[i], user); err == nil {
			err = parseMore(&r, texts, more[0], more[1])
		}
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, err
}

// DeleteMany implements [driver.Finder], for a user: one read of the index, one script call for each session, many at once, and one
// write of the index. A step looks at limit entries of the index, some of which may stand for sessions that are gone, no longer
// the user's or not in the selection. A session that belonged to the user when the first step was called is in the index by then, so it is found whatever
// runs beside; one that is bound meanwhile may survive or not. A session whose deletion had to be repeated is not counted, since it
// may have been gone before. An ErrCorrupt that comes with a next of zero is about single sessions, too.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := s.ready(ctx); err != nil || limit <= 0 {
		return 0, driver.ID{}, err
	}
	if sel.User == "" {
		return 0, driver.ID{}, errEverybody
	}
	p := retry.For(s.timeout)
	ids, err := s.indexed(ctx, &p, sel.User)
	if err != nil && !errors.Is(err, driver.ErrCorrupt) {
		return 0, driver.ID{}, err
	}
	ids = slices.DeleteFunc(ids, func(id driver.ID) bool { return id == sel.Except || id.Compare(after) <= 0 })
	if len(ids) > limit {
		ids = ids[:limit]
		next = ids[limit-1]
	}
	n, removed, failed := s.removeAll(ctx, p, now, sel, ids)
	s.unindex(ctx, sel.User, removed...)
	switch {
	case failed == nil:
		return n, next, err
	case !errors.Is(failed, driver.ErrCorrupt):
		next = driver.ID{}
		if len(removed) > 0 && !errors.Is(failed, driver.ErrUnknownOutcome) { // else it would say that nothing was changed
			failed = p.Lost(ctx, failed)
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

// removeAll ends sessions of a selection. It returns how many of them were live, those that are gone now, and the worst of the errors:
// what fails for one session is no reason to leave the others alone.
func (s *Store) removeAll(
	ctx context.Context, p retry.Patience, now time.Time, sel driver.Selection, ids []driver.ID,
) (n int, removed []driver.ID, worst error) {
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
				answers[i], errs[i] = s.remove(ctx, p, id, timeText(now), keyText(driver.UserKey(id, sel.User)), firstTry, "1", optionalTime(sel.Before))
			}
		})
	}
	done.Wait()
	for i, id := range ids {
		if errs[i] == nil {
			removed = append(removed, id)
		}
		if answers[i].status() == "ok" {
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
	case err == nil, errors.Is(err, driver.ErrNotFound): // it was no longer in the selection
		return 0
	case errors.Is(err, driver.ErrCorrupt):
		return 1
	case errors.Is(err, driver.ErrUnknownOutcome):
		return 3
	}
	return 2
}
