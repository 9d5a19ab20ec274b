package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// createMany puts sessions of the user into the store, whose IDs are in order.
func createMany(tb testing.TB, s *Store, user string, n int) (keys []driver.Key, now time.Time) {
	tb.Helper()
	for i := range n {
		k, r := storetest.NewRecord(tb, user, `{}`)
		k.ID[0], k.ID[1] = byte(i>>8), byte(i)
		r.ID = k.ID
		if err := s.Create(context.Background(), k.Verifier, r); err != nil {
			tb.Fatal(err)
		}
		keys, now = append(keys, k), r.Created
	}
	return keys, now
}

func countLive(t *testing.T, s *Store, now time.Time, user string) int {
	t.Helper()
	list, err := s.List(context.Background(), now, user, driver.ID{}, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestDeletionTogether has a server far away: a step takes a few round trips, however many sessions it is about.
func TestDeletionTogether(t *testing.T) {
	for _, replicas := range []int{0, 1} {
		t.Run(fmt.Sprint("replicas ", replicas), func(t *testing.T) {
			srv := newServer(t, "--repl-diskless-sync-delay", "0")
			if replicas > 0 {
				testserver.NewReplica(t, srv)
			}
			const sessions, trip = 200, 50 * time.Millisecond
			o := Options{Prefix: freshPrefix(), Timeout: time.Minute}
			near := newStore(t, srv.Addr, o)
			loadScripts(t, near)
			_, now := createMany(t, near, "ann", sessions)
			o.Replicas = replicas
			far := newStore(t, delayed(t, srv.Addr, trip), o)
			start := time.Now()
			n, next, err := far.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, sessions)
			took := time.Since(start)
			if n != sessions || !next.IsZero() || err != nil || countLive(t, near, now, "ann") != 0 {
				t.Errorf("%d sessions deleted, next %v, error %v", n, next, err)
			}
			if took > sessions*trip/3 {
				t.Errorf("it took %v, which is %.0f round trips", took, float64(took)/float64(trip))
			}
			t.Logf("%d sessions in %v", sessions, took)
		})
	}
}

// TestDeletionDamaged has what is no session among those of a user, and what is no ID in the index: the others are ended, and the
// caller can go on.
func TestDeletionDamaged(t *testing.T) {
	s := newStore(t, address, Options{})
	keys, now := createMany(t, s, "ann", 9)
	do(t, s.client, "SET", s.sessionKey(keys[1].ID), "x")
	do(t, s.client, "HSET", s.sessionKey(keys[4].ID), fieldExpires, "soon")
	do(t, s.client, "HDEL", s.sessionKey(keys[8].ID), fieldVerifier)
	step := func(after driver.ID, wantN int, wantNext driver.ID, want error) {
		t.Helper()
		n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, after, 3)
		if n != wantN || next != wantNext || !errors.Is(err, want) {
			t.Errorf("%d deleted, next %v, error %v; want %d, %v, %v", n, next, err, wantN, wantNext, want)
		}
	}
	step(driver.ID{}, 2, keys[2].ID, driver.ErrCorrupt)
	step(keys[2].ID, 2, keys[5].ID, driver.ErrCorrupt)
	step(keys[5].ID, 2, driver.ID{}, driver.ErrCorrupt)
	for _, i := range []int{0, 2, 3, 5, 6, 7} {
		if _, err := s.Load(t.Context(), now, keys[i]); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("session %d: error %v, want %v", i, err, driver.ErrNotFound)
		}
	}

	keys, now = createMany(t, s, "bob", 4)
	do(t, s.client, "ZADD", s.userKey("bob"), timeText(now.Add(time.Hour)), "no ID\nat all")
	for _, want := range []driver.ID{keys[1].ID, {}} {
		n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "bob"}, driver.ID{}, 2)
		if n != 2 || next != want || !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%d deleted, next %v, error %v; want 2, %v, %v", n, next, err, want, driver.ErrCorrupt)
		}
	}
}

// TestDeletionRepeated loses the replies to some of the deletions of a step, and sees how many are sent again.
func TestDeletionRepeated(t *testing.T) {
	srv := newServer(t)
	p, o := storetest.Proxy(t, srv.Addr), Options{Prefix: freshPrefix(), Timeout: 20 * time.Second}
	near := newStore(t, srv.Addr, o)
	loadScripts(t, near)
	far := newStore(t, p.Addr(), o)
	const sessions = 50
	keys, now := createMany(t, near, "ann", sessions)
	do(t, near.client, "CONFIG", "RESETSTAT")
	met := p.Once(faultproxy.DropReply, near.sessionKey(keys[0].ID))
	n, next, err := far.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, sessions)
	if !met() || err != nil || !next.IsZero() || countLive(t, near, now, "ann") != 0 {
		t.Errorf("%d deleted, next %v, error %v", n, next, err)
	}
	calls := commandCalls(t, near)["evalsha"]
	if repeated := calls - sessions; repeated < 1 || n+repeated != sessions {
		t.Errorf("%d of %d are known to have been live, and there were %d calls", n, sessions, calls)
	}
}

// TestDeletionUnknown lets no reply to a deletion through: what is not known is not counted, and there is no going on.
func TestDeletionUnknown(t *testing.T) {
	n := network(t)
	_, now := createMany(t, n.Near.(*Store), "ann", 5)
	var sent atomic.Int64
	n.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if !deleteScript.names(request) {
			return faultproxy.None
		}
		sent.Add(1)
		return faultproxy.StallReply
	})
	ctx := within(t, 500*time.Millisecond)
	count, next, err := n.Far.(*Store).DeleteMany(ctx, now, driver.Selection{User: "ann"}, driver.ID{}, 3)
	if count != 0 || !next.IsZero() || !errors.Is(err, driver.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) || sent.Load() == 0 {
		t.Errorf("%d deleted, next %v, error %v", count, next, err)
	}
	n.Proxy.Plan(nil)
	n.Proxy.Release()
	waitUntil(t, "three are gone", func() bool { return countLive(t, n.Near.(*Store), now, "ann") == 2 })
}

// TestDeletionTimeout has a server refuse more deletions than are under way at once: the step as a whole goes on for the timeout.
func TestDeletionTimeout(t *testing.T) {
	const timeout = 2 * time.Second
	s := newStore(t, newServer(t).Addr, Options{Timeout: timeout})
	_, now := createMany(t, s, "ann", 2*atOnce+1)
	do(t, s.client, "REPLICAOF", "127.0.0.1", "1")
	start := time.Now()
	n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 3*atOnce)
	if n != 0 || !next.IsZero() || !storetest.Matches(err, driver.ErrUnavailable, driver.ErrUnknownOutcome) {
		t.Errorf("%d deleted, next %v, error %v", n, next, err)
	}
	if took := time.Since(start); took > 2*timeout {
		t.Errorf("it took %v, with a timeout of %v", took, timeout)
	}
}
