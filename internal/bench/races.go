package main

import (
	"context"
	"fmt"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

func (r *runner) races(ctx context.Context, b *backend.Backend) error {
	for _, p := range peer.All(b.Store) {
		if p.Name == peer.Again || p.Name == peer.ByHand || p.ReadsOnly {
			continue
		}
		if err := r.racesOf(ctx, b, p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func (r *runner) racesOf(ctx context.Context, b *backend.Backend, p peer.Peer) error {
	c, err := enter(ctx, p, b.URL, true)
	if err != nil {
		return err
	}
	defer c.close()
	target := c.target.(*overHTTP)
	all, err := r.plan.races.Run(ctx, race.Site{URL: target.base, Transport: target.client.Transport})
	for _, o := range all {
		r.Races = append(r.Races, result.Race{Who: c.who(), Outcome: o})
		r.say("races: %s, %s, %s, %d clients, %s: %d of %d held, %d refused, %d failed",
			p.Store, p.Name, o.Race, o.Clients, o.Work, o.Held, o.Of, o.Refused, o.Failed)
	}
	return err
}
