package snippets

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/mongostore"
	"github.com/atomicsession/atomicsession/mysqlstore"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

import _ "github.com/go-sql-driver/mysql"

import _ "github.com/jackc/pgx/v5/stdlib" // or github.com/lib/pq, whose name for sql.Open is "postgres"

import _ "modernc.org/sqlite" // or github.com/ncruces/go-sqlite3/driver, or github.com/mattn/go-sqlite3

func sqlite(ctx context.Context) error {
	store, err := sqlitestore.Open(ctx, "/var/lib/app/sessions.db", nil)
	defer store.Close()
	return err
}

func sqliteDB(ctx context.Context) error {
	db, err := sql.Open("sqlite", "file:app.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)

	store, err := sqlitedb.New(db, nil)
	err = store.Migrate(ctx)
	return err
}

func postgres(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, "postgres://app:password@localhost:5432/app")
	defer pool.Close()
	store, err := pgstore.New(pool, nil)
	err = store.Migrate(ctx)
	return err
}

func postgresDB(ctx context.Context) error {
	db, err := sql.Open("pgx", "postgres://app:password@localhost:5432/app") // the application's own
	store, err := pgstore.NewDB(db, nil)
	err = store.Migrate(ctx)
	return err
}

func mysql(ctx context.Context) (*atomicsession.Manager, error) {
	db, err := sql.Open("mysql", "app:password@tcp(localhost:3306)/app")
	defer db.Close()
	store, err := mysqlstore.New(db, nil)
	err = store.Migrate(ctx)
	sessions, err := atomicsession.New(store, nil)
	return sessions, err
}

func mongoDB(ctx context.Context, uri string) (*atomicsession.Manager, error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	store, err := mongostore.New(client.Database("app").Collection("sessions"), nil)
	err = store.EnsureIndexes(ctx) // at every start
	sessions, err := atomicsession.New(store, nil)
	return sessions, err
}

func mongoDBConcern(coll *mongo.Collection) (*mongostore.Store, error) {
	store, err := mongostore.New(coll, &mongostore.Options{WriteConcern: writeconcern.W1()})
	return store, err
}

func redis(ctx context.Context) error {
	store, err := redisstore.Open(ctx, "redis://:password@localhost:6379/0", nil)
	defer store.Close()
	return err
}

func redisCache(ctx context.Context, url string) (*redisstore.Store, error) {
	store, err := redisstore.Open(ctx, url, &redisstore.Options{CacheTTL: time.Minute}) // or ?cache_ttl=1m in the URL
	return store, err
}

func durable(ctx context.Context, options *atomicsession.Options) error {
	store, err := sqlitestore.Open(ctx, "sessions.db", nil)
	sessions, err := atomicsession.New(store, options)

	// Removes expired sessions, until ctx ends.
	go sessions.RunSweeper(ctx, 10*time.Minute)
	return err
}
