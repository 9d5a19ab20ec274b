package mongostore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	ctx, err := s.ready(ctx)
	if err != nil {
		return err
	}
	id := retry.NewOpID(nil)
	document, err := newDocument(v, r, id)
	if err != nil {
		return err
	}
	p := retry.For(s.timeout)
	return p.Once(ctx, func() error {
		_, err := s.coll.InsertOne(ctx, document)
		err = explain(ctx, err)
		// The client's own retry meets a duplicate of what the first try has inserted, where the server does not know it again.
		if errors.Is(err, driver.ErrUnknownOutcome) || mongo.IsDuplicateKeyError(err) {
			return s.confirm(ctx, &p, r.ID, id, err)
		}
		return err
	})
}

// confirm returns failed, the end of an insert, unless the record is there that the operation id has created, and as safe as
// the write concern asks: a write that changes nothing waits for it like any other.
func (s *Store) confirm(ctx context.Context, p *retry.Patience, record driver.ID, id retry.OpID, failed error) error {
	key := bson.E{Key: fieldID, Value: bin(record[:])}
	filter := bson.D{key, {Key: fieldLayout, Value: layout}, {Key: fieldOps, Value: bin(id[:])}}
	result, err := s.coll.UpdateOne(ctx, filter, call("$set", bson.D{{Key: fieldLayout, Value: layout}}))
	switch {
	case err == nil && result.MatchedCount > 0:
		return nil
	case errors.Is(failed, driver.ErrUnknownOutcome):
		return failed
	case err != nil:
		return retry.Lost(explain(ctx, err))
	}
	if _, err = s.find(ctx, p, bson.D{key}, nil); err == nil || errors.Is(err, driver.ErrCorrupt) {
		return driver.ErrExists
	}
	return failed
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	return s.load(ctx, now, k, nil)
}

// LoadFields implements [driver.FieldLoader].
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	return s.load(ctx, now, k, append([]string{}, names...))
}

// load is LoadFields, and of all fields if names is nil.
func (s *Store) load(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	ctx, err := s.ready(ctx)
	if err != nil {
		return driver.Record{}, err
	}
	p := retry.For(s.timeout)
	found, err := s.findLive(ctx, &p, now, k, names)
	return found.Record, err
}

// Delete implements [driver.Store]. Some servers report that nothing was deleted when an update of the document was under
// way, although it is still there: the store looks, and tries again.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	ctx, err := s.ready(ctx)
	if err != nil {
		return err
	}
	p, lost, answer := retry.For(s.timeout), false, error(nil)
	err = p.Repeat(ctx, func() error {
		result, err := s.coll.DeleteOne(ctx, guard(now, k))
		if err != nil {
			err = explain(ctx, err)
			lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
			return err
		}
		if result.DeletedCount > 0 {
			return nil
		}
		found, err := s.findLiveID(ctx, &p, now, k.ID)
		switch {
		case errors.Is(err, driver.ErrNotFound) && lost: // perhaps it was a try that was not answered
		case errors.Is(err, driver.ErrNotFound), err == nil && k.ByUser && found.User != k.User:
			answer = driver.ErrNotFound
		case err != nil:
			return err
		case !k.ByUser && !found.verifier.Equal(k.Verifier):
			answer = driver.ErrRenewed
		default:
			return retry.Refused(retry.ErrChanged)
		}
		return nil
	})
	return cmp.Or(err, answer)
}

// findLive returns the live record of a key, with these fields of its document or, if names is nil, all of it: with ErrRenewed and
// ErrReplayed as much as Load may return all the same.
func (s *Store) findLive(ctx context.Context, p *retry.Patience, now time.Time, k driver.Key, names []string) (stored, error) {
	found, err := s.find(ctx, p, lookup(now, k), names)
	switch {
	case err != nil, k.ByUser, found.verifier.Equal(k.Verifier):
		return found, err
	case !now.Before(found.renewed.Add(driver.RenewalWindow)):
		return stored{Record: driver.Record{Meta: driver.Meta{ID: found.ID, User: found.User}}}, driver.ErrReplayed
	case !found.signedIn:
		return stored{}, driver.ErrRenewed
	}
	return found, driver.ErrRenewed
}

// findLiveID returns the live record with an ID, whatever its verifier.
func (s *Store) findLiveID(ctx context.Context, p *retry.Patience, now time.Time, id driver.ID) (stored, error) {
	return s.find(ctx, p, bson.D{{Key: fieldID, Value: bin(id[:])}, {Key: "$or", Value: bson.A{live(now), foreign}}}, nil)
}

// find returns the one document that filter lets through: of its data these fields or, if names is nil, all.
func (s *Store) find(ctx context.Context, p *retry.Patience, filter bson.D, names []string) (stored, error) {
	var raw bson.Raw
	opts := options.FindOne()
	if names != nil {
		opts.SetProjection(part(names))
	}
	err := s.read(ctx, p, func() (err error) {
		raw, err = s.coll.FindOne(ctx, filter, opts).Raw()
		if errors.Is(err, mongo.ErrNoDocuments) { // an answer, too
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return stored{}, err
	case raw == nil:
		return stored{}, driver.ErrNotFound
	case len(names) > 0 && raw.Lookup(fieldData).IsZero() && checkLayout(raw.Lookup(fieldLayout)) == nil: // it is no document
		return stored{}, driver.Corrupt(fmt.Sprintf("field %q", fieldData))
	}
	return decode(raw)
}
