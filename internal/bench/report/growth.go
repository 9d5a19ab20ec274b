package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// growthTable shows times also in relation to those of the same store with the fewest sessions.
func growthTable(growth []result.Growth) table {
	t := table{texts: 3, head: []string{"store", "library", "sessions", "update", "relative", "load", "relative", "per session"}}
	growth = sortedGrowth(growth)
	for _, g := range growth {
		first := growth[slices.IndexFunc(growth, func(f result.Growth) bool { return f.Who == g.Who })]
		t.rows = append(t.rows, []string{
			g.Store, g.Peer, formatMany(g.Sessions),
			formatTimes(g.Update), formatQuotient(g.Update, first.Update),
			formatTimes(g.Load), formatQuotient(g.Load, first.Load),
			formatBytes(g.BytesPerSession),
		})
	}
	return t.sparse()
}

// sortedGrowth is a sorted copy.
func sortedGrowth(growth []result.Growth) []result.Growth {
	growth = slices.Clone(growth)
	slices.SortStableFunc(growth, func(a, b result.Growth) int {
		return cmp.Or(compareWhos(a.Who, b.Who), cmp.Compare(a.Sessions, b.Sessions))
	})
	return growth
}

// formatQuotient writes the quotient of two medians, if both are known.
func formatQuotient(a, b result.Spread) string {
	if a.Median <= 0 || b.Median <= 0 {
		return unknown
	}
	return formatRatio(a.Median / b.Median)
}

func sweepTable(sweeps []result.Sweep) table {
	t := table{texts: 2, head: []string{"store", "library", "expired sessions", "removed in", "a second", "update without", "update beside", "relative"}}
	sweeps = slices.Clone(sweeps)
	slices.SortStableFunc(sweeps, func(a, b result.Sweep) int { return compareWhos(a.Who, b.Who) })
	for _, s := range sweeps {
		t.rows = append(t.rows, []string{
			s.Store, s.Peer, formatMany(s.Expired), formatDuration(s.Duration), formatRate(s.Expired, s.Duration),
			formatTimes(s.Update), formatTimes(s.During), formatQuotient(s.During, s.Update),
		})
	}
	return t.sparse()
}

func formatRate(n int, d time.Duration) string {
	return formatMany(int(math.Round(float64(n) / d.Seconds())))
}
