package redisstore

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// patient is long enough that no node is held for dead because the machine is busy.
const patient = 15 * time.Second

// newClusterStore returns a store in the cluster that has these nodes.
func newClusterStore(t testing.TB, addrs []string, o Options) *Store {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: addrs, DisableRetry: true, AlwaysPipelining: true})
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
	var addrs []string
	if urls := os.Getenv("REDIS_CLUSTER_URLS"); urls != "" {
		addrs = strings.Split(urls, ",")
	} else {
		addrs = testserver.NewRedisCluster(t, patient).Addrs()
	}
	storetest.Again(t, func(t testing.TB) (a, b driver.Store) {
		prefix := freshPrefix()
		return newClusterStore(t, addrs, Options{Prefix: prefix}), newClusterStore(t, addrs, Options{Prefix: prefix})
	})
}

// TestClusterMoves moves slots from master to master while sessions in them are updated.
func TestClusterMoves(t *testing.T) {
	t.Parallel() // it has servers of its own, and mostly waits for them
	c := testserver.NewRedisCluster(t, patient)
	s := newClusterStore(t, c.Addrs(), Options{Timeout: 30 * time.Second})
	l := faults.NewLoad(t, s, 40)
	l.Start(s, 8)
	l.Progress(200)
	for i := range 3 {
		must(t, c.MoveSlots(i, 1500))
		l.Progress(200)
	}
	if sum := l.SettleAll(); sum.Refused > 0 {
		t.Errorf("%d updates were refused", sum.Refused)
	}
}

// TestClusterFailover kills a master under load. What replicas had not received is lost, unless the store waits for them.
func TestClusterFailover(t *testing.T) {
	t.Parallel() // it has servers of its own, and mostly waits for them
	for _, replicas := range []int{0, 1} {
		t.Run(fmt.Sprint("replicas ", replicas), func(t *testing.T) {
			c := testserver.NewRedisCluster(t, 2*time.Second)
			s := newClusterStore(t, c.Addrs(), Options{Timeout: 15 * time.Second, Replicas: replicas})
			l := faults.NewLoad(t, s, 40)
			l.Start(s, 8)
			l.Progress(400)
			l.Delete(s, 10)
			l.Progress(400)
			must(t, c.FailOver())
			l.Progress(2000)
			if sum := l.Settle(); sum.Refused > 0 || replicas > 0 && sum.Lost+sum.Back > 0 {
				t.Errorf("%+v, though the store has time, and waited for %d replicas", sum, replicas)
			}
		})
	}
}
