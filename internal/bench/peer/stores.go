package peer

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/mongostore"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// Store is a store of ours that is open.
type Store struct {
	driver.Store
	Close func()
	// Clone copies a record under other IDs, where that is much faster than to create as many; nil where it is not.
	Clone func(ctx context.Context, from driver.ID, to []driver.ID) error
}

// Stores open the stores of ours, in a place as that of [Peer.Open].
var Stores = map[string]func(ctx context.Context, url, place string) (*Store, error){
	Memory:   memoryStore,
	SQLite:   sqliteStore,
	MongoDB:  mongoStore,
	Redis:    redisStore,
	Postgres: postgresStore,
}

func memoryStore(context.Context, string, string) (*Store, error) {
	return &Store{Store: memstore.New(&memstore.Options{MaxBytes: math.MaxInt / 2}), Close: func() {}}, nil
}

func sqliteStore(ctx context.Context, url, place string) (*Store, error) {
	s, err := sqlitestore.Open(ctx, filepath.Join(url, place+".db"), nil)
	if err != nil {
		return nil, err
	}
	return &Store{Store: s, Close: func() { _ = s.Close() }}, nil
}

func mongoStore(ctx context.Context, url, place string) (*Store, error) {
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		return nil, err
	}
	closeStore := func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }
	c := client.Database(place).Collection("sessions")
	s, err := mongostore.New(c, nil)
	if err == nil {
		err = s.EnsureIndexes(ctx)
	}
	if err != nil {
		closeStore()
		return nil, err
	}
	return &Store{s, closeStore, func(ctx context.Context, from driver.ID, to []driver.ID) error {
		return cloneDocument(ctx, c, from, to)
	}}, nil
}

func cloneDocument(ctx context.Context, c *mongo.Collection, from driver.ID, to []driver.ID) error {
	var document bson.D
	if err := c.FindOne(ctx, bson.D{{Key: "_id", Value: bson.Binary{Data: from[:]}}}).Decode(&document); err != nil {
		return err
	}
	documents := make([]bson.D, len(to))
	for i, id := range to {
		documents[i] = slices.Clone(document)
		for j := range documents[i] {
			if documents[i][j].Key == "_id" {
				documents[i][j].Value = bson.Binary{Data: id[:]}
			}
		}
	}
	_, err := c.InsertMany(ctx, documents)
	return err
}

func redisStore(ctx context.Context, url, place string) (*Store, error) {
	return openRedis(ctx, url, redisstore.Options{Prefix: place + ":"})
}

func cachedRedisStore(ctx context.Context, url, place string) (*Store, error) {
	return openRedis(ctx, url, redisstore.Options{Prefix: place + ":", CacheTTL: time.Minute})
}

func openRedis(ctx context.Context, url string, o redisstore.Options) (*Store, error) {
	s, err := redisstore.Open(ctx, url, &o)
	if err != nil {
		return nil, err
	}
	return &Store{Store: s, Close: func() { _ = s.Close() }}, nil
}

func postgresStore(ctx context.Context, url, place string) (*Store, error) {
	pool, err := postgresPool(ctx, url, place)
	if err != nil {
		return nil, err
	}
	s, err := pgstore.New(pool, &pgstore.Options{Schema: place})
	if err == nil {
		err = s.Migrate(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &Store{s, pool.Close, func(ctx context.Context, from driver.ID, to []driver.ID) error {
		ids := make([][]byte, len(to))
		for i := range to {
			ids[i] = to[i][:]
		}
		_, err := pool.Exec(ctx, clone, from[:], ids)
		return err
	}}, nil
}

// clone expects the schema in the search path.
const clone = `
	WITH sessions AS (
		INSERT INTO session (id, verifier, username, created, last_used, expires, expires_hour, lifetime, deadline, bytes, ops, floor)
		SELECT clone, verifier, username, created, last_used, expires, expires_hour, lifetime, deadline, bytes, ops, floor
		FROM session, unnest($2::bytea[]) AS clone WHERE id = $1)
	INSERT INTO field (session, name, value)
	SELECT clone, name, value FROM field, unnest($2::bytea[]) AS clone WHERE session = $1`
