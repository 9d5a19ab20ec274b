package roundtrip

import (
	"context"
	"database/sql"
	"io"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // registers "mysql"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/mongostore"
	"github.com/atomicsession/atomicsession/mysqlstore"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// valueCount is how many values go through a store: the more the longer it runs, and the rarer the types among them.
func valueCount() int {
	if storetest.All() {
		return 20_000
	}
	return 5_000
}

// stores opens each store, in the order in which they are shown.
var stores = []struct {
	name string
	open func(testing.TB) driver.Store
}{
	{"memory", func(testing.TB) driver.Store { return memstore.New(nil) }},
	{"SQLite", openSQLite},
	{"PostgreSQL", openPostgreSQL},
	{"MariaDB", openMariaDB},
	{"Redis", openRedis},
	{"MongoDB", openMongoDB},
}

func TestRoundTrip(t *testing.T) {
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) { check(t, s.open(t), valueCount()) })
	}
}

func closeAtEnd(tb testing.TB, c io.Closer) {
	tb.Helper()
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
}

func openSQLite(tb testing.TB) driver.Store {
	store, err := sqlitestore.Open(tb.Context(), filepath.Join(tb.TempDir(), "sessions.db"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	closeAtEnd(tb, store)
	return store
}

func openRedis(tb testing.TB) driver.Store {
	store, err := redisstore.Open(tb.Context(), testserver.Serve(tb, "REDIS_URL", "redis-server.sh"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	closeAtEnd(tb, store)
	return store
}

func openPostgreSQL(tb testing.TB) driver.Store {
	pool, err := pgxpool.New(tb.Context(), testserver.Serve(tb, "POSTGRES_URL", "postgres-server.sh"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	store, err := pgstore.New(pool, &pgstore.Options{Schema: "roundtrip"})
	if err != nil {
		tb.Fatal(err)
	}
	if err := store.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return store
}

func openMariaDB(tb testing.TB) driver.Store {
	db, err := sql.Open("mysql", testserver.Serve(tb, "MYSQL_URL", "mariadb-server.sh"))
	if err != nil {
		tb.Fatal(err)
	}
	closeAtEnd(tb, db)
	store, err := mysqlstore.New(db, &mysqlstore.Options{Prefix: "roundtrip_"})
	if err != nil {
		tb.Fatal(err)
	}
	if err := store.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return store
}

func openMongoDB(tb testing.TB) driver.Store {
	url := testserver.Serve(tb, "MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_AUTH=")
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := client.Disconnect(ctx); err != nil {
			tb.Error(err)
		}
	})
	store, err := mongostore.New(client.Database("atomicsession_roundtrip").Collection("sessions"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	if err := store.EnsureIndexes(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return store
}
