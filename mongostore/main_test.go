package mongostore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/mongostore"
)

// uri is the server that the tests use: that of MONGODB_URI, or one of their own.
var uri string

func TestMain(m *testing.M) {
	storetest.Main(m, func() (stop func(), err error) {
		uri, stop, err = testserver.Use("MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_TTL=2 seconds", "MONGO_SERVER_AUTH=")
		return stop, err
	}, func() error { return goleak.Find() })
}

// connect returns a client of the tests' server that the test's end disconnects.
func connect(tb testing.TB, opts ...*options.ClientOptions) *mongo.Client {
	tb.Helper()
	return dial(tb, append([]*options.ClientOptions{options.Client().ApplyURI(uri)}, opts...)...)
}

func dial(tb testing.TB, opts ...*options.ClientOptions) *mongo.Client {
	tb.Helper()
	client, err := mongo.Connect(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { client.Disconnect(context.Background()) })
	return client
}

var collections atomic.Int64

// collection returns an empty collection, which the test's end drops.
func collection(tb testing.TB, opts ...*options.ClientOptions) *mongo.Collection {
	tb.Helper()
	name := fmt.Sprintf("sessions_%d_%d", os.Getpid(), collections.Add(1))
	coll := connect(tb, opts...).Database("atomicsession_test").Collection(name)
	tb.Cleanup(func() { coll.Drop(context.Background()) })
	return coll
}

// twin returns the same collection through another client.
func twin(tb testing.TB, coll *mongo.Collection, opts ...*options.ClientOptions) *mongo.Collection {
	tb.Helper()
	return connect(tb, opts...).Database(coll.Database().Name()).Collection(coll.Name())
}

// newStore returns a store with the default options.
func newStore(tb testing.TB, coll *mongo.Collection) *mongostore.Store {
	tb.Helper()
	return newStoreWith(tb, coll, nil)
}

func newStoreWith(tb testing.TB, coll *mongo.Collection, opts *mongostore.Options) *mongostore.Store {
	tb.Helper()
	s, err := mongostore.New(coll, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// open returns two clients of one new collection.
func open(tb testing.TB) (a, b driver.Store) {
	tb.Helper()
	coll := collection(tb)
	store := newStore(tb, coll)
	if err := store.EnsureIndexes(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return store, newStore(tb, twin(tb, coll))
}

var now = time.Now().UTC().Truncate(time.Millisecond)

// newSession returns a key and a record under it that lives for an hour.
func newSession(data string) (driver.Key, driver.Record) {
	id := bson.NewObjectID()
	k := driver.Key{Verifier: driver.Secret{1, 2, 3}.Verifier()}
	copy(k.ID[:], id[:])
	return k, driver.Record{
		Meta: driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour},
		Data: doc(data),
	}
}

// create puts a new session into the store.
func create(tb testing.TB, s driver.Store, data string) driver.Key {
	tb.Helper()
	k, r := newSession(data)
	if err := s.Create(tb.Context(), k.Verifier, r); err != nil {
		tb.Fatal(err)
	}
	return k
}

// load returns the text of the session's data, or of the error.
func load(tb testing.TB, s driver.Store, k driver.Key) string {
	tb.Helper()
	r, err := s.Load(context.WithoutCancel(tb.Context()), now, k)
	if err != nil {
		return err.Error()
	}
	return r.Data.Text()
}

func update(ops ...driver.Op) *driver.Update { return &driver.Update{Ops: ops} }

// updateText shows u: values do not print.
func updateText(u *driver.Update) string {
	text, err := json.Marshal(u)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func value(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic(err)
	}
	return v
}

func doc(text string) driver.Doc { return value(text).Doc() }
