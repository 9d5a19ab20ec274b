package mongostore_test

import (
	"fmt"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mongostore"
)

var uri = os.Getenv("MONGODB_URI")

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

func connect(tb testing.TB, opts ...*options.ClientOptions) *mongo.Client {
	tb.Helper()
	client, err := mongo.Connect(append([]*options.ClientOptions{options.Client().ApplyURI(uri)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { client.Disconnect(tb.Context()) })
	return client
}

var n int

func open(tb testing.TB) (a, b driver.Store) {
	n++
	name := fmt.Sprintf("c%d_%d", os.Getpid(), n)
	ca, cb := connect(tb).Database("atomicsession").Collection(name), connect(tb).Database("atomicsession").Collection(name)
	tb.Cleanup(func() { ca.Drop(tb.Context()) })
	_ = bson.D{}
	sa := mongostore.New(ca, nil)
	if err := sa.EnsureIndexes(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := sa.EnsureIndexes(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return sa, mongostore.New(cb, nil)
}
