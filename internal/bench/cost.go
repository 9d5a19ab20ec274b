package main

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

// cell is one thing that all peers on a store do in turns.
type cell struct {
	operation     string // of package result
	size, clients int
	overHTTP      bool
}

var paths = map[string]string{
	result.Unused:    "/unused",
	result.Read:      "/read",
	result.Write:     "/write",
	result.TenWrites: "/ten",
	result.TenInOne:  "/ten-in-one",
}

// timed has the clients send requests for about d, and returns the nanoseconds per request.
func timed(requests []func() error, d time.Duration) (float64, error) {
	var total atomic.Int64
	errs := make([]error, len(requests))
	start := time.Now()
	race.Together(len(requests), func(i int) {
		n := int64(0)
		for done := false; !done; done = time.Since(start) >= d {
			if errs[i] = requests[i](); errs[i] != nil {
				break
			}
			n++
		}
		total.Add(n)
	})
	elapsed := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return float64(elapsed) / float64(total.Load()), nil
}

// measure times a cell: in every round each contestant takes its turn, and another one begins.
func measure(ctx context.Context, c cell, all []*contestant, rounds int, d time.Duration) ([]result.Cost, error) {
	requests := make([][]func() error, len(all))
	for i, who := range all {
		var err error
		if requests[i], err = who.requests(ctx, c.operation, c.size, c.clients); err != nil {
			return nil, err
		}
		if _, err := timed(requests[i], d/4); err != nil { // connections, prepared statements, caches
			return nil, who.fault(err)
		}
	}
	times, ratios := make([][]float64, len(all)), make([][]float64, len(all))
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for turn := range all {
			i := (turn + round) % len(all)
			runtime.GC() // nobody pays for another's garbage
			t, err := timed(requests[i], d)
			if err != nil {
				return nil, all[i].fault(err)
			}
			times[i] = append(times[i], t)
		}
		for i := range all {
			ratios[i] = append(ratios[i], times[i][round]/times[0][round]) // the first is ours
		}
	}
	costs := make([]result.Cost, len(all))
	for i, who := range all {
		costs[i] = result.Cost{
			Who: who.who(), Operation: c.name(), Size: c.size, Clients: c.clients,
			Time: spread(times[i]), Ratio: spread(ratios[i]),
		}
	}
	return costs, nil
}

func (c cell) name() string {
	if c.overHTTP {
		return c.operation + result.OverHTTP
	}
	return c.operation
}
