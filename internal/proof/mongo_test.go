package proof

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/mongostore"
)

func connectMongo(tb testing.TB, address string) driver.Store { return openMongo(tb, address) }

// openMongo returns a store in the collection that a parameter of the address names.
func openMongo(tb testing.TB, address string) *mongostore.Store {
	tb.Helper()
	uri, collection := without(tb, address, "collection")
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
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
	s, err := mongostore.New(client.Database("proof").Collection(collection), &mongostore.Options{Timeout: 9 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// indexed makes a collection and returns its address.
func indexed(tb testing.TB, server string) string {
	tb.Helper()
	address := server + "?collection=" + fresh()
	if err := openMongo(tb, address).EnsureIndexes(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return address
}

var mongodb = linearizable.Store{
	Start: func(tb testing.TB) string {
		return indexed(tb, shared(tb, "MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_AUTH="))
	},
	Connect: connectMongo,
}

// mongoServer returns the harm that comes to the server, which is a gateway before a PostgreSQL server.
func mongoServer() []nemesis {
	var all []nemesis
	for _, h := range []struct {
		name  string
		lines []string
		long  bool
	}{
		{"gateway killed", []string{"kill-gateway"}, false},
		{"gateway paused", []string{"pause-gateway", "resume-gateway"}, true},
		{"database killed", []string{"kill-postgres"}, true},
	} {
		var server *testserver.Server
		harm := func(ctx context.Context) error {
			for i, line := range h.lines {
				if i > 0 {
					pause(ctx, 100*time.Millisecond)
				}
				if err := server.Do(line); err != nil {
					return err
				}
			}
			return nil
		}
		all = append(all, nemesis{name: h.name, harm: harm, long: h.long, store: linearizable.Store{
			Start: func(tb testing.TB) string {
				var err error
				if server, err = testserver.Start("mongo-server.sh", "MONGO_SERVER_AUTH=", "MONGO_SERVER_DURABLE=1"); err != nil {
					tb.Fatal(err)
				}
				tb.Cleanup(func() {
					if err := server.Stop(); err != nil {
						tb.Error(err)
					}
				})
				return indexed(tb, server.URI)
			},
			Connect: connectMongo,
		}})
	}
	return all
}
