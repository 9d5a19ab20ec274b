// Package backend starts the servers that sessions are kept in, and counts what an application sends to them.
package backend

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/ncruces/go-sqlite3"
	"github.com/redis/rueidis"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// Backend is where sessions are kept.
type Backend struct {
	Store string
	// URL is that of the server, or a folder, or "" for the memory. Counted is the same server through a proxy, for [Backend.Count].
	URL, Counted string
	Versions     []result.Version

	durability string
	proxy      *proxy
	commands   func(context.Context) (int64, error) // asks the server; nil: the proxy knows
	bytes      func(context.Context) (int64, error) // likewise; nil: the memory or the folder
	closers    []func()
}

type kind struct {
	script, variable string
	durability       string   // of what the script starts
	env              []string // for the script
	statements       func() func([]byte) int
	ask              func(*Backend, context.Context) error
}

var kinds = map[string]kind{
	peer.MongoDB:  {"mongo-server.sh", "MONGODB_URI", "commits are not synced", nil, nil, (*Backend).askMongoDB},
	peer.Redis:    {"redis-server.sh", "REDIS_URL", "without persistence", nil, nil, (*Backend).askRedis},
	peer.Postgres: {"postgres-server.sh", "POSTGRES_URL", "every commit is synced", []string{"POSTGRES_SERVER_OPTIONS=-c max_connections=200"}, postgresMessages, (*Backend).askPostgres},
	peer.MariaDB:  {"mariadb-server.sh", "MYSQL_URL", "every commit is synced", []string{"MARIADB_SERVER_DURABLE=1", "MARIADB_SERVER_OPTIONS=--max-connections=250"}, mysqlMessages, (*Backend).askMySQL},
}

// Variable is the environment variable that holds the URL of a store's server; "" for stores without one.
func Variable(store string) string { return kinds[store].variable }

// Start starts a server for the store, or uses the one that the environment names. Close it.
func Start(ctx context.Context, store string) (_ *Backend, err error) {
	b := &Backend{Store: store}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	switch store {
	case peer.Memory:
		return b, nil
	case peer.SQLite:
		return b, b.startSQLite()
	}
	k, ok := kinds[store]
	if !ok {
		return nil, fmt.Errorf("no store %q", store)
	}
	if b.URL = os.Getenv(k.variable); b.URL == "" {
		b.durability = k.durability
		server, err := testserver.Start(k.script, k.env...)
		if err != nil {
			return nil, err
		}
		b.closers = append(b.closers, func() { _ = server.Stop() })
		b.URL = server.URI
	}
	at := at
	if store == peer.MariaDB {
		at = mysqlAt
	}
	host, _, err := at(b.URL, "")
	if err != nil {
		return nil, err
	}
	if b.proxy, err = newProxy(host, k.statements); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, b.proxy.close)
	if _, b.Counted, err = at(b.URL, b.proxy.address()); err != nil {
		return nil, err
	}
	return b, k.ask(b, ctx)
}

// at returns the host of a server's URL, and the URL with another one.
func at(text, other string) (host, changed string, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", "", err
	}
	host, u.Host = u.Host, other
	return host, u.String(), nil
}

// Close stops what Start started.
func (b *Backend) Close() {
	for _, f := range slices.Backward(b.closers) {
		f()
	}
}

// Counts are sums since the start.
type Counts struct{ Commands, RoundTrips, Sent, Received int64 }

// Count returns what has been sent to Counted so far; false for stores without a server. Commands are those of all
// applications of the server.
func (b *Backend) Count(ctx context.Context) (c Counts, ok bool, err error) {
	if b.proxy == nil {
		return c, false, nil
	}
	c = Counts{b.proxy.commands.Load(), b.proxy.trips.Load(), b.proxy.sent.Load(), b.proxy.received.Load()}
	if b.commands != nil {
		c.Commands, err = b.commands(ctx)
	}
	return c, true, err
}

