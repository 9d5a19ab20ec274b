package redisstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
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
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: c.addrs, DisableRetry: true})
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
	drivertest.Run(t, func(t testing.TB) (a, b driver.Store) {
		prefix := freshPrefix()
		return c.store(t, Options{Prefix: prefix}), c.store(t, Options{Prefix: prefix})
	})
}

// load keeps updating sessions through a store, and keeps account of it.
type load struct {
	store    *Store
	now      time.Time
	sessions []*account
	stop     atomic.Bool
	done     sync.WaitGroup
}

type account struct {
	key            driver.Key
	acked, unknown atomic.Int64
	deleted        atomic.Bool
}

// startLoad lets workers count in sessions, all of them in each: at top level and in a nested field.
func startLoad(t *testing.T, s *Store, sessions, workers int) *load {
	l := &load{store: s}
	t.Cleanup(func() {
		l.stop.Store(true)
		l.done.Wait()
	})
	for range sessions {
		a := &account{}
		a.key, l.now = create(t, s, "", `{"deep":{"n":0},"n":0}`)
		l.sessions = append(l.sessions, a)
	}
	for w := range workers {
		l.done.Go(func() {
			for i := w; !l.stop.Load(); i++ {
				l.count(t, l.sessions[i%sessions])
			}
		})
	}
	return l
}

func (l *load) count(t *testing.T, a *account) {
	u := inc("n")
	if a.acked.Load()%8 == 7 {
		u.Ops = append(u.Ops, driver.Inc{Path: "deep.n", By: driver.IntValue(1)})
	}
	gone := a.deleted.Load()
	_, err := l.store.Update(context.Background(), l.now, a.key, u)
	switch {
	case err == nil && gone:
		t.Error("an update of a deleted session succeeded")
	case err == nil:
		a.acked.Add(1)
	case errors.Is(err, driver.ErrUnknownOutcome):
		a.unknown.Add(1)
	case errors.Is(err, driver.ErrNotFound):
		if !a.deleted.Load() { // the answer may overtake the one to Delete
			time.Sleep(time.Second)
			if !a.deleted.Load() && !t.Failed() {
				t.Error("a session is gone that nobody has deleted")
			}
		}
	default:
		t.Errorf("Update: %v", err)
	}
}

// progress waits until n more updates are acknowledged.
func (l *load) progress(t *testing.T, n int64) {
	t.Helper()
	total := func() (sum int64) {
		for _, a := range l.sessions {
			sum += a.acked.Load()
		}
		return sum
	}
	want := total() + n
	waitUntil(t, fmt.Sprint(n, " more updates are acknowledged"), func() bool { return total() >= want || t.Failed() })
}

// settle ends the load and returns how many acknowledged updates are lost, and how many were acknowledged and unknown. More
// than that must not have been applied, and deleted sessions must be gone unless mayReturn.
func (l *load) settle(t *testing.T, mayReturn bool) (lost, acked, unknown int64) {
	t.Helper()
	l.stop.Store(true)
	l.done.Wait()
	for _, a := range l.sessions {
		r, err := l.store.Load(context.Background(), l.now, a.key)
		if a.deleted.Load() {
			if !errors.Is(err, driver.ErrNotFound) && !mayReturn {
				t.Errorf("a deleted session: error %v, want %v", err, driver.ErrNotFound)
			}
			continue
		}
		if errors.Is(err, driver.ErrNotFound) { // its creation was lost
			lost += a.acked.Load()
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n := r.Data.Get("n").Int()
		if most := a.acked.Load() + a.unknown.Load(); n > most {
			t.Errorf("%d updates were applied, at most %d can have been", n, most)
		}
		lost += max(0, a.acked.Load()-n)
		acked += a.acked.Load()
		unknown += a.unknown.Load()
	}
	return lost, acked, unknown
}

// TestClusterMoves moves slots from master to master while sessions in them are updated.
func TestClusterMoves(t *testing.T) {
	c := newCluster(t, patient)
	s := c.store(t, Options{Timeout: 30 * time.Second})
	l := startLoad(t, s, 40, 8)
	l.progress(t, 200)
	ids := slices.Collect(maps.Values(c.masters(t)))
	for i := range ids {
		c.cli(t, "--cluster", "reshard", c.addrs[0], "--cluster-from", ids[i], "--cluster-to", ids[(i+1)%len(ids)],
			"--cluster-slots", "1500", "--cluster-yes")
		l.progress(t, 200)
	}
	if lost, acked, unknown := l.settle(t, false); lost > 0 {
		t.Errorf("%d of %d acknowledged updates lost (%d unknown)", lost, acked, unknown)
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
	for _, replicas := range []int{0, 1} {
		t.Run(fmt.Sprint("replicas ", replicas), func(t *testing.T) {
			c := newCluster(t, 2*time.Second)
			s := c.store(t, Options{Timeout: 15 * time.Second, Replicas: replicas})
			l := startLoad(t, s, 40, 8)
			l.progress(t, 400)
			for _, a := range l.sessions[:10] {
				if err := s.Delete(context.Background(), l.now, a.key); err != nil {
					t.Errorf("Delete: %v", err)
				}
				a.deleted.Store(true)
			}
			l.progress(t, 400)
			c.failOver(t)
			l.progress(t, 2000)
			lost, acked, unknown := l.settle(t, replicas == 0)
			t.Logf("%d acknowledged, %d of them lost, %d unknown", acked, lost, unknown)
			if replicas > 0 && lost > 0 {
				t.Errorf("%d acknowledged updates lost, though replicas had received them", lost)
			}
		})
	}
}
