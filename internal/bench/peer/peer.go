// Package peer is one small application, written once and served with the sessions of several libraries, each used as its
// documentation recommends, so that the same requests cause the same work.
package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The stores.
const (
	Cookie   = "cookie" // the session's data, signed
	Memory   = "memory"
	SQLite   = "SQLite"     // write-ahead log, every commit synced (synchronous=FULL)
	MongoDB  = "MongoDB"    // as durable as the server is set up; what scripts/mongo-server.sh starts does not sync
	Redis    = "Redis"      // without persistence
	Postgres = "PostgreSQL" // every commit synced (fsync, synchronous_commit)
	MariaDB  = "MariaDB"    // every commit synced (innodb_flush_log_at_trx_commit)
)

// Names of peers that the results refer to.
const (
	Ours    = "atomicsession"
	Again   = "atomicsession again"         // the same once more: what differs between the two is noise
	Cached  = "atomicsession with CacheTTL" // the same with client-side caching
	OverSQL = "atomicsession over *sql.DB"  // the same in the application's own *sql.DB, where the store has another way too
	ByHand  = "by hand"
	Fiber   = "fiber" // has a server of its own
)

// IsOurs is whether the peer of the name keeps what ours promises.
func IsOurs(name string) bool { return strings.HasPrefix(name, Ours) }

// Peer is a library on a store.
type Peer struct {
	Name  string
	Store string
	// ReadsOnly is whether it is only measured by reads: all else is what it is to another peer.
	ReadsOnly bool
	// RacesOnly is whether it is raced and not timed.
	RacesOnly bool

	open  opener
	place string
}

// opener makes the application of a peer. What it keeps goes into the server at url (for [SQLite] a folder), into a place (a
// prefix, schema, database or file) of its own.
type opener func(ctx context.Context, url, place string) (*App, error)

// Open makes the application. Sessions of different peers do not meet, and the names of their places are of one length.
func (p Peer) Open(ctx context.Context, url string) (*App, error) { return p.open(ctx, url, p.place) }

// App is the application: a handler, or a server of its own.
type App struct {
	Handler http.Handler
	Close   func()
	server  func(context.Context, net.Listener) error
}

// Serve answers at the listener until ctx ends, and closes it.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	if a.server != nil {
		return a.server(ctx, listener)
	}
	server := &http.Server{Handler: a.Handler, ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// All returns the peers on a store, the measure of the others first.
func All(store string) []Peer {
	peers := slices.DeleteFunc(slices.Clone(all), func(p Peer) bool { return p.Store != store })
	for i := range peers {
		peers[i].place = fmt.Sprintf("peer%02d", i)
	}
	return peers
}

var all = []Peer{
	{Name: Ours, Store: Memory, open: openOurs(memoryStore)},
	{Name: Again, Store: Memory, open: openOurs(memoryStore)},
	{Name: "scs", Store: Memory, open: openSCS(scsMemory)},
	{Name: Fiber, Store: Memory, RacesOnly: true, open: openFiber(fiberMemory)},
	{Name: ByHand, Store: Memory, open: openByHand(memoryByHand)},

	{Name: Ours, Store: SQLite, open: openOurs(sqliteStore)},
	{Name: Again, Store: SQLite, open: openOurs(sqliteStore)},
	{Name: OverSQL, Store: SQLite, open: openOurs(sqliteStoreOverSQL)},
	{Name: "scs", Store: SQLite, open: openSCS(scsSQLite)},
	{Name: ByHand, Store: SQLite, open: openByHand(sqliteByHand)},

	{Name: Ours, Store: MongoDB, open: openOurs(mongoStore)},
	{Name: Again, Store: MongoDB, open: openOurs(mongoStore)},
	{Name: "scs", Store: MongoDB, open: openSCS(scsMongoDB)},
	{Name: ByHand, Store: MongoDB, open: openByHand(mongoByHand)},

	{Name: Ours, Store: Redis, open: openOurs(redisStore)},
	{Name: Again, Store: Redis, open: openOurs(redisStore)},
	{Name: Cached, Store: Redis, ReadsOnly: true, open: openOurs(cachedRedisStore)},
	{Name: "scs", Store: Redis, open: openSCS(scsRedis)},
	{Name: "scs, bridged", Store: Redis, RacesOnly: true, open: openSCSBridge},
	{Name: "gorilla", Store: Redis, open: openGorilla(gorillaRedis)},
	{Name: "gorilla, bridged", Store: Redis, RacesOnly: true, open: openGorillaBridge},
	{Name: "gin", Store: Redis, RacesOnly: true, open: openGin(ginRedis)},
	{Name: Fiber, Store: Redis, open: openFiber(fiberRedis)},
	{Name: "simplesessions", Store: Redis, open: openSimple(simpleRedis)},
	{Name: ByHand, Store: Redis, open: openByHand(redisByHand)},

	{Name: Ours, Store: Postgres, open: openOurs(postgresStore)},
	{Name: Again, Store: Postgres, open: openOurs(postgresStore)},
	{Name: OverSQL, Store: Postgres, open: openOurs(postgresStoreOverSQL)},
	{Name: "scs", Store: Postgres, open: openSCS(scsPostgres)},
	{Name: "simplesessions", Store: Postgres, open: openSimple(simplePostgres)},
	{Name: ByHand, Store: Postgres, open: openByHand(postgresByHand)},

	{Name: Ours, Store: MariaDB, open: openOurs(mariadbStore)},
	{Name: Again, Store: MariaDB, open: openOurs(mariadbStore)},
	{Name: "scs", Store: MariaDB, open: openSCS(scsMariaDB)},
	{Name: ByHand, Store: MariaDB, open: openByHand(mariadbByHand)},

	{Name: "gorilla", Store: Cookie, RacesOnly: true, open: openGorilla(gorillaCookie)},
	{Name: "gin", Store: Cookie, RacesOnly: true, open: openGin(ginCookie)},
	{Name: "echo", Store: Cookie, RacesOnly: true, open: openEcho},
}
