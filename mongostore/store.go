package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/atomicsession/atomicsession/driver"
)

// Options configure a [Store]. There are none yet; nil is right.
type Options struct{}

// Store is a [driver.Store], [driver.UserIndex] and [driver.Sweeper]. It starts no goroutine and holds no connection of its
// own: the client of its collection does, and belongs to the application.
type Store struct {
	coll *mongo.Collection
}

var (
	_ driver.Store     = (*Store)(nil)
	_ driver.UserIndex = (*Store)(nil)
	_ driver.Sweeper   = (*Store)(nil)
)

// New returns a store that keeps its sessions in coll. It does no I/O; call [Store.EnsureIndexes] once before the store is
// used. The collection must have no default collation.
func New(coll *mongo.Collection, _ *Options) *Store {
	return &Store{coll.Clone(options.Collection().
		SetReadPreference(readpref.Primary()).
		SetRegistry(bson.NewRegistry()).
		SetBSONOptions(&options.BSONOptions{}))}
}

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := ctx.Err(); err != nil {
		return s.fault(ctx, err)
	}
	id := newOpID()
	document, err := newDocument(v, r, id)
	if err != nil {
		return err
	}
	_, err = s.coll.InsertOne(ctx, document)
	switch {
	case err == nil:
		return nil
	case mongo.IsDuplicateKeyError(err), lost(err):
		found, findErr := s.find(ctx, bson.D{{Key: fieldID, Value: bin(r.ID[:])}})
		switch {
		case findErr == nil && len(found.ops) > 0 && found.ops[0] == id:
			return nil
		case lost(err):
			return unknown(ctx, err)
		case findErr == nil || errors.Is(findErr, driver.ErrCorrupt):
			return driver.ErrExists
		}
	}
	return s.fault(ctx, err)
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	found, err := s.findLive(ctx, now, k)
	return found.Record, err
}

// Delete implements [driver.Store]. Some servers report that nothing was deleted when an update of the document was under
// way, although it is still there: the store looks, and tries again.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.delete(ctx, guard(now, k), func() error {
		_, err := s.findLive(ctx, now, k)
		return err
	})
}

// delete deletes the one document that filter names. If there is none it returns what look finds, ErrNotFound for instance.
func (s *Store) delete(ctx context.Context, filter bson.D, look func() error) error {
	if err := ctx.Err(); err != nil {
		return s.fault(ctx, err)
	}
	for tries := 1; ; { // more than one: a reply was lost, and the record may have been deleted by an earlier try
		result, err := s.coll.DeleteOne(ctx, filter)
		switch {
		case lost(err) && tries < maxTries && ctx.Err() == nil:
			tries++
			continue
		case lost(err), err != nil && tries > 1:
			return unknown(ctx, err)
		case err != nil:
			return s.fault(ctx, err)
		case result.DeletedCount > 0:
			return nil
		}
		err = look()
		switch {
		case err != nil && tries == 1, errors.Is(err, driver.ErrRenewed):
			return err
		case errors.Is(err, driver.ErrNotFound):
			return nil
		case err != nil:
			return unknown(ctx, err)
		}
	}
}

// findLive returns the live record of a key.
func (s *Store) findLive(ctx context.Context, now time.Time, k driver.Key) (stored, error) {
	found, err := s.find(ctx, lookup(now, k))
	if err == nil && !found.verifier.Equal(k.Verifier) {
		err = driver.ErrRenewed
	}
	return found, err
}

// find returns the one document that filter lets through.
func (s *Store) find(ctx context.Context, filter bson.D) (stored, error) {
	raw, err := s.coll.FindOne(ctx, filter).Raw()
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return stored{}, driver.ErrNotFound
	case err != nil:
		return stored{}, s.fault(ctx, err)
	}
	return decode(raw)
}
