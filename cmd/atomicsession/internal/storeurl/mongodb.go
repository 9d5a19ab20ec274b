package storeurl

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/mongostore"
)

var mongoScheme = scheme{"mongodb", "mongodb://HOST/DATABASE?collection=NAME", openMongo}

// openTimeout bounds how long a server may take to answer the first call.
const openTimeout = 10 * time.Second

func openMongo(ctx context.Context, text string, _ Mode) (*Opened, error) {
	u, err := parseMongo(text)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(u.uri))
	if err != nil {
		return nil, errors.New("malformed mongodb URL") // the driver's error may quote a password
	}
	closeClient := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
		defer cancel()
		return client.Disconnect(ctx)
	}
	store := mongostore.New(client.Database(u.database).Collection(u.collection), nil)
	bounded, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := store.EnsureIndexes(bounded); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", u.hosts, err), closeClient())
	}
	return &Opened{
		Store: store,
		Name:  fmt.Sprintf("MongoDB collection %s.%s on %s", u.database, u.collection, u.hosts),
		close: closeClient,
	}, nil
}

// mongoURL is what a connection string names. Package net/url cannot tell, since there may be several hosts.
type mongoURL struct {
	uri                         string // without the collection, which the driver does not know
	hosts, database, collection string
}

func parseMongo(text string) (u mongoURL, err error) {
	rest, ok := strings.CutPrefix(text, "mongodb://")
	head, query, _ := strings.Cut(rest, "?")
	server, database, _ := strings.Cut(head, "/")
	u.hosts = server[strings.LastIndex(server, "@")+1:]
	values, err := url.ParseQuery(query)
	if err != nil || !ok || u.hosts == "" {
		return u, errors.New("malformed mongodb URL")
	}
	u.database, u.collection = orDefault(database, "atomicsession"), orDefault(values.Get("collection"), "sessions")
	values.Del("collection")
	u.uri = "mongodb://" + server + "/" + database + "?" + values.Encode()
	return u, nil
}

func orDefault(s, value string) string {
	if s == "" {
		return value
	}
	return s
}
