package storeurl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mongostore"
)

var mongoScheme = scheme{
	"MongoDB",
	[]string{"mongodb", "mongodb+srv"},
	"mongodb://HOST:PORT/DATABASE?collection=NAME (or mongodb+srv:)",
	parseMongo,
}

// mongoRules: the driver would pass over what it does not know.
var mongoRules = rules{
	known: []string{
		"collection",
		"appName", "authMechanism", "authMechanismProperties", "authSource", "compressors", "connect", "connectTimeoutMS", "directConnection",
		"enableOverloadRetargeting", "heartbeatFrequencyMS", "heartbeatIntervalMS", "journal", "loadBalanced", "localThresholdMS",
		"maxAdaptiveRetries", "maxConnecting", "maxIdleTimeMS", "maxPoolSize", "maxStaleness", "maxStalenessSeconds", "minPoolSize",
		"readConcernLevel", "readPreference", "readPreferenceTags", "replicaSet", "retryReads", "retryWrites", "serverMonitoringMode",
		"serverSelectionTimeoutMS", "socketTimeoutMS", "srvMaxHosts", "srvServiceName", "ssl", "sslCertificateAuthorityFile",
		"sslClientCertificateKeyFile", "sslClientCertificateKeyPassword", "sslInsecure", "timeoutMS", "tls", "tlsCAFile",
		"tlsCertificateFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword", "tlsDisableCertificateRevocationCheck",
		"tlsDisableOCSPEndpointCheck", "tlsInsecure", "tlsPrivateKeyFile", "w", "zlibCompressionLevel", "zstdCompressionLevel",
	},
	own:      []string{"collection"},
	anyCase:  true,
	repeated: "readPreferenceTags",
	secret:   []string{"authMechanismProperties", "sslClientCertificateKeyPassword", "tlsCertificateKeyFilePassword"},
}

// mongoURL is what a connection string names.
type mongoURL struct {
	uri                         string // without the collection, which the driver does not know
	shown                       string // the same without passwords
	hosts, database, collection string
	servers                     int // 0: known to the name service alone
	tls                         bool
}

func parseMongo(text string) (*URL, error) {
	u, err := readMongo(text)
	if err != nil {
		return nil, err
	}
	return &URL{Hosts: u.hosts, tls: u.tls, open: u.open}, nil
}

func readMongo(text string) (u mongoURL, err error) {
	a, err := parse(text)
	if err != nil {
		return u, err
	}
	if err := a.check(mongoRules); err != nil {
		return u, err
	}
	if a.hosts == "" {
		return u, refuse("no host")
	}
	if a.path == "" {
		a.path = "/"
	}
	database, _ := url.PathUnescape(a.path[1:]) // parse has looked at it
	u.uri, u.shown = a.without("collection"), a.withoutSecrets(mongoRules)
	u.hosts, u.database, u.collection = a.hosts, orDefault(database, "atomicsession"), a.get("collection", "sessions")
	u.tls = slices.ContainsFunc(a.params, func(p parameter) bool {
		return (strings.EqualFold(p.name, "tls") || strings.EqualFold(p.name, "ssl")) && p.value == "true"
	})
	if a.scheme == "mongodb+srv" {
		u.tls = true
		if strings.ContainsAny(a.hosts, ",:") {
			return u, refuse("mongodb+srv: takes one name, without a port")
		}
		return u, nil // the rest takes the name service
	}
	u.servers = strings.Count(a.hosts, ",") + 1
	return u, u.check(options.Client().ApplyURI(u.uri).Validate())
}

// check turns what the driver says of the URL into what may be shown: the driver quotes.
func (u mongoURL) check(err error) error {
	if err == nil {
		return nil
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns
	}
	if err = options.Client().ApplyURI(u.shown).Validate(); err == nil {
		return refuse("malformed user or password, or a parameter that holds one")
	}
	return refuse("malformed for MongoDB: %s", Cut(driver.OneLine(err.Error()), 120))
}

// closeTimeout bounds how long a server may take to take leave.
const closeTimeout = 2 * time.Second

func (u mongoURL) open(ctx context.Context, mode Mode, _ *slog.Logger) (*Opened, error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	client, err := u.connect(ctx, giveUp)
	if err != nil {
		return nil, err
	}
	closeClient := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return client.Disconnect(ctx)
	}
	collection := client.Database(u.database).Collection(u.collection)
	store, err := mongostore.New(collection, nil)
	if err != nil {
		_ = closeClient()
		return nil, err
	}
	if err := prepareMongo(ctx, store, collection, mode); err != nil {
		if unreachable, ok := errors.AsType[*unreachableError](context.Cause(ctx)); ok {
			err = fmt.Errorf("%w: %w", driver.ErrUnavailable, unreachable)
		}
		_ = closeClient() // the first error tells why
		return nil, err
	}
	return &Opened{
		Store:    store,
		Migrator: indexes{store},
		Name:     fmt.Sprintf("MongoDB collection %s.%s on %s", u.database, u.collection, u.hosts),
		close:    closeClient,
	}, nil
}

// connect makes a client, which connects by itself. What the driver asks the name service for does not end with a context, so it
// is left behind then.
func (u mongoURL) connect(ctx context.Context, giveUp context.CancelCauseFunc) (*mongo.Client, error) {
	type result struct {
		opts *options.ClientOptions
		err  error
	}
	read := make(chan result, 1)
	go func() {
		opts := options.Client().ApplyURI(u.uri)
		read <- result{opts, opts.Validate()}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-read:
		if r.err != nil {
			return nil, u.check(r.err)
		}
		return mongo.Connect(r.opts.SetServerMonitor(unreachable(u.servers, giveUp)))
	}
}

// prepareMongo makes the collection and its indexes, or looks whether it is there.
func prepareMongo(ctx context.Context, store *mongostore.Store, collection *mongo.Collection, mode Mode) error {
	if mode != Existing {
		if err := collection.Database().Client().Ping(ctx, nil); err != nil { // the store would go on trying
			return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
		}
		if mode == Unprepared {
			return nil
		}
		return store.EnsureIndexes(ctx)
	}
	// Only what the user may see: so it takes no right beyond the collection.
	visible := options.ListCollections().SetAuthorizedCollections(true)
	names, err := collection.Database().ListCollectionNames(ctx, bson.D{{Key: "name", Value: collection.Name()}}, visible)
	if err != nil {
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	if len(names) == 0 {
		return &missingError{fmt.Sprintf("there is no collection %s.%s", collection.Database().Name(), collection.Name())}
	}
	return nil
}

// indexes are what there is to migrate in MongoDB.
type indexes struct{ *mongostore.Store }

func (i indexes) Migrate(ctx context.Context) error { return i.EnsureIndexes(ctx) }