func (b *Backend) startSQLite() error {
	dir, err := os.MkdirTemp("", "atomicsession-bench-")
	if err != nil {
		return err
	}
	b.closers = append(b.closers, func() { _ = os.RemoveAll(dir) })
	b.URL, b.Counted = dir, dir
	conn, err := sqlite3.Open(":memory:")
	if err != nil {
		return err
	}
	defer conn.Close()
	stmt, _, err := conn.Prepare("SELECT sqlite_version()")
	if err != nil {
		return err
	}
	defer stmt.Close()
	stmt.Step()
	b.durability = "write-ahead log, every commit is synced"
	b.version("SQLite", stmt.ColumnText(0))
	return stmt.Err()
}

func (b *Backend) version(name, version string) {
	if b.durability != "" {
		version += ", " + b.durability
	}
	b.Versions = append(b.Versions, result.Version{Name: name, Version: version})
}

func (b *Backend) askRedis(ctx context.Context) error {
	opts, err := rueidis.ParseURL(b.URL)
	if err != nil {
		return err
	}
	client, err := rueidis.NewClient(opts)
	if err != nil {
		return err
	}
	b.closers = append(b.closers, client.Close)
	info := func(ctx context.Context, section string) (map[string]string, error) {
		text, err := client.Do(ctx, client.B().Info().Section(section).Build()).ToString()
		values := make(map[string]string)
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			values[name] = value
		}
		return values, err
	}
	server, err := info(ctx, "server")
	if err != nil {
		return err
	}
	b.version("Redis", server["redis_version"])
	asked := int64(0) // by this function
	b.commands = func(ctx context.Context) (int64, error) {
		stats, err := info(ctx, "stats")
		if err != nil {
			return 0, err
		}
		n, err := strconv.ParseInt(stats["total_commands_processed"], 10, 64)
		asked++
		return n - asked, err
	}
	b.bytes = func(ctx context.Context) (int64, error) {
		memory, err := info(ctx, "memory")
		if err != nil {
			return 0, err
		}
		asked++
		return strconv.ParseInt(memory["used_memory"], 10, 64)
	}
	return nil
}

func (b *Backend) askPostgres(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, b.URL)
	if err != nil {
		return err
	}
	b.closers = append(b.closers, pool.Close)
	var version string
	if err := pool.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		return err
	}
	b.version("PostgreSQL", version)
	b.bytes = func(ctx context.Context) (n int64, err error) {
		return n, pool.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&n)
	}
	return nil
}

func (b *Backend) askMongoDB(ctx context.Context) error {
	client, err := mongo.Connect(options.Client().ApplyURI(b.URL))
	if err != nil {
		return err
	}
	b.closers = append(b.closers, func() { _ = client.Disconnect(context.WithoutCancel(ctx)) })
	admin := client.Database("admin")
	var info struct {
		Version  string `bson:"version"`
		FerretDB struct {
			Version string `bson:"version"`
		} `bson:"ferretdb"`
	}
	if err := admin.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return err
	}
	if info.FerretDB.Version != "" {
		b.version("FerretDB", info.FerretDB.Version)
	} else {
		b.version("MongoDB", info.Version)
	}
	b.commands = func(ctx context.Context) (total int64, err error) {
		var status struct {
			Metrics struct {
				Commands map[string]struct {
					Total int64 `bson:"total"`
				} `bson:"commands"`
			} `bson:"metrics"`
		}
		err = admin.RunCommand(ctx, bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status)
		for _, name := range []string{"find", "insert", "update", "delete", "findAndModify", "aggregate"} {
			total += status.Metrics.Commands[name].Total
		}
		return total, err
	}
	b.bytes = func(ctx context.Context) (int64, error) {
		var list struct {
			TotalSize int64 `bson:"totalSize"`
		}
		err := admin.RunCommand(ctx, bson.D{{Key: "listDatabases", Value: 1}}).Decode(&list)
		return list.TotalSize, err
	}
	return nil
}
