package mongostore

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// WriteConcern is what the server must have done with a change before it acknowledges it; nil is majority. It is not taken
	// from the collection or its client, which do not tell what theirs is. One that asks for no acknowledgement (w: 0) is an
	// error of New.
	WriteConcern *writeconcern.WriteConcern
	// Timeout bounds how long a call goes on trying while the server cannot be reached, gives up on commands or is replaced, or others
	// come between, if its context does not end earlier; default 5 s. A single try is bounded by its context and the client, which
	// waits for a server for 30 s by default: see [options.ClientOptions.SetServerSelectionTimeout].
	Timeout time.Duration
}

const defaultTimeout = 5 * time.Second

// Store is a [driver.Store], [driver.Finder], [driver.FieldLoader] and [driver.Sweeper]. It starts no goroutine and holds no
// connection of its own: the client of its collection does, and belongs to the application.
type Store struct {
	coll    *mongo.Collection
	timeout time.Duration
	turns   retry.Turns
}

var (
	_ driver.Store       = (*Store)(nil)
	_ driver.Finder      = (*Store)(nil)
	_ driver.FieldLoader = (*Store)(nil)
	_ driver.Sweeper     = (*Store)(nil)
)

// New returns a store that keeps its sessions in coll. It does no I/O; call [Store.EnsureIndexes] once before the store is
// used. The collection must have no default collation. opts may be nil.
func New(coll *mongo.Collection, opts *Options) (*Store, error) {
	o := *cmp.Or(opts, &Options{})
	o.WriteConcern, o.Timeout = cmp.Or(o.WriteConcern, writeconcern.Majority()), cmp.Or(o.Timeout, defaultTimeout)
	switch {
	case !o.WriteConcern.IsValid() || !o.WriteConcern.Acknowledged():
		return nil, errors.New("mongostore: WriteConcern: must be one that the server acknowledges, not w: 0")
	case o.Timeout < 0:
		return nil, errors.New("mongostore: Timeout: must not be negative")
	}
	return &Store{timeout: o.Timeout, coll: coll.Clone(options.Collection().
		SetWriteConcern(o.WriteConcern).
		SetReadPreference(readpref.Primary()).
		SetRegistry(bson.NewRegistry()).
		SetBSONOptions(&options.BSONOptions{}))}, nil
}

// ready is the first step of every method. It takes the driver session, if there is one, out of the context: what a session
// acknowledges must not be undone with a transaction of the application's.
func (s *Store) ready(ctx context.Context) (context.Context, error) {
	return mongo.NewSessionContext(ctx, nil), ctx.Err()
}

// read calls ask until it gets an answer.
func (s *Store) read(ctx context.Context, p *retry.Patience, ask func() error) error {
	return p.Read(ctx, func() error { return explain(ctx, ask()) })
}

// readAll reads what a query finds into list.
func (s *Store) readAll(ctx context.Context, p *retry.Patience, list any, query func() (*mongo.Cursor, error)) error {
	return s.read(ctx, p, func() error {
		cursor, err := query()
		if err != nil {
			return err
		}
		return cursor.All(ctx, list)
	})
}
