package peer

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/mongodbstore"
	"github.com/alexedwards/scs/mysqlstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// No store of scs removes expired sessions here: ours does not either.
const noCleanup = 0

func scsMemory(context.Context, string, string) (scs.Store, func(), error) {
	return memstore.NewWithCleanupInterval(noCleanup), func() {}, nil
}

func scsRedis(_ context.Context, url, place string) (scs.Store, func(), error) {
	client, err := goRedis(url)
	if err != nil {
		return nil, nil, err
	}
	return goredisstore.NewWithPrefix(client, place+":"), func() { _ = client.Close() }, nil
}

func goRedis(url string) (*redis.Client, error) {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(opts), nil
}

// scsSQLite uses the driver that our store uses, and settings as durable.
func scsSQLite(ctx context.Context, url, place string) (scs.Store, func(), error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(url, place+".db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(4) // more only wait for each other
	db.SetMaxIdleConns(4)
	_, err = db.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
		CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)`)
	return sqlite3store.NewWithCleanupInterval(db, noCleanup), func() { _ = db.Close() }, err
}

func scsMongoDB(ctx context.Context, url, place string) (scs.Store, func(), error) {
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(url))
	if err != nil {
		return nil, nil, err
	}
	db := client.Database(place)
	// Its documentation does not ask for an index, but without one every request reads the whole collection.
	_, err = db.Collection("sessions").Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "token", Value: 1}}})
	closeStore := func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }
	return mongodbstore.NewWithCleanupInterval(db, noCleanup), closeStore, err
}

func scsPostgres(ctx context.Context, url, place string) (scs.Store, func(), error) {
	pool, err := postgresPool(ctx, url, place)
	if err != nil {
		return nil, nil, err
	}
	_, err = pool.Exec(ctx, `
		CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL);
		CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)`)
	return pgxstore.NewWithCleanupInterval(pool, noCleanup), pool.Close, err
}

// postgresPool returns connections that work in a schema of the name, which it makes.
func postgresPool(ctx context.Context, url, place string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.RuntimeParams["search_path"] = place
	config.MaxConns = sqlConns
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+place); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func scsMariaDB(ctx context.Context, url, place string) (scs.Store, func(), error) {
	db, err := mariadbDB(ctx, url, place)
	if err != nil {
		return nil, nil, err
	}
	// The table of its documentation, but for BLOB, which is full with 64 KB.
	_, err = db.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS sessions (token CHAR(43) PRIMARY KEY, data LONGBLOB NOT NULL, expiry TIMESTAMP(6) NOT NULL,
			INDEX sessions_expiry_idx (expiry))`)
	return mysqlstore.NewWithCleanupInterval(db, noCleanup), func() { _ = db.Close() }, err
}

// mariadbDB returns connections that work in a database of the name, which it makes. The parameters are those that scs asks for.
func mariadbDB(ctx context.Context, url, place string) (*sql.DB, error) {
	config, err := mysql.ParseDSN(url)
	if err != nil {
		return nil, err
	}
	server, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		return nil, err
	}
	defer server.Close()
	if _, err := server.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS "+place); err != nil {
		return nil, err
	}
	config.DBName, config.ParseTime = place, true
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(sqlConns)
	db.SetMaxIdleConns(sqlConns)
	return db, nil
}

// sqlConns is the size of every pool.
const sqlConns = 16

func openSCS(open func(ctx context.Context, url, place string) (scs.Store, func(), error)) opener {
	return func(ctx context.Context, url, place string) (*App, error) {
		store, closeStore, err := open(ctx, url, place)
		if err != nil {
			return nil, err
		}
		sessions := newSCS()
		sessions.Store = store
		sessions.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) { // the default logs as well
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		return &App{Handler: serveSCS(sessions), Close: closeStore}, nil
	}
}

func newSCS() *scs.SessionManager {
	sessions := scs.New()
	sessions.Lifetime = 14 * 24 * time.Hour
	sessions.Cookie.Secure = true
	return sessions
}

func serveSCS(sessions *scs.SessionManager) http.Handler {
	return sessions.LoadAndSave(serve(func(_ http.ResponseWriter, r *http.Request) (Session, error) {
		return scsSession{r.Context(), sessions}, nil
	}, failed))
}

type scsSession struct {
	ctx context.Context
	m   *scs.SessionManager
}

func (s scsSession) Text(name string) (string, error) { return s.m.GetString(s.ctx, name), nil }

func (s scsSession) Set(fields ...Field) error {
	for _, f := range fields {
		s.m.Put(s.ctx, f.Name, f.Text)
	}
	return nil
}

func (s scsSession) Add(name string) error {
	s.m.Put(s.ctx, name, s.m.GetInt64(s.ctx, name)+1)
	return nil
}

func (s scsSession) Count(name string) (int64, error) { return s.m.GetInt64(s.ctx, name), nil }

func (s scsSession) Take(name string) (string, error) { return s.m.PopString(s.ctx, name), nil }

func (s scsSession) Fields() (map[string]string, error) {
	fields := make(map[string]string)
	for _, name := range s.m.Keys(s.ctx) {
		if text, ok := s.m.Get(s.ctx, name).(string); ok {
			fields[name] = text
		}
	}
	return fields, nil
}

func (s scsSession) SignIn(user string) error {
	if err := s.m.RenewToken(s.ctx); err != nil {
		return err
	}
	s.m.Put(s.ctx, "user", user)
	return nil
}

func (s scsSession) Renew() error { return s.m.RenewToken(s.ctx) }

// RevokeOthers goes through all sessions, as the library's documentation shows.
func (s scsSession) RevokeOthers() error {
	user, mine := s.m.GetString(s.ctx, "user"), s.m.Token(s.ctx)
	err := s.m.Iterate(s.ctx, func(ctx context.Context) error {
		if s.m.GetString(ctx, "user") == user && s.m.Token(ctx) != mine {
			return s.m.Destroy(ctx)
		}
		return nil
	})
	if errors.Is(err, errors.ErrUnsupported) {
		return errNotOffered
	}
	return err
}

func (s scsSession) SignOut() error { return s.m.Destroy(s.ctx) }

func (scsSession) Save() error { return nil }
