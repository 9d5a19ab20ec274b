package race

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Pages is several pages of one browser at once, each of which reads the session and takes some time: what a lock costs. Held is how many were
// answered.
const Pages = "parallel pages"

// pages takes the median of several rounds.
func pages(ctx context.Context, site Site, rounds, pages int, work time.Duration) ([]Outcome, error) {
	o := Outcome{Race: Pages, Clients: pages, Work: work, Of: rounds * pages}
	b := site.Browser()
	if err := mustPost(ctx, b, "/login?u=ann"); err != nil {
		return []Outcome{o}, err
	}
	var t tally
	took := make([]time.Duration, rounds)
	for n := range rounds {
		start := time.Now()
		Together(pages, func(int) { t.count(b.Get(ctx, fmt.Sprintf("/page?ms=%d", work.Milliseconds()))) })
		took[n] = time.Since(start)
	}
	slices.Sort(took)
	o.Held, o.Refused, o.Failed, o.Took = t.acknowledged, t.refused, t.failed, took[rounds/2]
	return []Outcome{o}, nil
}
