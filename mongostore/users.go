package mongostore

import (
	"context"
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
	filter := append(bson.D{
		{Key: fieldUser, Value: user},
		{Key: fieldID, Value: bson.D{{Key: "$gt", Value: bin(after[:])}}},
	}, live(now)...)
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
		_, err := s.find(ctx, filter)
		return err
	})
}

// DeleteUserSessions implements [driver.UserIndex]. A session that the user begins while it runs may stay.
func (s *Store) DeleteUserSessions(ctx context.Context, now time.Time, user string, except driver.ID) (int, error) {
	ctx, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	last := bin(make([]byte, len(except)))
	for {
		filter := bson.D{
			{Key: fieldUser, Value: user},
			{Key: fieldLayout, Value: layout},
			{Key: fieldID, Value: bson.D{{Key: "$gt", Value: last}, {Key: "$ne", Value: bin(except[:])}}},
		}
		ids, err := s.findIDs(ctx, filter, page)
		if err != nil || len(ids) == 0 {
			return n, err
		}
		_, last.Data = ids[len(ids)-1].Binary()
		for p := retry.For(patience); len(ids) > 0; {
			filter[2].Value = among(ids)
			deleted, err := s.deleteMany(ctx, append(filter, live(now)...))
			n += deleted
			if err == nil && deleted < len(ids) {
				_, err = s.deleteMany(ctx, append(filter, bson.E{Key: "$nor", Value: bson.A{live(now)}}))
			}
			if err == nil {
				ids, err = s.findIDs(ctx, filter, page) // see Delete
			}
			if err == nil && len(ids) > 0 && !p.Wait(ctx) {
				err = s.hindered(ctx, false)
			}
			if err != nil {
				return n, err
			}
		}
	}
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

// page is how many records are read in one batch: one that is updated between two might be in neither.
const page = 1000

// findIDs returns the IDs of documents that filter lets through, in order. It asks for nothing that might be unreadable.
func (s *Store) findIDs(ctx context.Context, filter bson.D, limit int) ([]bson.RawValue, error) {
	opts := options.Find().
		SetProjection(bson.D{{Key: fieldID, Value: 1}}).
		SetSort(bson.D{{Key: fieldID, Value: 1}}).
		SetLimit(int64(limit)).
		SetBatchSize(page)
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

func (s *Store) deleteMany(ctx context.Context, filter bson.D) (int, error) {
	result, err := s.coll.DeleteMany(ctx, filter)
	switch {
	case lost(err):
		return 0, unknown(ctx, err)
	case err != nil:
		return 0, s.fault(ctx, err)
	}
	return int(result.DeletedCount), nil
}

func among(ids []bson.RawValue) bson.D { return bson.D{{Key: "$in", Value: ids}} }
