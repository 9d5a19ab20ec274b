package peer

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	_ "modernc.org/sqlite" // registers "sqlite"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/mongostore"
	"github.com/atomicsession/atomicsession/mysqlstore"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
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
	MariaDB:  mariadbStore,
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

func mariadbStore(ctx context.Context, url, place string) (*Store, error) {
	db, err := mariadbDB(ctx, url, place)
	if err != nil {
		return nil, err
	}
	s, err := mysqlstore.New(db, nil)
	store, err := migrated(ctx, db, s, err)
	if err != nil {
		return nil, err
	}
	store.Clone = func(ctx context.Context, from driver.ID, to []driver.ID) error {
		ids := make([]string, len(to))
		for i := range to {
			ids[i] = hex.EncodeToString(to[i][:])
		}
		list, err := json.Marshal(ids)
		for _, statement := range mariadbClones {
			if err == nil {
				_, err = db.ExecContext(ctx, statement, string(list), from[:])
			}
		}
		return err
	}
	return store, nil
}

var mariadbClones = []string{
	`INSERT INTO atomicsession_session (id, verifier, signed_in, username, created, last_used, expires, expires_hour, lifetime, deadline, bytes, ops, floor)
	SELECT UNHEX(j.id), verifier, signed_in, username, created, last_used, expires, expires_hour, lifetime, deadline, bytes, ops, floor
	FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j, atomicsession_session s WHERE s.id = ?`,
	`INSERT INTO atomicsession_field (session, name, value)
	SELECT UNHEX(j.id), name, value FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) j, atomicsession_field f WHERE f.session = ?`,
}

// postgresStoreOverSQL is postgresStore in the application's database/sql, over the same driver.
func postgresStoreOverSQL(ctx context.Context, url, place string) (*Store, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(sqlConns)
	db.SetMaxIdleConns(sqlConns)
	s, err := pgstore.NewDB(db, &pgstore.Options{Schema: place})
	return migrated(ctx, db, s, err)
}

// sqliteStoreOverSQL is a store in a database that the application has opened with modernc's driver, as durable as sqliteStore.
func sqliteStoreOverSQL(ctx context.Context, url, place string) (*Store, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(url, place+".db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, err
	}
	s, err := sqlitedb.New(db, nil)
	return migrated(ctx, db, s, err)
}

// migrated returns the store, which is of its own database, once it has its tables.
func migrated[S interface {
	driver.Store
	Migrate(ctx context.Context) error
}](ctx context.Context, db *sql.DB, s S, err error) (*Store, error) {
	if err == nil {
		err = s.Migrate(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return &Store{Store: s, Close: func() { _ = db.Close() }}, nil
}
