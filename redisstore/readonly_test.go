package redisstore

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// quickly has a master send all it has to a new replica at once.
var quickly = []string{"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"}

// TestReadOnly has the master become a replica while a program is connected to it, and later a master again: nobody restarts.
func TestReadOnly(t *testing.T) {
	master := newServer(t, quickly...)
	other := testserver.NewReplica(t, master, quickly...)
	s := newStore(t, master.Addr, Options{Timeout: time.Minute})
	k, now := create(t, s, "ann", `{"n":1}`)
	swap(t, master, other)
	storetest.Outlasts(t, s, k, now, func() {
		time.Sleep(300 * time.Millisecond)
		swap(t, other, master)
	})
	counts(t, s, k, now, 2)
}

// TestReadOnlyMoves has the master become a replica, and the address that the program knows lead to the new master from then on,
// while the connections that are there stay: what a failover behind one name does. Whoever asks finds the new one.
func TestReadOnlyMoves(t *testing.T) {
	for name, o := range map[string]Options{
		"usual":    {},
		"cached":   {CacheTTL: time.Minute},
		"replicas": {Replicas: 1},
	} {
		t.Run(name, func(t *testing.T) {
			master := newServer(t, quickly...)
			other := testserver.NewReplica(t, master, quickly...)
			p := storetest.Proxy(t, master.Addr)
			o.Timeout, o.Prefix = 20*time.Second, freshPrefix()
			near := newStore(t, master.Addr, Options{Prefix: o.Prefix})
			k, now := create(t, near, "ann", `{"n":1}`)
			s := newStore(t, p.Addr(), o)
			for range 40 { // on every connection
				if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
					t.Fatal(err)
				}
			}
			swap(t, master, other)
			p.Move(other.Addr)
			for range 40 {
				if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
					t.Fatalf("after the move: %v", err)
				}
			}
			counts(t, newStore(t, other.Addr, Options{Prefix: o.Prefix}), k, now, 81)
			counts(t, s, k, now, 81)
			if err := s.Delete(t.Context(), now, k); err != nil {
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

// TestReadOnlyStays has updates and loads meet a server that stays a replica: no update counts or says so, and what leaves
// connections for another does not disturb loads.
func TestReadOnlyStays(t *testing.T) {
	srv := newServer(t)
	s := newStore(t, srv.Addr, Options{Timeout: 2 * time.Second})
	k, now := create(t, s, "", `{"n":1}`)
	admin := newClient(t, srv.Addr)
	do(t, admin, "REPLICAOF", "127.0.0.1", "1")
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			_, err := s.Update(context.Background(), now, k, inc("n"))
			if !storetest.Matches(err, driver.ErrUnavailable, driver.ErrUnknownOutcome) {
				t.Errorf("Update: error %v", err)
			}
		})
		done.Go(func() {
			for end := time.Now().Add(time.Second); time.Now().Before(end); {
				if _, err := s.Load(context.Background(), now, k); err != nil {
					t.Errorf("Load: %v", err)
				}
			}
		})
	}
	done.Wait()
	do(t, admin, "REPLICAOF", "NO", "ONE")
	if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	counts(t, s, k, now, 2)
}

// swap makes the replica the master, and the master its replica.
func swap(t *testing.T, master, replica *testserver.Redis) {
	t.Helper()
	host, port, _ := net.SplitHostPort(replica.Addr)
	caughtUp(t, master)
	do(t, newClient(t, replica.Addr), "REPLICAOF", "NO", "ONE")
	do(t, newClient(t, master.Addr), "REPLICAOF", host, port)
	must(t, replica.WaitForReplica())
}

// caughtUp waits until the replicas have what the master has.
func caughtUp(t *testing.T, master *testserver.Redis) {
	t.Helper()
	admin := newClient(t, master.Addr)
	do(t, admin, "SET", "mark", "1")
	do(t, admin, "WAIT", "1", "10000")
}
