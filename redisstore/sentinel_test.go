package redisstore

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestSentinelFailover kills a master under load.
func TestSentinelFailover(t *testing.T) {
	t.Parallel() // it has servers of its own, and mostly waits for them
	servers := testserver.NewRedisSentinel(t)
	url := "redis+sentinel://" + servers.Sentinel.Addr + "/0?master_set=" + testserver.SentinelMaster
	s, err := Open(t.Context(), url+"&timeout=30s&prefix="+freshPrefix(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := faults.NewLoad(t, s, 20)
	l.Start(s, 4)
	l.Progress(400)
	l.Delete(s, 1)
	l.Progress(400)
	servers.Master.Kill()
	l.Progress(400)
	if sum := l.Settle(); sum.Refused > 0 {
		t.Errorf("%d updates were refused", sum.Refused)
	}
}

// TestLossWindow has the replica fall behind before the master is lost: what was acknowledged meanwhile is lost with it, and
// where the store waits for the replica, nothing is acknowledged.
func TestLossWindow(t *testing.T) {
	t.Parallel() // it has servers of its own, and mostly waits for them
	for _, replicas := range []int{0, 1} {
		t.Run(fmt.Sprint("replicas ", replicas), func(t *testing.T) {
			servers := testserver.NewRedisSentinel(t)
			client, err := rueidis.NewClient(rueidis.ClientOption{
				InitAddress: []string{servers.Sentinel.Addr}, Sentinel: rueidis.SentinelOption{MasterSet: testserver.SentinelMaster},
				DisableRetry: true, AlwaysPipelining: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			s, err := New(client, &Options{Replicas: replicas, Timeout: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			const updates = 50
			k, now := create(t, s, "", `{"n":0}`)
			must(t, servers.Replica.Pause())
			do(t, newClient(t, servers.Master.Addr), "CLIENT", "KILL", "TYPE", "replica") // what the kernel has taken would arrive
			var acked int64
			for range updates {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				_, err := s.Update(ctx, now, k, inc("n"))
				cancel()
				switch {
				case err == nil:
					acked++
				case !errors.Is(err, driver.ErrUnknownOutcome):
					t.Errorf("Update: %v", err)
				}
			}
			servers.Master.Kill()
			must(t, servers.Replica.Resume())
			var r driver.Record
			waitUntil(t, "the replica has taken over", func() bool {
				_, err := s.Update(context.Background(), now, k, inc("after"))
				if err != nil && !errors.Is(err, driver.ErrUnknownOutcome) && !errors.Is(err, driver.ErrUnavailable) {
					t.Fatal(err)
				}
				r, err = s.Load(context.Background(), now, k)
				return err == nil && r.Data.Get("after").Exists()
			})
			n := r.Data.Get("n").Int()
			t.Logf("%d of %d acknowledged, %d of them lost", acked, updates, max(0, acked-n))
			if replicas > 0 && acked > n {
				t.Errorf("%d acknowledged, %d there", acked, n)
			}
			if replicas > 0 && acked > 0 {
				t.Errorf("%d acknowledged, though the replica stood still", acked)
			}
		})
	}
}
