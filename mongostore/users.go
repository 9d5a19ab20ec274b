package mongostore

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// whose is the filter for the records of a user, or everybody's.
func whose(user string) bson.D {
	if user == "" {
		return nil
	}
	return bson.D{{Key: fieldUser, Value: user}}
}

// List implements [driver.Finder].
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	ctx, err := s.ready(ctx)
	if err != nil || limit <= 0 {
		return nil, err
	}
	filter := append(whose(user),
		bson.E{Key: fieldID, Value: call("$gt", bin(after[:]))},
		bson.E{Key: "$or", Value: append(bson.A{live(now)}, otherLayout...)})
	opts := options.Find().SetProjection(listed).SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(int64(limit))
	var documents []bson.Raw
	patience := retry.For(s.timeout)
	err = s.readAll(ctx, &patience, &documents, func() (*mongo.Cursor, error) { return s.coll.Find(ctx, filter, opts) })
	if err != nil {
		return nil, err
	}
	list := make([]driver.Record, len(documents))
	for i, d := range documents {
		found, err := decode(d)
		if err != nil {
			return nil, err
		}
		list[i] = found.Record
	}
	return list, nil
}

// selected is the filter for the records of a selection, whatever their IDs, but those of other layouts.
func selected(s driver.Selection) bson.D {
	filter := append(whose(s.User), bson.E{Key: fieldLayout, Value: layout})
	if s.Before.IsZero() {
		return filter
	}
	before := date(s.Before)
	return append(filter, bson.E{Key: "$or", Value: bson.A{
		bson.D{
			{Key: fieldAuthenticated, Value: call("$lt", before)},
			{Key: "$expr", Value: typeIn("$"+fieldAuthenticated, "date")}, // and not an array with one
		},
		bson.D{
			{Key: fieldAuthenticated, Value: call("$exists", false)},
			{Key: fieldCreated, Value: call("$not", call("$gte", before))},
		},
	}})
}

// DeleteMany implements [driver.Finder]. A step is one read of IDs and one or two deletions, of 1000 sessions at most
// whatever limit is, and after the last step a read of what another version has written, which it leaves alone. A session that the user
// begins while it runs may stay.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
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
	filter := append(selected(sel), bson.E{Key: fieldID})
	these := &filter[len(filter)-1].Value
	for last := bin(after[:]); ; {
		*these = bson.D{{Key: "$gt", Value: last}, {Key: "$ne", Value: bin(sel.Except[:])}}
		ids, err := s.findIDs(ctx, &p, filter, limit+1)
		switch {
		case err != nil:
			return n, next, err
		case len(ids) == 0:
			return n, next, s.noneLeft(ctx, &p, sel)
		}
		step := ids[:min(limit, len(ids))]
		*these = call("$in", step)
		live, all, err := s.deleteAmong(ctx, &p, now, filter, len(step))
		n, changed = n+live, changed || all > 0
		switch {
		case err != nil:
			return n, next, err
		case len(ids) <= limit:
			return n, next, s.noneLeft(ctx, &p, sel)
		}
		if copyBytes(next[:], step[limit-1]) { // else it is none that could be gone on after
			return n, next, nil
		}
		_, last.Data = step[limit-1].Binary()
	}
}

// noneLeft returns an error if there are sessions of the user, or anybody's, of which nobody can tell whether they are in the selection:
// another version has written them, or their time of the sign-in is none.
func (s *Store) noneLeft(ctx context.Context, p *retry.Patience, sel driver.Selection) error {
	ways := otherLayout
	if !sel.Before.IsZero() {
		ways = append(slices.Clip(ways), bson.D{
			{Key: fieldID, Value: call("$ne", bin(sel.Except[:]))},
			{Key: "$expr", Value: not(typeIn("$"+fieldAuthenticated, "date", "missing"))},
		})
	}
	_, err := s.find(ctx, p, append(whose(sel.User), bson.E{Key: "$or", Value: ways}), nil)
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
		deleted, err := s.deleteMany(ctx, append(slices.Clip(filter), live(now)...))
		ended += deleted
		all += deleted
		if err == nil && deleted < left {
			var expired int
			expired, err = s.deleteMany(ctx, append(slices.Clip(filter), bson.E{Key: "$nor", Value: bson.A{live(now)}}))
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
