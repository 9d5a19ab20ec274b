package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
)

// ListUser implements [driver.UserIndex].
func (s *Store) ListUser(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Meta, error) {
	if limit <= 0 {
		return nil, nil
	}
	filter := append(bson.D{
		{Key: fieldUser, Value: user},
		{Key: fieldID, Value: bson.D{{Key: "$gt", Value: bin(after[:])}}},
	}, live(now)...)
	records, err := s.findMany(ctx, filter, options.Find().
		SetSort(bson.D{{Key: fieldID, Value: 1}}).
		SetLimit(int64(limit)))
	list := make([]driver.Meta, len(records))
	for i, r := range records {
		list[i] = r.Meta
	}
	return list, err
}

// DeleteUserSession implements [driver.UserIndex].
func (s *Store) DeleteUserSession(ctx context.Context, now time.Time, user string, id driver.ID) error {
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
	n := 0
	var last driver.ID
	for {
		filter := bson.D{
			{Key: fieldUser, Value: user},
			{Key: fieldID, Value: bson.D{{Key: "$gt", Value: bin(last[:])}, {Key: "$ne", Value: bin(except[:])}}},
		}
		records, err := s.findMany(ctx, filter, page())
		if err != nil || len(records) == 0 {
			return n, err
		}
		last = records[len(records)-1].ID
		for len(records) > 0 {
			filter[1].Value = idsOf(records)
			deleted, err := s.deleteMany(ctx, append(filter, live(now)...))
			n += deleted
			if err != nil {
				return n, err
			}
			if deleted < len(records) {
				if _, err := s.deleteMany(ctx, append(filter, expired(now)...)); err != nil {
					return n, err
				}
			}
			if records, err = s.findMany(ctx, filter, page()); err != nil { // see Delete
				return n, err
			}
		}
	}
}

// page asks for some records in one batch: a record that is updated between two might be in neither.
func page() *options.FindOptionsBuilder {
	const size = 100
	return options.Find().SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(size).SetBatchSize(size)
}

// Sweep implements [driver.Sweeper]. The indexes of [Store.EnsureIndexes] let the server do the same by its own clock.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n := 0
	for n < limit {
		records, err := s.findMany(ctx, expired(now), options.Find().SetLimit(int64(limit-n)))
		if err != nil || len(records) == 0 {
			return n, err
		}
		deleted, err := s.deleteMany(ctx, append(bson.D{{Key: fieldID, Value: idsOf(records)}}, expired(now)...))
		n += deleted
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// findMany returns the metadata of the documents that filter lets through.
func (s *Store) findMany(ctx context.Context, filter bson.D, opts *options.FindOptionsBuilder) ([]stored, error) {
	p := append(bson.D{{Key: fieldID, Value: 1}}, projection(&driver.Update{})...)
	cursor, err := s.coll.Find(ctx, filter, opts.SetProjection(p))
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	defer cursor.Close(ctx)
	var list []stored
	for cursor.Next(ctx) {
		r, err := decode(cursor.Current)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if err := cursor.Err(); err != nil {
		return nil, s.fault(ctx, err)
	}
	return list, nil
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

func idsOf(records []stored) bson.D {
	ids := make(bson.A, len(records))
	for i, r := range records {
		ids[i] = bin(r.ID[:])
	}
	return bson.D{{Key: "$in", Value: ids}}
}
