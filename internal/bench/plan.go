package main

import (
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

// plan says how much to measure. The full plan takes less than 25 minutes on two cores, the quick one about one.
type plan struct {
	stores []string

	races race.Plan

	cells    []cell
	rounds   int
	turn     time.Duration // of a contestant in a round
	requests int           // to count allocations and traffic by

	growth     []int
	growthTurn time.Duration
	fill       time.Duration // how long filling a store may take; it stays smaller then
	expired    int           // sessions to sweep
}

var (
	stores = []string{peer.Memory, peer.SQLite, peer.Postgres, peer.MariaDB, peer.MongoDB, peer.Redis}
	sizes  = []int{200, 2_000, 20_000, 200_000}
)

func full() plan {
	p := plan{
		races: race.Plan{
			Clients: race.Full.Clients, Works: race.Full.Works, Updates: race.Full.Updates, Logouts: 100, SignIns: race.Full.SignIns,
		},
		stores: stores, rounds: 7, turn: 200 * time.Millisecond, requests: 200,
		growth: []int{1e3, 1e4, 1e5, 1e6}, growthTurn: 500 * time.Millisecond, fill: time.Minute, expired: 1e5,
	}
	// Not the full product. What depends on the size does so with any number of clients, and what depends on the number of
	// clients does so with any size; an unused session knows no size, and ten writes show the same as one.
	for _, operation := range []string{result.Read, result.Write} {
		for _, size := range sizes {
			p.cells = append(p.cells, cell{operation, size, 16, false})
		}
		p.cells = append(p.cells, cell{operation, 2_000, 1, false}, cell{operation, 2_000, 256, false})
	}
	for _, operation := range []string{result.Unused, result.TenWrites, result.TenInOne} {
		p.cells = append(p.cells, cell{operation, 2_000, 16, false})
	}
	for _, operation := range []string{result.Unused, result.Read, result.Write} {
		p.cells = append(p.cells, cell{operation, 2_000, 16, true})
	}
	p.cells = append(p.cells, cell{result.Write, 20_000, 16, true}, cell{result.Write, 200_000, 16, true})
	return p
}

func quick() plan {
	return plan{
		races:  race.Plan{Clients: []int{6}, Works: []time.Duration{5 * time.Millisecond}, Updates: 60, Logouts: 5, SignIns: 5},
		stores: stores, rounds: 2, turn: 10 * time.Millisecond, requests: 5,
		cells: []cell{
			{result.Unused, 2_000, 4, false},
			{result.Read, 2_000, 4, false},
			{result.Write, 2_000, 4, false},
			{result.Write, 20_000, 4, false},
			{result.TenWrites, 2_000, 4, false},
			{result.Write, 2_000, 4, true},
		},
		growth: []int{1e2, 1e3}, growthTurn: 20 * time.Millisecond, fill: 5 * time.Second, expired: 1e2,
	}
}
