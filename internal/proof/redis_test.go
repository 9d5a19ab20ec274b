package proof

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/redisstore"
)

func connectRedis(tb testing.TB, address string) driver.Store {
	tb.Helper()
	s, err := redisstore.Open(tb.Context(), address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

var redis = linearizable.Store{
	Start: func(tb testing.TB) string {
		return shared(tb, "REDIS_URL", "redis-server.sh") + "?prefix=" + fresh() + ":"
	},
	Connect: connectRedis,
}

// redisServer returns the harm that comes to the server. It keeps what it acknowledges.
func redisServer() []nemesis {
	var all []nemesis
	for _, h := range []struct {
		name string
		do   func(ctx context.Context, server *testserver.Redis) error
	}{
		{"server killed", func(_ context.Context, r *testserver.Redis) error {
			r.Kill()
			return r.Restart()
		}},
		{"server paused", func(ctx context.Context, r *testserver.Redis) error {
			if err := r.Pause(); err != nil {
				return err
			}
			pause(ctx, 100*time.Millisecond)
			return r.Resume()
		}},
	} {
		var server *testserver.Redis
		all = append(all, nemesis{name: h.name, harm: func(ctx context.Context) error { return h.do(ctx, server) }, store: linearizable.Store{
			Start: func(tb testing.TB) string {
				server = testserver.NewRedis(tb, "--appendonly", "yes", "--appendfsync", "always")
				return "redis://" + server.Addr
			},
			Connect: connectRedis,
		}})
	}
	return all
}

// cluster is a Redis Cluster, and the store in it. A change is acknowledged once a replica has it.
type cluster struct {
	servers *testserver.RedisCluster
	store   linearizable.Store
}

func newCluster() *cluster {
	c := &cluster{}
	c.store = linearizable.Store{
		Start: func(tb testing.TB) string {
			c.servers = testserver.NewRedisCluster(tb, 2*time.Second)
			return "redis+cluster://" + strings.Join(c.servers.Addrs(), ",") + "?replicas=1&timeout=9s"
		},
		Connect: connectRedis,
	}
	return c
}

// clusterFailover fails over. A read or a refusal may show what the replica does not have yet, and then never gets: see docs/redis.md. Samples
// that are judged all the time would meet that now and then.
func clusterFailover() nemesis {
	c := newCluster()
	return nemesis{name: "failover", store: c.store, long: true, harm: func(context.Context) error {
		if err := c.servers.FailOver(); err != nil {
			return err
		}
		return c.servers.WaitUntilWhole()
	}}
}

func clusterMoves() nemesis {
	c := newCluster()
	n := 0
	return nemesis{name: "slots moved", store: c.store, long: true, harm: func(context.Context) error {
		n++
		return c.servers.MoveSlots(n, 1500)
	}}
}

// sentinel is a master with a replica that a sentinel watches, and the store there. A change is acknowledged once the replica has it.
type sentinel struct {
	servers *testserver.RedisSentinel
	store   linearizable.Store
}

func newSentinel() *sentinel {
	s := &sentinel{}
	s.store = linearizable.Store{
		Start: func(tb testing.TB) string {
			s.servers = testserver.NewRedisSentinel(tb)
			return "redis+sentinel://" + s.servers.Sentinel.Addr + "/0?master_set=" + testserver.SentinelMaster + "&replicas=1&timeout=9s"
		},
		Connect: connectRedis,
	}
	return s
}

// sentinelFailover fails over: see clusterFailover.
func sentinelFailover() nemesis {
	s := newSentinel()
	return nemesis{name: "failover", store: s.store, long: true, harm: func(context.Context) error { return s.servers.FailOver() }}
}
