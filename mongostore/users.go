package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// ListUser implements [driver.UserIndex].
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	ctx, err := s.begin(ctx)
	if err != nil || limit <= 0 {
		return nil, err
	}
	filter := bson.D{
		{Key: fieldUser, Value: user},
		{Key: fieldID, Value: bson.D{{Key: "$gt", Value: bin(after[:])}}},
		{Key: "$or", Value: append(otherLayout(), live(now))},
	}
	p := append(bson.D{{Key: fieldID, Value: 1}}, projection(&driver.Update{})...)
	opts := options.Find().SetProjection(p).SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(int64(limit))
	var documents []bson.Raw
	cursor, err := s.coll.Find(ctx, filter, opts)
	if err == nil {
		err = cursor.All(ctx, &documents)
	}
	if err != nil {
		return nil, s.fault(ctx, err)
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
	ctx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	filter := append(bson.D{
		{Key: fieldID, Value: bin(id[:])},
		{Key: fieldUser, Value: user},
	}, live(now)...)
	return s.delete(ctx, filter, func() error {
		found, err := s.findLiveID(ctx, now, id)
		if err == nil && found.User != user {
			return errOther
		}
		return err
	})
}

// DeleteUserSessions implements [driver.UserIndex]. A step is one read of IDs and one or two deletions, of 1000 sessions at most
// whatever limit is, and after the last one a read of what another version has written, which it leaves alone. A session that the
// user begins while it runs may stay.
func (s *Store) DeleteUserSessions(
	ctx context.Context, now time.Time, user string, except, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	ctx, err = s.begin(ctx)
	if err != nil || limit <= 0 {
		return 0, next, err
	}
	defer func() {
		told := errors.Is(err, driver.ErrUnknownOutcome) || errors.Is(err, driver.ErrCorrupt)
		if n > 0 && err != nil && !told { // else it would say that nothing was changed
			err = new(retry.Patience).Lost(ctx, err)
		}
	}()
	limit = min(limit, page)
	for last := bin(after[:]); ; {
		filter := bson.D{
			{Key: fieldUser, Value: user},
			{Key: fieldLayout, Value: layout},
			{Key: fieldID, Value: bson.D{{Key: "$gt", Value: last}, {Key: "$ne", Value: bin(except[:])}}},
		}
		ids, err := s.findIDs(ctx, filter, limit+1)
		if err != nil {
			return n, next, err
		}
		step := ids[:min(limit, len(ids))]
		filter[2].Value = among(step)
		removed, err := s.deleteAmong(ctx, now, filter, len(step))
		n += removed
		if err == nil && len(ids) <= limit {
			return n, next, s.noneLeft(ctx, user)
		}
		if err != nil {
			return n, next, err
		}
		if copyBytes(next[:], step[limit-1]) { // else it is none that could be gone on after
			return n, next, nil
		}
		_, last.Data = step[limit-1].Binary()
	}
}

// noneLeft returns an error if the user has sessions that another version has written.
func (s *Store) noneLeft(ctx context.Context, user string) error {
	_, err := s.find(ctx, bson.D{{Key: fieldUser, Value: user}, {Key: "$or", Value: otherLayout()}})
	if errors.Is(err, driver.ErrNotFound) {
		return nil
	}
	return err
}

// deleteAmong deletes what filter lets through, n documents at most, and returns how many of them were live.
func (s *Store) deleteAmong(ctx context.Context, now time.Time, filter bson.D, n int) (total int, err error) {
	for p := retry.For(patience); n > 0; {
		ended := 0
		deleted, err := s.deleteMany(ctx, append(filter, live(now)...))
		total += deleted
		if err == nil && deleted < n {
			ended, err = s.deleteMany(ctx, append(filter, bson.E{Key: "$nor", Value: bson.A{live(now)}}))
		}
		if err != nil || deleted+ended == n {
			return total, err
		}
		left, err := s.findIDs(ctx, filter, n) // see Delete
		if err != nil {
			return total, err
		}
		if n = len(left); n > 0 && !p.Wait(ctx) {
			return total, s.hindered(ctx, false)
		}
	}
	return total, nil
}

// Sweep implements [driver.Sweeper]. The indexes of [Store.EnsureIndexes] let the server do the same by its own clock.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	ctx, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for p := retry.For(patience); n < limit; {
		ids, err := s.findIDs(ctx, expired(now), min(limit-n, page))
		if err != nil || len(ids) == 0 {
			return n, err
		}
		deleted, err := s.deleteMany(ctx, append(bson.D{{Key: fieldID, Value: among(ids)}}, expired(now)...))
		n += deleted
		if err == nil && deleted == 0 && !p.Wait(ctx) {
			err = s.hindered(ctx, false)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// page is how many records are dealt with at once at most. They are read in one batch: one that is updated between two might be
// in neither.
const page = 1000

// findIDs returns the IDs of documents that filter lets through, in order. It asks for nothing that might be unreadable.
func (s *Store) findIDs(ctx context.Context, filter bson.D, limit int) ([]bson.RawValue, error) {
	opts := options.Find().
		SetProjection(bson.D{{Key: fieldID, Value: 1}}).
		SetSort(bson.D{{Key: fieldID, Value: 1}}).
		SetLimit(int64(limit)).
		SetBatchSize(int32(limit))
	var list []struct {
		ID bson.RawValue `bson:"_id"`
	}
	cursor, err := s.coll.Find(ctx, filter, opts)
	if err == nil {
		err = cursor.All(ctx, &list)
	}
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	ids := make([]bson.RawValue, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	return ids, nil
}

// deleteMany deletes what filter lets through. It is no atomic command: whatever the server answers, but for a refusal to begin, may have
// come after some documents are gone, or on one shard of several.
func (s *Store) deleteMany(ctx context.Context, filter bson.D) (n int, err error) {
	result, err := s.coll.DeleteMany(ctx, filter)
	if result != nil {
		n = int(result.DeletedCount)
	}
	switch {
	case err == nil:
		return n, nil
	case n == 0 && (unsent(err) || hasCode(err, forbidden...)):
		return 0, s.fault(ctx, err)
	}
	return n, unknown(ctx, err)
}

func among(ids []bson.RawValue) bson.D { return bson.D{{Key: "$in", Value: ids}} }
