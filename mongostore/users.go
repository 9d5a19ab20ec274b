package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// ListUser implements [driver.UserIndex].
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	ctx, err := s.ready(ctx)
	if err != nil || limit <= 0 {
		return nil, err
	}
	filter := bson.D{
		{Key: fieldUser, Value: user},
		{Key: fieldID, Value: call("$gt", bin(after[:]))},
		{Key: "$or", Value: append(bson.A{live(now)}, otherLayout...)},
	}
	p := append(bson.D{{Key: fieldID, Value: 1}}, projection(&driver.Update{})...)
	opts := options.Find().SetProjection(p).SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(int64(limit))
	var documents []bson.Raw
	patience := retry.For(s.timeout)
	err = s.readAll(ctx, &patience, &documents, func() (*mongo.Cursor, error) { return s.coll.Find(ctx, filter, opts) })
	if err != nil {
		return nil, err
	}
	list := make([]driver.Meta, len(documents))
	for i, d := range documents {
		found, err := decode(d)
		if err != nil {
			return nil, err
		}
		list[i] = found.Meta
	}
	return list, nil
}

// DeleteUserSession implements [driver.UserIndex].
func (s *Store) DeleteUserSession(ctx context.Context, now time.Time, user string, id driver.ID) error {
	ctx, err := s.ready(ctx)
	if err != nil {
		return err
	}
	filter := append(bson.D{{Key: fieldID, Value: bin(id[:])}, {Key: fieldUser, Value: user}}, live(now)...)
	return s.delete(ctx, filter, func(p *retry.Patience) (lives bool, err error) {
		found, err := s.findLiveID(ctx, p, now, id)
		if err == nil && found.User != user {
			return true, driver.ErrNotFound
		}
		return err == nil, err
	})
}

// DeleteUserSessions implements [driver.UserIndex]. A step is one read of IDs and one or two deletions, of 1000 sessions at most
// whatever limit is, and after the last step a read of what another version has written, which it leaves alone. A session that the user
// begins while it runs may stay.
func (s *Store) DeleteUserSessions(
	ctx context.Context, now time.Time, user string, except, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	ctx, err = s.ready(ctx)
	if err != nil || limit <= 0 {
		return 0, next, err
	}
	p, changed := retry.For(s.timeout), false
	defer func() {
		if changed && err != nil && !errors.Is(err, driver.ErrCorrupt) { // else it would say that nothing was changed
			err = p.Lost(ctx, err)
		}
	}()
	limit = min(limit, page)
	for last := bin(after[:]); ; {
		filter := bson.D{
			{Key: fieldUser, Value: user},
			{Key: fieldLayout, Value: layout},
			{Key: fieldID, Value: bson.D{{Key: "$gt", Value: last}, {Key: "$ne", Value: bin(except[:])}}},
		}
		ids, err := s.findIDs(ctx, &p, filter, limit+1)
		switch {
		case err != nil:
			return n, next, err
		case len(ids) == 0:
			return n, next, s.noneLeft(ctx, &p, user)
		}
		step := ids[:min(limit, len(ids))]
		filter[2].Value = call("$in", step)
		live, all, err := s.deleteAmong(ctx, &p, now, filter, len(step))
		n, changed = n+live, changed || all > 0
		switch {
		case err != nil:
			return n, next, err
		case len(ids) <= limit:
			return n, next, s.noneLeft(ctx, &p, user)
		}
		if copyBytes(next[:], step[limit-1]) { // else it is none that could be gone on after
			return n, next, nil
		}
		_, last.Data = step[limit-1].Binary()
	}
}

// noneLeft returns an error if the user has sessions that another version has written.
func (s *Store) noneLeft(ctx context.Context, p *retry.Patience, user string) error {
	_, err := s.find(ctx, p, bson.D{{Key: fieldUser, Value: user}, {Key: "$or", Value: otherLayout}})
	if errors.Is(err, driver.ErrNotFound) {
		return nil
	}
	return err
}

// deleteAmong deletes what filter lets through, left documents at most, and returns how many of them were live, and how many there were
// in all.
func (s *Store) deleteAmong(
	ctx context.Context, p *retry.Patience, now time.Time, filter bson.D, left int,
) (ended, all int, err error) {
	err = p.Once(ctx, func() error {
		deleted, err := s.deleteMany(ctx, append(filter, live(now)...))
		ended += deleted
		all += deleted
		if err == nil && deleted < left {
			var expired int
			expired, err = s.deleteMany(ctx, append(filter, bson.E{Key: "$nor", Value: bson.A{live(now)}}))
			deleted += expired
			all += expired
		}
		if err != nil || deleted == left {
			return err
		}
		ids, err := s.findIDs(ctx, p, filter, left) // see Delete
		if left = len(ids); left > 0 {
			return retry.Refused(retry.ErrChanged)
		}
		return err
	})
	return ended, all, err
}

// page is how many records are dealt with at once at most. They are read in one batch: one that is updated between two might be
// in neither.
const page = 1000

// findIDs returns the IDs of documents that filter lets through, in order. It asks for nothing that might be unreadable.
func (s *Store) findIDs(ctx context.Context, p *retry.Patience, filter bson.D, limit int) ([]bson.RawValue, error) {
	id := bson.D{{Key: fieldID, Value: 1}}
	opts := options.Find().SetProjection(id).SetSort(id).SetLimit(int64(limit)).SetBatchSize(int32(limit))
	var list []bson.Raw
	err := s.readAll(ctx, p, &list, func() (*mongo.Cursor, error) { return s.coll.Find(ctx, filter, opts) })
	if err != nil {
		return nil, err
	}
	ids := make([]bson.RawValue, len(list))
	for i, d := range list {
		ids[i] = d.Lookup(fieldID)
	}
	return ids, nil
}

// deleteMany deletes what filter lets through. It is no atomic command: whatever the server answers, but for a refusal to begin,
// may have come after some documents are gone, or on one shard of several.
func (s *Store) deleteMany(ctx context.Context, filter bson.D) (n int, err error) {
	result, err := s.coll.DeleteMany(ctx, filter)
	if result != nil {
		n = int(result.DeletedCount)
	}
	begun := n > 0 || !unsent(err) && !hasCode(err, forbidden...)
	if err = explain(ctx, err); err != nil && begun {
		err = retry.Lost(err)
	}
	return n, err
}
