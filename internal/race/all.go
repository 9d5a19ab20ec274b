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
	Codes: 25, Logouts: 50, Aimed: 405, SignIns: 50, Revokes: 30, Firsts: 20, Cookies: 5, Pages: 3,
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
	run := func(name string, times int, race func(context.Context) ([]Outcome, error)) {
		if err != nil || times == 0 {
			return
		}
		limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it takes more than %v", limit))
		defer cancel()
		outcomes, failed := race(limited)
		if failed == nil {
			failed = context.Cause(limited) // what it counted as failed may have had no time
		}
		if failed != nil {
			err = fmt.Errorf("%s: %w", name, failed)
		}
		all = append(all, outcomes...)
	}
	one := func(o Outcome, err error) ([]Outcome, error) { return []Outcome{o}, err }
	two := func(a, b Outcome, err error) ([]Outcome, error) { return []Outcome{a, b}, err }
	cells := func(name string, updates func(context.Context, Site, int, int, time.Duration) (Outcome, error)) {
		for _, clients := range p.Clients {
			for _, work := range p.Works {
				each := p.Updates / clients
				run(name, each, func(ctx context.Context) ([]Outcome, error) { return one(updates(ctx, site, clients, each, work)) })
			}
		}
	}
	cells(Counter, RunCounter)
	cells(OwnKeys, RunOwnKeys)
	const work = 5 * time.Millisecond
	run(Code, p.Codes, func(ctx context.Context) ([]Outcome, error) { return one(RunCode(ctx, site, p.Codes, 8, work)) })
	run(Logout, p.Logouts, func(ctx context.Context) ([]Outcome, error) { return one(RunLogout(ctx, site, p.Logouts)) })
	run(LogoutAimed, p.Aimed, func(ctx context.Context) ([]Outcome, error) { return one(RunLogoutAimed(ctx, site, p.Aimed)) })
	run(SignIn, p.SignIns, func(ctx context.Context) ([]Outcome, error) { return two(RunSignIn(ctx, site, p.SignIns)) })
	run(RevokeWrite, p.Revokes, func(ctx context.Context) ([]Outcome, error) { return two(RunRevoke(ctx, site, p.Revokes)) })
	run(First, p.Firsts, func(ctx context.Context) ([]Outcome, error) { return one(RunFirst(ctx, site, p.Firsts, 6, work)) })
	run(ChosenID, p.Cookies, func(ctx context.Context) ([]Outcome, error) { return two(RunFixation(ctx, site, p.Cookies)) })
	run(Pages, p.Pages, func(ctx context.Context) ([]Outcome, error) {
		return one(RunPages(ctx, site, p.Pages, 8, 100*time.Millisecond))
	})
	return all, err
}
