package race

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Pages is several pages of one browser at once, each of which reads the session and takes some time: what a lock costs.
const Pages = "parallel pages"

// RunPages measures the median of several rounds.
func RunPages(ctx context.Context, site Site, rounds, pages int, work time.Duration) (Outcome, error) {
	b := site.Browser()
	o := Outcome{Race: Pages, Clients: pages, Work: work}
	if err := mustPost(ctx, b, "/login?u=ann"); err != nil {
		return o, err
	}
	took := make([]time.Duration, rounds)
	for n := range rounds {
		answers := make([]error, pages)
		start := time.Now()
		Together(pages, func(client int) {
			answers[client] = must(b.Get(ctx, fmt.Sprintf("/page?ms=%d", work.Milliseconds())))
		})
		took[n] = time.Since(start)
		for _, err := range answers {
			o.Of++
			if err == nil {
				o.Held++
			} else {
				o.Failed++
			}
		}
	}
	slices.Sort(took)
	o.Took = took[len(took)/2]
	return o, nil
}
