package main

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// TestEveryPeer has all peers on all stores do everything that is timed.
func TestEveryPeer(t *testing.T) {
	for _, store := range stores {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			r := &runner{progress: t.Output()}
			r.Started = time.Now()
			r.rounds, r.turn, r.requests = 1, time.Millisecond, 5
			for _, operation := range []string{result.Unused, result.Read, result.Write, result.TenWrites, result.TenInOne} {
				r.cells = append(r.cells, cell{operation, 2_000, 2, false})
			}
			r.cells = append(r.cells, cell{result.Read, 2_000, 2, true}, cell{result.Write, 2_000, 2, true})
			if err := r.costs(t.Context(), start(t, store)); err != nil {
				t.Fatal(err)
			}
			for _, p := range peer.All(store) {
				i := slices.IndexFunc(r.Cost, func(c result.Cost) bool { return c.Peer == p.Name })
				if measured := i >= 0 && r.Cost[i].Time.Median > 0 && r.Cost[i].Ratio.Median > 0; measured == p.RacesOnly {
					t.Errorf("%s was measured: %v", p.Name, measured)
				}
			}
			for _, c := range r.Cost {
				if c.Peer == peer.Cached && c.Operation != result.Read && c.Operation != result.Read+result.OverHTTP {
					t.Errorf("%s was measured by %s", c.Peer, c.Operation)
				}
				if c.Peer == peer.Ours && c.Ratio != (result.Spread{Median: 1, Low: 1, High: 1}) {
					t.Errorf("%s: the ratio to itself is %+v", c.Operation, c.Ratio)
				}
			}
		})
	}
}

// TestTraffic holds the counts to what is known of one request: one round trip, and as many bytes as the session has for a library
// that writes all of it. Clients may send something of their own now and then.
func TestTraffic(t *testing.T) {
	for _, c := range []struct {
		store, name, operation string
		trips                  float64
		sent                   float64 // at least
	}{
		{peer.Redis, peer.Ours, result.Unused, 0, 0},
		{peer.Redis, peer.Ours, result.Write, 1, 100},
		{peer.Redis, peer.Cached, result.Read, 0, 0},
		{peer.Redis, "scs", result.Write, 2, 20_000},
		{peer.Postgres, peer.ByHand, result.Write, 1, 100},
		{peer.Postgres, "scs", result.Write, 2, 20_000},
		{peer.MariaDB, peer.Ours, result.Write, 1, 100},
		{peer.MariaDB, peer.ByHand, result.Write, 1, 100},
	} {
		t.Run(c.store+" "+c.name+" "+c.operation, func(t *testing.T) {
			b := start(t, c.store)
			peers := peer.All(c.store)
			p := peers[slices.IndexFunc(peers, func(p peer.Peer) bool { return p.Name == c.name })]
			who, err := enter(t.Context(), p, b.Counted, false)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(who.close)
			requests, err := who.requests(t.Context(), c.operation, 20_000, 1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := timed(requests, 10*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			var n result.Needs
			if err := traffic(t.Context(), b, requests[0], 20, &n); err != nil {
				t.Fatal(err)
			}
			if math.Abs(n.RoundTrips-c.trips) > 0.5 || n.Sent < c.sent || c.sent < 1000 && n.Sent > 2000 {
				t.Errorf("%v round trips, %v bytes sent, want %v and about %v", n.RoundTrips, n.Sent, c.trips, c.sent)
			}
			if c.trips > 0 != (n.Commands > 0.5) {
				t.Errorf("%v commands", n.Commands)
			}
		})
	}
}

func TestParseCell(t *testing.T) {
	who, c, err := parseCell("Redis/by hand/ten writes over HTTP/20000/16")
	if err != nil || who != (result.Who{Peer: peer.ByHand, Store: peer.Redis}) || c != (cell{result.TenWrites, 20_000, 16, true}) {
		t.Errorf("%+v, %+v, %v", who, c, err)
	}
	for _, name := range []string{"", "Redis/scs/write/2000", "Redis/scs/dance/2000/16", "Redis/scs/write/big/16", "Redis/scs/write/1/all"} {
		if _, _, err := parseCell(name); err == nil {
			t.Errorf("%q is taken for a cell", name)
		}
	}
}

// TestPlans holds the plans to what the report needs.
func TestPlans(t *testing.T) {
	for name, p := range map[string]plan{"full": full(), "quick": quick()} {
		for _, c := range p.cells {
			if paths[c.operation] == "" || c.clients > maxClients {
				t.Errorf("%s: %+v cannot be measured", name, c)
			}
		}
		if p.races.Updates == 0 || p.rounds < 2 || len(p.growth) < 2 {
			t.Errorf("%s: the plan leaves something out", name)
		}
	}
}
