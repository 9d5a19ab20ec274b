package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

const (
	sweepBatch = 1000
	liveBeside = 1000 // sessions that stay
)

// sweep has a store remove expired sessions while it serves updates of others. It does nothing with stores that drop
// expired sessions by themselves.
func sweep(ctx context.Context, b *backend.Backend, p plan, found func(result.Sweep)) error {
	s, err := populate(ctx, b, "sweep")
	if err != nil {
		return err
	}
	defer s.Close()
	sweeper, ok := s.Store.Store.(driver.Sweeper)
	if !ok {
		return nil
	}
	if err := s.fill(ctx, liveBeside, life, p.fill); err != nil {
		return err
	}
	if err := s.fill(ctx, liveBeside+p.expired, shortLife, p.fill); err != nil {
		return err
	}
	r := result.Sweep{Who: result.Who{Peer: peer.Ours, Store: b.Store}, Expired: s.n - liveBeside}
	s.now = s.now.Add(2 * shortLife)
	update := s.update(ctx, liveBeside)
	if r.Update, err = sampled(update, p.growthTurn); err != nil {
		return err
	}
	swept := make(chan error, 1)
	start := time.Now()
	go func() {
		total, last := 0, sweepBatch
		var err error
		for last == sweepBatch && err == nil {
			last, err = sweeper.Sweep(ctx, s.now, sweepBatch)
			total += last
		}
		r.Duration = time.Since(start)
		if err == nil && total != r.Expired {
			err = fmt.Errorf("swept %d of %d expired sessions", total, r.Expired)
		}
		swept <- err
	}()
	requests := make([]func() error, growthClients)
	for i := range requests {
		requests[i] = update
	}
	var times []float64
	for done := false; !done; {
		t, updateErr := timed(requests, p.growthTurn/10)
		times = append(times, t)
		select {
		case err = <-swept:
			done = true
		default:
		}
		if updateErr != nil {
			if !done {
				err = <-swept
			}
			return errors.Join(updateErr, err)
		}
	}
	r.During = spread(times)
	if err == nil {
		found(r)
	}
	return err
}
