package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
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

// lose has the named peer go through all races.
func lose(t *testing.T, store, name string) []result.Race {
	t.Helper()
	r := &runner{progress: t.Output()}
	r.Started = time.Now()
	r.plan.races = race.Quick
	peers := peer.All(store)
	p := peers[slices.IndexFunc(peers, func(p peer.Peer) bool { return p.Name == name })]
	if err := r.racesOf(t.Context(), start(t, store), p); err != nil {
		t.Fatal(err)
	}
	return r.Races
}

func TestNothingIsLost(t *testing.T) {
	for _, store := range []string{peer.Memory, peer.SQLite, peer.Redis} {
		t.Run(store, func(t *testing.T) {
			for _, r := range lose(t, store, peer.Ours) {
				if !r.AllHeld() && r.Race != race.First {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// TestLossesAreSeen holds the races to finding what they look for, with libraries that load, change and save, and with one that takes the
// client's ID and keeps it.
func TestLossesAreSeen(t *testing.T) {
	for _, tc := range []struct {
		store, name string
		lost        []string
	}{
		{peer.Memory, "scs", []string{
			race.Counter, race.OwnKeys, race.Code, race.First, race.Logout, race.LogoutAimed, race.SignIn, race.SignInUpdates,
			race.RevokeWrite, race.RevokeRenew,
		}},
		{peer.Redis, "gorilla", []string{race.ChosenID, race.OldCookie}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lost := map[string]bool{}
			for _, r := range lose(t, tc.store, tc.name) {
				lost[r.Race] = r.Held < r.Of
				if r.Failed > 0 {
					t.Errorf("%+v", r)
				}
			}
			for _, name := range tc.lost {
				if !lost[name] {
					t.Errorf("%s: nothing is lost", name)
				}
			}
		})
	}
}

func TestBroken(t *testing.T) {
	race := func(name string, held, failed int) result.Run {
		return result.Run{Races: []result.Race{{
			Who: result.Who{Peer: name, Store: peer.Redis}, Outcome: race.Outcome{Race: race.Counter, Of: 9, Held: held, Failed: failed},
		}}}
	}
	for _, good := range []result.Run{race(peer.Ours, 9, 0), race("scs", 1, 1)} {
		if c := broken(good); len(c) > 0 {
			t.Errorf("a good run is called broken: %q", c)
		}
	}
	for _, bad := range []result.Run{race(peer.Ours, 8, 0), race(peer.Ours, 9, 1)} {
		if c := broken(bad); len(c) != 1 || !strings.Contains(c[0], "Redis") {
			t.Errorf("%+v: %q", bad, c)
		}
	}
}
