package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Options configure a [Store]; nil is the default.
type Options struct {
	// WriteConcern is what the server must have done with a change before it acknowledges it; nil is majority. It is not taken
	// from the collection or its client, which do not tell what theirs is. One that asks for no acknowledgement (w: 0) is an
	// error of every method of the store.
	WriteConcern *writeconcern.WriteConcern
}

// Store is a [driver.Store], [driver.UserIndex] and [driver.Sweeper]. It starts no goroutine and holds no connection of its
// own: the client of its collection does, and belongs to the application.
type Store struct {
	coll  *mongo.Collection
	unfit error // why the store cannot be used, nil if it can
	turns retry.Turns
}

var (
	_ driver.Store     = (*Store)(nil)
	_ driver.UserIndex = (*Store)(nil)
	_ driver.Sweeper   = (*Store)(nil)
)

// New returns a store that keeps its sessions in coll. It does no I/O; call [Store.EnsureIndexes] once before the store is
// used. The collection must have no default collation.
func New(coll *mongo.Collection, opts *Options) *Store {
	concern := writeconcern.Majority()
	if opts != nil && opts.WriteConcern != nil {
		concern = opts.WriteConcern
	}
	s := &Store{coll: coll.Clone(options.Collection().
		SetWriteConcern(concern).
		SetReadPreference(readpref.Primary()).
		SetRegistry(bson.NewRegistry()).
		SetBSONOptions(&options.BSONOptions{}))}
	if !concern.Acknowledged() {
		s.unfit = fmt.Errorf("%w: nothing is acknowledged with the write concern w: 0", driver.ErrUnavailable)
	}
	return s
}

// begin is the first step of every method. It takes the driver session, if there is one, out of the context: what a session
// acknowledges must not be undone with a transaction of the application's.
func (s *Store) begin(ctx context.Context) (context.Context, error) {
	if ctx.Err() != nil {
		return ctx, s.fault(ctx, ctx.Err())
	}
	return mongo.NewSessionContext(ctx, nil), s.unfit
}

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	ctx, err := s.begin(ctx)
	if err != nil {
		return err
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
	case lost(err), mongo.IsDuplicateKeyError(err): // which the client's own retry meets where the server does not know it again
		there, confirmErr := s.confirm(ctx, r.ID, id)
		switch {
		case there:
			return nil
		case lost(err):
			return unknown(ctx, err)
		case confirmErr != nil:
			return unknown(ctx, confirmErr)
		}
		_, findErr := s.find(ctx, bson.D{{Key: fieldID, Value: bin(r.ID[:])}})
		if findErr == nil || errors.Is(findErr, driver.ErrCorrupt) {
			return driver.ErrExists
		}
	}
	return s.fault(ctx, err)
}

// confirm reports whether the record is there that the operation id has created, and as safe as the write concern asks: a
// write that changes nothing waits for it like any other.
func (s *Store) confirm(ctx context.Context, record driver.ID, id opID) (bool, error) {
	filter := bson.D{{Key: fieldID, Value: bin(record[:])}, {Key: fieldLayout, Value: layout}, {Key: fieldOps, Value: id.bson()}}
	result, err := s.coll.UpdateOne(ctx, filter, bson.D{{Key: "$set", Value: bson.D{{Key: fieldLayout, Value: layout}}}})
	return err == nil && result.MatchedCount > 0, err
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	ctx, err := s.begin(ctx)
	if err != nil {
		return driver.Record{}, err
	}
	found, err := s.findLive(ctx, now, k)
	return found.Record, err
}

// Delete implements [driver.Store]. Some servers report that nothing was deleted when an update of the document was under
// way, although it is still there: the store looks, and tries again.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	ctx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	return s.delete(ctx, guard(now, k), func() error {
		found, err := s.findLiveID(ctx, now, k.ID)
		if err == nil && !found.verifier.Equal(k.Verifier) {
			return driver.ErrRenewed
		}
		return err
	})
}

// errOther: the record lives, and is not what a deletion asks for.
var errOther = fmt.Errorf("%w: it is another user's", driver.ErrNotFound)

// delete deletes the one document that filter names. If there is none it returns what look finds: ErrNotFound if no live record has the
// ID, which then may be so because of a try that was not answered, and ErrRenewed or errOther if the one that has it lives on.
func (s *Store) delete(ctx context.Context, filter bson.D, look func() error) error {
	p := retry.For(patience)
	for tries := 1; ; { // more than one: a reply was lost, and the record may have been deleted by an earlier try
		result, err := s.coll.DeleteOne(ctx, filter)
		switch {
		case lost(err) && tries < maxTries && p.Wait(ctx):
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
		case errors.Is(err, errOther):
			return driver.ErrNotFound
		case err != nil && tries == 1, errors.Is(err, driver.ErrRenewed):
			return err
		case errors.Is(err, driver.ErrNotFound):
			return nil
		case err != nil:
			return unknown(ctx, err)
		}
		if !p.Wait(ctx) {
			return s.hindered(ctx, tries > 1)
		}
	}
}

// findLive returns the live record of a key: with ErrRenewed only if Load may return it all the same.
func (s *Store) findLive(ctx context.Context, now time.Time, k driver.Key) (stored, error) {
	found, err := s.find(ctx, lookup(now, k))
	if err == nil && !found.verifier.Equal(k.Verifier) {
		err = driver.ErrRenewed
		if !found.signedIn {
			found = stored{}
		}
	}
	return found, err
}

// findLiveID returns the live record with an ID, whatever its verifier.
func (s *Store) findLiveID(ctx context.Context, now time.Time, id driver.ID) (stored, error) {
	return s.find(ctx, bson.D{{Key: fieldID, Value: bin(id[:])}, {Key: "$or", Value: bson.A{
		live(now),
		bson.D{{Key: fieldLayout, Value: bson.D{{Key: "$ne", Value: layout}}}}, // for decode to refuse
	}}})
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
