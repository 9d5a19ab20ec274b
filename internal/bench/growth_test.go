package main

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestGrowAndSweep(t *testing.T) {
	p := plan{growth: []int{10, 2_500}, growthTurn: 5 * time.Millisecond, fill: time.Minute, expired: 1_500}
	for _, store := range []string{peer.Memory, peer.SQLite, peer.MongoDB, peer.Postgres, peer.MariaDB} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			b := start(t, store)
			var sizes []result.Growth
			if err := grow(t.Context(), b, p, func(g result.Growth) { sizes = append(sizes, g) }); err != nil {
				t.Fatal(err)
			}
			if len(sizes) != 2 || sizes[1].Sessions != 2_500 || sizes[1].Update.Median <= 0 || sizes[1].Load.Median <= 0 {
				t.Errorf("%+v", sizes)
			}
			if store != peer.Memory && sizes[1].BytesPerSession < 200 { // the memory is that of other tests, too
				t.Errorf("%v bytes per session", sizes[1].BytesPerSession)
			}
			swept := 0
			if err := sweep(t.Context(), b, p, func(s result.Sweep) { swept = s.Expired }); err != nil || swept != p.expired {
				t.Errorf("%d swept, %v", swept, err)
			}
		})
	}
}

// TestClones holds a copied session to being one: it is found, and loads and updates as the original does.
func TestClones(t *testing.T) {
	for _, store := range []string{peer.MongoDB, peer.Postgres, peer.MariaDB} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			s, err := populate(t.Context(), start(t, store), "clones")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			if err := s.fillByClones(t.Context(), 10, life, time.Minute); err != nil {
				t.Fatal(err)
			}
			first, err := s.Load(t.Context(), s.now, key(0))
			if err != nil {
				t.Fatal(err)
			}
			last, err := s.Load(t.Context(), s.now, key(9))
			if err != nil || last.Data.Size() != first.Data.Size() || !last.Expires.Equal(first.Expires) || last.ID != key(9).ID {
				t.Errorf("%+v, %v; the original is %+v", last, err, first)
			}
			set := &driver.Update{Ops: []driver.Op{driver.Set{Path: "seen", Value: driver.IntValue(1)}}}
			if _, err := s.Update(t.Context(), s.now, key(9), set); err != nil {
				t.Error(err)
			}
		})
	}
}
