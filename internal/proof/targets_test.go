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
	embedded  bool // without a server: so quick that there may be more histories
	nemeses   []nemesis
}

// nemesis does harm.
type nemesis struct {
	name  string
	store linearizable.Store              // with options that suit the harm, and what is harmed of its own
	harm  func(ctx context.Context) error // does the harm once, and returns with it undone; nil: none that is done by this process
	kill  bool                            // a process of clients is killed
	slow  bool                            // takes many seconds
	long  bool                            // takes so long that samples are without it
}

var targets = []target{
	{name: "memory", store: memory, processes: 1, embedded: true, nemeses: []nemesis{canceled(memory, 50*time.Microsecond)}},
	{name: "SQLite", store: sqlite, embedded: true, nemeses: append(clients(sqlite), fullDisk(), lockedFile())},
	{name: "PostgreSQL", store: postgres, nemeses: slices.Concat(clients(postgres), network(postgres), postgresServer())},
	{name: "PostgreSQL through PgBouncer", store: bouncer, nemeses: clients(bouncer)},
	{name: "PostgreSQL with a standby", store: newPair().store, nemeses: []nemesis{promotion()}},
	{name: "Redis", store: redis, nemeses: slices.Concat(clients(redis), network(redis), redisServer())},
	{name: "Redis Cluster", store: newCluster().store, nemeses: append(clients(newCluster().store), clusterFailover(), clusterMoves())},
	{name: "Redis Sentinel", store: newSentinel().store, nemeses: []nemesis{sentinelFailover()}},
	{name: "MongoDB", store: mongodb, nemeses: slices.Concat(clients(mongodb), network(mongodb), mongoServer())},
}

// clients returns the harm that comes to programs.
func clients(s linearizable.Store) []nemesis {
	return []nemesis{canceled(s, 3*time.Millisecond), {name: "a client killed", store: s, kill: true}}
}

// pause waits for a time in which harm is done.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
