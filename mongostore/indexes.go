package mongostore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// ErrIndex is what [Store.EnsureIndexes] returns if there is an index on the same fields, or with the same name, as one that
// the store needs, but with other options. It was left alone: drop it, or give the sessions a collection of their own.
var ErrIndex = errors.New("index in the way")

// ErrCollation is what [Store.EnsureIndexes] returns if the collection has a default collation: users, and whatever else is
// compared, would be equal to others that are spelled differently.
var ErrCollation = errors.New("collection with a default collation")

// index is one that the store needs.
type index struct {
	name string
	keys bson.D
	ttl  bool // or only of documents that have the first key
}

var indexes = []index{
	{name: "expires_1", keys: bson.D{{Key: fieldExpires, Value: int32(1)}}, ttl: true},
	{name: "deadline_1", keys: bson.D{{Key: fieldDeadline, Value: int32(1)}}, ttl: true},
	{name: "user_1__id_1", keys: bson.D{{Key: fieldUser, Value: int32(1)}, {Key: fieldID, Value: int32(1)}}},
}

// EnsureIndexes makes the indexes that the store needs, if they are not there: two by which the server removes sessions
// that have ended, usually within a minute, and one that finds the sessions of a user. It is meant to be called at every
// start, by any number of processes. It changes nothing and returns [ErrIndex] if an index is in the way, and
// [ErrCollation] if the collection is not fit for sessions.
func (s *Store) EnsureIndexes(ctx context.Context) error {
	ctx, err := s.ready(ctx)
	if err != nil {
		return err
	}
	p := retry.For(s.timeout)
	wanted, err := s.missing(ctx, &p)
	if err != nil || len(wanted) == 0 {
		return err
	}
	models := make([]mongo.IndexModel, len(wanted))
	for i, ix := range wanted {
		models[i] = ix.model()
	}
	return s.read(ctx, &p, func() error { // no session is changed
		_, err := s.coll.Indexes().CreateMany(ctx, models)
		return err
	})
}

// missing returns the indexes that EnsureIndexes would make.
func (s *Store) missing(ctx context.Context, p *retry.Patience) (wanted []index, err error) {
	var existing []existingIndex
	err = s.readAll(ctx, p, &existing, func() (*mongo.Cursor, error) { return s.coll.Indexes().List(ctx) })
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(existing, func(e existingIndex) bool { return e.Name == "_id_" && len(e.Collation) > 0 }) {
		return nil, ErrCollation // which every index has that names none of its own
	}
	for _, ix := range indexes {
		found, err := ix.in(existing)
		if err != nil {
			return nil, err
		}
		if !found {
			wanted = append(wanted, ix)
		}
	}
	return wanted, nil
}

func (ix index) model() mongo.IndexModel {
	opts := options.Index().SetName(ix.name)
	if ix.ttl {
		opts.SetExpireAfterSeconds(0)
	} else {
		opts.SetPartialFilterExpression(ix.filter())
	}
	return mongo.IndexModel{Keys: ix.keys, Options: opts}
}

func (ix index) filter() bson.D { return call(ix.keys[0].Key, call("$exists", true)) }

// in reports whether ix is among the existing indexes; ErrIndex if one is in its way.
func (ix index) in(existing []existingIndex) (bool, error) {
	for _, e := range existing {
		sameKeys := slices.EqualFunc(e.Key, ix.keys, func(a, b bson.E) bool {
			return a.Key == b.Key && fmt.Sprint(a.Value) == fmt.Sprint(b.Value)
		})
		switch {
		case sameKeys && e.fits(ix):
			return true, nil
		case sameKeys || e.Name == ix.name:
			return false, fmt.Errorf("%w: %q differs from what the store needs as %q", ErrIndex, e.Name, ix.name)
		}
	}
	return false, nil
}

// existingIndex is an index as the server lists it.
type existingIndex struct {
	Name               string
	Key                bson.D
	ExpireAfterSeconds *float64 `bson:"expireAfterSeconds"`
	Partial            bson.D   `bson:"partialFilterExpression"`
	Unique             bool
	Hidden             bool
	Collation          bson.D
}

// fits reports whether e has the options of ix. A TTL index with another delay would keep ended sessions, or drop live
// ones. An index for the users may hold more documents than ix does.
func (e existingIndex) fits(ix index) bool {
	if e.Unique || e.Hidden || len(e.Collation) > 0 || e.ExpireAfterSeconds != nil != ix.ttl {
		return false
	}
	if ix.ttl {
		return *e.ExpireAfterSeconds == 0 && len(e.Partial) == 0
	}
	return len(e.Partial) == 0 || reflect.DeepEqual(e.Partial, ix.filter())
}
