package proof

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// target is a store, and the harm that may come to it.
type target struct {
	name      string
	store     linearizable.Store
	processes int  // 0: as many as usual
	embedded  bool // without a server: so quick that a proof has more histories
	sample    int  // histories in peace without -prove
	nemeses   []nemesis
}

// nemesis does harm.
type nemesis struct {
	name  string
	store linearizable.Store              // with options that suit the harm, and what is harmed of its own
	harm  func(ctx context.Context) error // does the harm once, and returns with it undone; nil: none that is done by this process
	kill  bool                            // a process of clients is killed
	felt  bool                            // some calls must be refused, or of unknown outcome: else nothing was harmed
	long  bool                            // samples are without it: it takes long, or shows now and then what no store can help
}

var targets = []target{
	{name: "memory", sample: 300, store: memory, processes: 1, embedded: true, nemeses: []nemesis{canceled(memory, 20*time.Microsecond)}},
	{name: "SQLite", sample: 100, store: sqlite, embedded: true, nemeses: append(clients(sqlite), lockedFile())},
	{name: "PostgreSQL", sample: 60, store: postgres, nemeses: slices.Concat(clients(postgres), network(postgres), postgresServer())},
	{name: "PostgreSQL through PgBouncer", sample: 60, store: bouncer, nemeses: inLongRuns(clients(bouncer))},
	{name: "PostgreSQL with a standby", sample: 20, store: newPair().store, nemeses: []nemesis{promotion()}},
	{name: "MariaDB", sample: 60, store: mariadb, nemeses: slices.Concat(clients(mariadb), network(mariadb), mariadbServer())},
	{name: "Redis", sample: 60, store: redis, nemeses: slices.Concat(clients(redis), network(redis), redisServer())},
	{
		name: "Redis Cluster", sample: 60, store: newCluster().store,
		nemeses: append(inLongRuns(clients(newCluster().store)), clusterFailover(), clusterMoves()),
	},
	{name: "Redis Sentinel", sample: 20, store: newSentinel().store, nemeses: []nemesis{sentinelFailover()}},
	{name: "MongoDB", sample: 40, store: mongodb, nemeses: slices.Concat(clients(mongodb), network(mongodb), mongoServer())},
}

// clients returns the harm that comes to programs.
func clients(s linearizable.Store) []nemesis {
	return []nemesis{canceled(s, 3*time.Millisecond), {name: "a client killed", store: s, kill: true, felt: true}}
}

// inLongRuns has samples do without, since they have the same of another store over the same client.
func inLongRuns(all []nemesis) []nemesis {
	for i := range all {
		all[i].long = true
	}
	return all
}

// pause waits for a time in which harm is done.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
