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

// needs is what a request needs beside time: allocations, their bytes, commands, round trips, bytes sent and received.
type needs [6]float64

// need counts what a request of one client needs. It does not depend on the number of clients, so it is counted once.
func (r *runner) need(ctx context.Context, b *backend.Backend, c cell, direct, viaProxy *contestant) (needs, error) {
	i := slices.IndexFunc(r.Cost, func(k result.Cost) bool {
		return k.Who == direct.who() && k.Operation == c.name() && k.Size == c.size
	})
	if i >= 0 {
		k := r.Cost[i]
		return needs{k.Allocs, k.AllocBytes, k.Commands, k.RoundTrips, k.Sent, k.Received}, nil
	}
	n := needs{unknown, unknown, unknown, unknown, unknown, unknown}
	if !c.overHTTP {
		requests, err := direct.requests(ctx, c.operation, c.size, 1)
		if err != nil {
			return n, err
		}
		if n[0], n[1], err = allocations(requests[0], r.requests); err != nil {
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
	perRequest, err := traffic(ctx, b, requests[0], r.requests)
	copy(n[2:], perRequest[:])
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

// traffic returns what a request causes at the store. The application must use b.Counted.
func traffic(ctx context.Context, b *backend.Backend, request func() error, n int) (perRequest [4]float64, err error) {
	before, ok, err := b.Count(ctx)
	if !ok || err != nil {
		return [4]float64{unknown, unknown, unknown, unknown}, err
	}
	for range n {
		if err := request(); err != nil {
			return perRequest, err
		}
	}
	after, _, err := b.Count(ctx)
	for i, difference := range []int64{
		after.Commands - before.Commands, after.RoundTrips - before.RoundTrips, after.Sent - before.Sent, after.Received - before.Received,
	} {
		perRequest[i] = float64(difference) / float64(n)
	}
	return perRequest, err
}
