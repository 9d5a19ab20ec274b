package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func start(t *testing.T, store string) *backend.Backend {
	t.Helper()
	b, err := backend.Start(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

const requests = 50

// lose has the named peer go through a few races and logouts.
func lose(t *testing.T, store, name string) result.Run {
	t.Helper()
	r := &runner{progress: t.Output()}
	r.Started = time.Now()
	r.races = 50
	r.lost = []race{
		{counter, 32, requests, 0},
		{counter, 2, requests, 5 * time.Millisecond},
		{ownKeys, 32, requests, 5 * time.Millisecond},
	}
	peers := peer.All(store)
	p := peers[slices.IndexFunc(peers, func(p peer.Peer) bool { return p.Name == name })]
	if err := r.lostBy(t.Context(), start(t, store), p); err != nil {
		t.Fatal(err)
	}
	return r.Run
}

func TestNothingIsLost(t *testing.T) {
	for _, store := range []string{peer.Memory, peer.SQLite, peer.Redis} {
		t.Run(store, func(t *testing.T) {
			run := lose(t, store, peer.Ours)
			for _, complaint := range broken(run) {
				t.Error(complaint)
			}
			for _, l := range run.Lost {
				if want := l.Clients * requests; l.Acknowledged != want || l.Kept != want {
					t.Errorf("%s: %d acknowledged and %d kept of %d", l.Variant, l.Acknowledged, l.Kept, want)
				}
			}
		})
	}
}

// TestLossesAreSeen holds the harness to finding what it looks for, with a library that loads, changes and saves.
func TestLossesAreSeen(t *testing.T) {
	run := lose(t, peer.Memory, "scs")
	for _, l := range run.Lost {
		if l.Think > 0 && l.Kept >= l.Acknowledged {
			t.Errorf("%s: nothing of %d is lost", l.Variant, l.Acknowledged)
		}
		if l.Failed > 0 {
			t.Errorf("%s: %d failed", l.Variant, l.Failed)
		}
	}
	if run.Resurrected[0].Back == 0 {
		t.Error("no session came back")
	}
}

func TestBroken(t *testing.T) {
	ours, theirs := result.Who{Peer: peer.Ours, Store: peer.Redis}, result.Who{Peer: "scs", Store: peer.Redis}
	good := result.Run{
		Lost:        []result.Lost{{Who: ours, Acknowledged: 9, Kept: 9}, {Who: theirs, Acknowledged: 9, Kept: 1, Failed: 1}},
		Resurrected: []result.Resurrected{{Who: ours, Races: 9}, {Who: theirs, Races: 9, Back: 9}},
	}
	if c := broken(good); len(c) > 0 {
		t.Errorf("a good run is called broken: %q", c)
	}
	for _, run := range []result.Run{
		{Lost: []result.Lost{{Who: ours, Acknowledged: 9, Kept: 8}}},
		{Lost: []result.Lost{{Who: ours, Acknowledged: 9, Kept: 9, Failed: 1}}},
		{Resurrected: []result.Resurrected{{Who: ours, Races: 9, Back: 1}}},
	} {
		if c := broken(run); len(c) != 1 || !strings.Contains(c[0], "Redis") {
			t.Errorf("%+v: %q", run, c)
		}
	}
}
