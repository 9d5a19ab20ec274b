package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// runner carries out a plan.
type runner struct {
	plan
	result.Run
	progress io.Writer
}

type part struct {
	name string
	run  func(*runner, context.Context, *backend.Backend) error
}

// parts are what a run consists of, each with a server of its own for every store.
var parts = []part{
	{"races", (*runner).races},
	{"cost", (*runner).costs},
	{"growth", (*runner).growing},
	{"sweep", (*runner).sweeping},
}

// do runs the parts that are wanted, on all stores of the plan.
func (r *runner) do(ctx context.Context, wanted []string) error {
	for _, name := range wanted {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("no part %q", name)
		}
	}
	r.Started, r.Machine, r.Versions = time.Now().UTC().Truncate(time.Second), result.ThisMachine(), modules()
	defer func() { r.Duration = time.Since(r.Started).Truncate(time.Second) }()
	for _, part := range parts {
		if !slices.Contains(wanted, part.name) {
			continue
		}
		for _, store := range r.stores {
			if err := r.on(ctx, store, part.run); err != nil {
				return fmt.Errorf("%s: %s: %w", part.name, store, err)
			}
		}
	}
	return nil
}

func (r *runner) on(ctx context.Context, store string, run func(*runner, context.Context, *backend.Backend) error) error {
	b, err := backend.Start(ctx, store)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, v := range b.Versions {
		if !slices.Contains(r.Versions, v) {
			r.Versions = append(r.Versions, v)
		}
	}
	return run(r, ctx, b)
}

func (r *runner) say(format string, args ...any) {
	fmt.Fprintf(r.progress, "%s "+format+"\n", append([]any{time.Since(r.Started).Truncate(time.Second)}, args...)...)
}

// broken says where ours did not keep what it promises.
func broken(run result.Run) (complaints []string) {
	for _, r := range run.Races {
		if peer.IsOurs(r.Peer) && !r.AllHeld() {
			complaints = append(complaints, fmt.Sprintf("%s, %s: %s, %d clients, %s: %d of %d held, %d failed",
				r.Store, r.Peer, r.Race, r.Clients, r.Work, r.Held, r.Of, r.Failed))
		}
	}
	return complaints
}

func (r *runner) costs(ctx context.Context, b *backend.Backend) error {
	for _, http := range []bool{false, true} {
		cells := slices.DeleteFunc(slices.Clone(r.cells), func(c cell) bool { return c.overHTTP != http })
		needed := func(p peer.Peer) bool { return p.Name == peer.Fiber && !p.RacesOnly }
		if len(cells) == 0 || http && !slices.ContainsFunc(peer.All(b.Store), needed) {
			continue
		}
		if err := r.costsOf(ctx, b, cells, http); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) costsOf(ctx context.Context, b *backend.Backend, cells []cell, http bool) error {
	all, err := enterAll(ctx, b.Store, b.URL, http)
	if err != nil {
		return err
	}
	defer closeAll(all)
	var counted []*contestant
	if b.Counted != "" {
		if counted, err = enterAll(ctx, b.Store, b.Counted, http); err != nil {
			return err
		}
		defer closeAll(counted)
	}
	for _, c := range cells {
		direct := c.takers(all)
		viaProxy := direct
		if counted != nil {
			viaProxy = c.takers(counted)
		}
		costs, err := measure(ctx, c, direct, r.rounds, r.turn)
		if err != nil {
			return err
		}
		for i, k := range costs {
			if k.Needs, err = r.need(ctx, b, c, direct[i], viaProxy[i]); err != nil {
				return direct[i].fault(err)
			}
			r.Cost = append(r.Cost, k)
			r.say("cost: %s, %s, %s, %d B, %d clients: %.1f µs (%.2f; %.2f to %.2f), %.0f allocations, %.1f commands, %.1f round trips, %.0f + %.0f B",
				k.Store, k.Peer, k.Operation, k.Size, k.Clients, k.Time.Median/1e3, k.Ratio.Median, k.Ratio.Low, k.Ratio.High,
				k.Allocs, k.Commands, k.RoundTrips, k.Sent, k.Received)
		}
	}
	return nil
}

func (r *runner) growing(ctx context.Context, b *backend.Backend) error {
	return grow(ctx, b, r.plan, func(g result.Growth) {
		r.Growth = append(r.Growth, g)
		r.say("growth: %s, %d sessions: update %.1f µs, load %.1f µs, %.0f B each",
			g.Store, g.Sessions, g.Update.Median/1e3, g.Load.Median/1e3, g.BytesPerSession)
	})
}

func (r *runner) sweeping(ctx context.Context, b *backend.Backend) error {
	return sweep(ctx, b, r.plan, func(s result.Sweep) {
		r.Sweep = append(r.Sweep, s)
		r.say("sweep: %s, %d sessions in %s: update %.1f µs before, %.1f µs beside", s.Store, s.Expired, s.Duration,
			s.Update.Median/1e3, s.During.Median/1e3)
	})
}
