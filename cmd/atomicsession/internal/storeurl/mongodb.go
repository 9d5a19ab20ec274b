package storeurl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mongostore"
)

var mongoScheme = scheme{
	[]string{"mongodb", "mongodb+srv"},
	"mongodb://HOST:PORT/DATABASE?collection=NAME (or mongodb+srv:)",
	openMongo,
}

// openTimeout bounds how long a server may take to answer the first call.
const openTimeout = 10 * time.Second

func openMongo(ctx context.Context, text string, mode Mode) (*Opened, error) {
	u, err := parseMongo(text)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(u.uri))
	if dns, ok := errors.AsType[*net.DNSError](err); ok { // mongodb+srv:// asks for the servers' names
		return nil, dns
	}
	if err != nil {
		return nil, errors.New("malformed mongodb URL") // the driver's error may quote a password
	}
	closeClient := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
		defer cancel()
		return client.Disconnect(ctx)
	}
	collection := client.Database(u.database).Collection(u.collection)
	store := mongostore.New(collection, nil)
	bounded, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := prepareMongo(bounded, store, collection, mode); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", u.hosts, err), closeClient())
	}
	return &Opened{
		Store: store,
		Name:  fmt.Sprintf("MongoDB collection %s.%s on %s", u.database, u.collection, u.hosts),
		close: closeClient,
	}, nil
}

// prepareMongo makes the collection and its indexes, or looks whether it is there.
func prepareMongo(ctx context.Context, store *mongostore.Store, collection *mongo.Collection, mode Mode) error {
	if mode == Create {
		return store.EnsureIndexes(ctx)
	}
	// Only what the user may see: so it takes no right beyond the collection.
	visible := options.ListCollections().SetAuthorizedCollections(true)
	names, err := collection.Database().ListCollectionNames(ctx, bson.D{{Key: "name", Value: collection.Name()}}, visible)
	if err != nil {
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no collection %s.%s", collection.Database().Name(), collection.Name())
	}
	return nil
}

// mongoURL is what a connection string names. Package net/url cannot tell, since there may be several hosts.
type mongoURL struct {
	uri                         string // without the collection, which the driver does not know
	hosts, database, collection string
}

func parseMongo(text string) (u mongoURL, err error) {
	scheme, rest, ok := strings.Cut(text, "://")
	head, query, _ := strings.Cut(rest, "?")
	server, database, _ := strings.Cut(head, "/")
	u.hosts = server[strings.LastIndex(server, "@")+1:]
	values, err := url.ParseQuery(query)
	if err != nil || !ok || u.hosts == "" {
		return u, errors.New("malformed mongodb URL")
	}
	u.database, u.collection = orDefault(database, "atomicsession"), orDefault(values.Get("collection"), "sessions")
	values.Del("collection")
	u.uri = scheme + "://" + server + "/" + database + "?" + values.Encode()
	return u, nil
}

func orDefault(s, value string) string {
	if s == "" {
		return value
	}
	return s
}
