package race

import (
	"context"
	"fmt"
	"time"
)

// Plan says how much is tried; nothing of what is 0.
type Plan struct {
	Clients []int // of the counter and of own keys
	Works   []time.Duration
	Updates int // requests of all clients together, in each of these races
	Codes   int // one-time codes, for 8 takers each
	Logouts int
	Aimed   int // logouts at the moment of a write
	SignIns int
	Revokes int
	Firsts  int // visitors whose first 6 requests come at once
	Cookies int // made-up and old ones
	Pages   int // rounds of 8 pages of 100 ms
}

// Full takes some twenty seconds where nothing waits for locks.
var Full = Plan{
	Clients: []int{2, 6, 32}, Works: []time.Duration{0, 5 * time.Millisecond}, Updates: 160,
	Codes: 25, Logouts: 50, Aimed: 405, SignIns: 50, Revokes: 20, Firsts: 20, Cookies: 5, Pages: 3,
}

// Quick is a sample of each race.
var Quick = Plan{
	Clients: []int{6}, Works: []time.Duration{5 * time.Millisecond}, Updates: 60,
	Codes: 5, Logouts: 5, Aimed: 27, SignIns: 10, Revokes: 3, Firsts: 3, Cookies: 2, Pages: 1,
}

// limit is how long one race may take.
const limit = 3 * time.Minute

// Run holds all races of the plan at a site that keeps the contract.
func (p Plan) Run(ctx context.Context, site Site) (all []Outcome, err error) {
	const work = 5 * time.Millisecond
	var races []func(context.Context) ([]Outcome, error)
	add := func(times int, race func(context.Context) ([]Outcome, error)) {
		if times > 0 {
			races = append(races, race)
		}
	}
	for _, updates := range []func(ctx context.Context, site Site, clients, requests int, work time.Duration) ([]Outcome, error){counter, ownKeys} {
		for _, clients := range p.Clients {
			for _, work := range p.Works {
				requests := p.Updates / clients
				add(requests, func(ctx context.Context) ([]Outcome, error) { return updates(ctx, site, clients, requests, work) })
			}
		}
	}
	add(p.Codes, func(ctx context.Context) ([]Outcome, error) { return codes(ctx, site, p.Codes, 8, work) })
	add(p.Logouts, func(ctx context.Context) ([]Outcome, error) { return logouts(ctx, site, p.Logouts) })
	add(p.Aimed, func(ctx context.Context) ([]Outcome, error) { return aimedLogouts(ctx, site, p.Aimed) })
	add(p.SignIns, func(ctx context.Context) ([]Outcome, error) { return signIns(ctx, site, p.SignIns) })
	add(p.Revokes, func(ctx context.Context) ([]Outcome, error) { return revocations(ctx, site, p.Revokes) })
	add(p.Firsts, func(ctx context.Context) ([]Outcome, error) { return firstRequests(ctx, site, p.Firsts, 6, work) })
	add(p.Cookies, func(ctx context.Context) ([]Outcome, error) { return cookies(ctx, site, p.Cookies) })
	add(p.Pages, func(ctx context.Context) ([]Outcome, error) {
		return pages(ctx, site, p.Pages, 8, 100*time.Millisecond)
	})
	for _, race := range races {
		outcomes, err := limited(ctx, race)
		if all = append(all, outcomes...); err != nil {
			return all, err
		}
	}
	return all, nil
}

func limited(ctx context.Context, race func(context.Context) ([]Outcome, error)) ([]Outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("a race takes more than %v", limit))
	defer cancel()
	outcomes, err := race(ctx)
	if err == nil {
		err = context.Cause(ctx) // what it counted as failed may have had no time
	}
	if err != nil && len(outcomes) > 0 {
		err = fmt.Errorf("%s: %w", outcomes[0].Race, err)
	}
	return outcomes, err
}
