package main

import (
	"context"
	"runtime"
	"slices"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// unknown is a need that cannot be counted.
const unknown = -1

// need counts what a request of one client needs. It does not depend on the number of clients, so it is counted once.
func (r *runner) need(ctx context.Context, b *backend.Backend, c cell, direct, viaProxy *contestant) (result.Needs, error) {
	i := slices.IndexFunc(r.Cost, func(k result.Cost) bool {
		return k.Who == direct.who() && k.Operation == c.name() && k.Size == c.size
	})
	if i >= 0 {
		return r.Cost[i].Needs, nil
	}
	n := result.Needs{Allocs: unknown, AllocBytes: unknown, Commands: unknown, RoundTrips: unknown, Sent: unknown, Received: unknown}
	if !c.overHTTP {
		requests, err := direct.requests(ctx, c.operation, c.size, 1)
		if err != nil {
			return n, err
		}
		if n.Allocs, n.AllocBytes, err = allocations(requests[0], r.requests); err != nil {
			return n, err
		}
	}
	if b.Counted == "" {
		return n, nil
	}
	requests, err := viaProxy.requests(ctx, c.operation, c.size, 1)
	if err != nil {
		return n, err
	}
	if _, err := timed(requests, r.turn/4); err != nil { // connections and prepared statements are not counted
		return n, err
	}
	err = traffic(ctx, b, requests[0], r.requests, &n)
	return n, err
}

// allocations returns how many allocations a request makes, and of how many bytes.
func allocations(request func() error, n int) (count, bytes float64, err error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range n {
		if err := request(); err != nil {
			return 0, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n), nil
}

// traffic counts what a request causes at the store. The application must use b.Counted.
func traffic(ctx context.Context, b *backend.Backend, request func() error, n int, needs *result.Needs) error {
	before, ok, err := b.Count(ctx)
	if !ok || err != nil {
		return err
	}
	for range n {
		if err := request(); err != nil {
			return err
		}
	}
	after, _, err := b.Count(ctx)
	each := func(before, after int64) float64 { return float64(after-before) / float64(n) }
	needs.Commands, needs.RoundTrips = each(before.Commands, after.Commands), each(before.RoundTrips, after.RoundTrips)
	needs.Sent, needs.Received = each(before.Sent, after.Sent), each(before.Received, after.Received)
	return err
}
