package roundtrip

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/mongostore"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// How many values go through each store.
const (
	many = 20_000
	some = 5_000 // of a server
)

func TestMemory(t *testing.T) { check(t, memstore.New(nil), many) }

func TestSQLite(t *testing.T) {
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, store)
	check(t, store, many)
}

func closeAtEnd(t *testing.T, c io.Closer) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestRedis(t *testing.T) {
	store, err := redisstore.Open(t.Context(), testserver.Serve(t, "REDIS_URL", "redis-server.sh"), nil)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, store)
	check(t, store, some)
}

func TestPostgreSQL(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), testserver.Serve(t, "POSTGRES_URL", "postgres-server.sh"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := pgstore.New(pool, &pgstore.Options{Schema: "roundtrip"})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, store, some)
}

func TestMongoDB(t *testing.T) {
	url := testserver.Serve(t, "MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_AUTH=")
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := client.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	})
	store, err := mongostore.New(client.Database("atomicsession_roundtrip").Collection("sessions"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.EnsureIndexes(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, store, some)
}
