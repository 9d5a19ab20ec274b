package redisstore

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// cluster is three masters with a replica each.
type cluster struct {
	servers []*server
	addrs   []string
}

// newCluster starts a cluster that holds a node for dead after the time.
func newCluster(t testing.TB, nodeTimeout time.Duration) *cluster {
	t.Helper()
	c := &cluster{}
	for range 6 {
		s := newServer(t, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(freePort()), "--cluster-node-timeout",
			strconv.FormatInt(nodeTimeout.Milliseconds(), 10),
			"--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", "--appendonly", "no")
		c.servers = append(c.servers, s)
		c.addrs = append(c.addrs, s.addr)
	}
	args := append([]string{"--cluster", "create"}, c.addrs...)
	c.cli(t, append(args, "--cluster-replicas", "1", "--cluster-yes")...)
	waitUntil(t, "the cluster is up and replicated", func() bool {
		for _, s := range c.servers {
			admin, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.addr}, DisableRetry: true, ForceSingleClient: true})
			if err != nil {
				return false
			}
			state, _ := admin.Do(context.Background(), admin.B().ClusterInfo().Build()).ToString()
			repl, _ := admin.Do(context.Background(), admin.B().Info().Section("replication").Build()).ToString()
			admin.Close()
			replicated := strings.Contains(repl, "state=online") || strings.Contains(repl, "master_link_status:up")
			if !strings.Contains(state, "cluster_state:ok") || !replicated {
				return false
			}
		}
		return true
	})
	return c
}

// patient is long enough that no node is held for dead because the machine is busy.
const patient = 15 * time.Second

// cli runs redis-cli, which knows how to make a cluster and how to move its slots.
func (c *cluster) cli(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("redis-cli", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli %s: %v\n%s", strings.Join(args[:2], " "), err, out)
	}
	return string(out)
}

func (c *cluster) store(t testing.TB, o Options) *Store {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: c.addrs, DisableRetry: true, AlwaysPipelining: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if o.Prefix == "" {
		o.Prefix = freshPrefix()
	}
	s, err := New(client, &o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestClusterConformance(t *testing.T) {
	var c *cluster
	if urls := os.Getenv("REDIS_CLUSTER_URLS"); urls != "" {
		c = &cluster{addrs: strings.Split(urls, ",")}
	} else {
		c = newCluster(t, patient)
	}
	storetest.Again(t, func(t testing.TB) (a, b driver.Store) {
		prefix := freshPrefix()
		return c.store(t, Options{Prefix: prefix}), c.store(t, Options{Prefix: prefix})
	})
}

// TestClusterMoves moves slots from master to master while sessions in them are updated.
func TestClusterMoves(t *testing.T) {
	t.Parallel() // it has servers of its own, and mostly waits for them
	c := newCluster(t, patient)
	s := c.store(t, Options{Timeout: 30 * time.Second})
	l := faults.NewLoad(t, s, 40)
	l.Start(s, 8)
	l.Progress(200)
	ids := slices.Collect(maps.Values(c.masters(t)))
	for i := range ids {
		waitUntil(t, "the nodes agree", func() bool { return exec.Command("redis-cli", "--cluster", "check", c.addrs[0]).Run() == nil })
		c.cli(t, "--cluster", "reshard", c.addrs[0], "--cluster-from", ids[i], "--cluster-to", ids[(i+1)%len(ids)],
			"--cluster-slots", "1500", "--cluster-yes")
		l.Progress(200)
	}
	if sum := l.SettleAll(); sum.Refused > 0 {
		t.Errorf("%d updates were refused", sum.Refused)
	}
}

// masters returns the IDs of the nodes that hold slots, by their addresses.
func (c *cluster) masters(t *testing.T) map[string]string {
	t.Helper()
	_, port, _ := strings.Cut(c.addrs[0], ":")
	ids := map[string]string{}
	for line := range strings.Lines(c.cli(t, "-p", port, "cluster", "nodes")) {
		if f := strings.Fields(line); len(f) > 8 && strings.Contains(f[2], "master") && !strings.Contains(f[2], "fail") {
			addr, _, _ := strings.Cut(f[1], "@")
			ids[addr] = f[0]
		}
	}
	return ids
}

// failOver kills a master, waits until its replica is one, and brings the killed server back, which becomes the replica.
func (c *cluster) failOver(t *testing.T) {
	t.Helper()
	masters := c.masters(t)
	for _, s := range c.servers[1:] { // the first is asked how things are
		if masters[s.addr] == "" {
			continue
		}
		waitForReplica(t, s.addr)
		s.stop()
		waitUntil(t, "the replica has taken over", func() bool {
			now := c.masters(t)
			return len(now) == len(masters) && now[s.addr] == ""
		})
		s.restart(t)
		return
	}
	t.Fatal("no master")
}

// TestClusterFailover kills a master under load. What replicas had not received is lost, unless the store waits for them.
func TestClusterFailover(t *testing.T) {
	t.Parallel() // it has servers of its own, and mostly waits for them
	for _, replicas := range []int{0, 1} {
		t.Run(fmt.Sprint("replicas ", replicas), func(t *testing.T) {
			c := newCluster(t, 2*time.Second)
			s := c.store(t, Options{Timeout: 15 * time.Second, Replicas: replicas})
			l := faults.NewLoad(t, s, 40)
			l.Start(s, 8)
			l.Progress(400)
			l.Delete(s, 10)
			l.Progress(400)
			c.failOver(t)
			l.Progress(2000)
			if sum := l.Settle(); sum.Refused > 0 || replicas > 0 && sum.Lost+sum.Back > 0 {
				t.Errorf("%+v, though the store has time, and waited for %d replicas", sum, replicas)
			}
		})
	}
}
