package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// noise is how far apart the same work under two names was.
type noise struct {
	Cells     int
	Low, High string // the extreme medians
	Widest    string // the cell with the widest range, and that range
}

func measureNoise(costs []result.Cost) noise {
	cells := keep(costs, func(c result.Cost) bool { return c.Peer == control && c.Ratio.Median > 0 })
	byMedian := func(a, b result.Cost) int { return cmp.Compare(a.Ratio.Median, b.Ratio.Median) }
	width := func(c result.Cost) float64 { return c.Ratio.High / math.Max(c.Ratio.Low, math.SmallestNonzeroFloat32) }
	widest := slices.MaxFunc(cells, func(a, b result.Cost) int { return cmp.Compare(width(a), width(b)) })
	return noise{
		Cells:  len(cells),
		Low:    formatRatio(slices.MinFunc(cells, byMedian).Ratio.Median),
		High:   formatRatio(slices.MaxFunc(cells, byMedian).Ratio.Median),
		Widest: fmt.Sprintf("%s, %s: %s", widest.Store, kindOf(widest), formatRatios(widest.Ratio)),
	}
}

// behind is where other libraries are faster than atomicsession, or need less.
type behind struct {
	Compared int      // cells of libraries that have a ratio
	Faster   int      // of these, where the library is faster
	Noise    int      // of these, where the noise control's range reaches the library's
	Groups   []string // a line for each library, store and operation, the worst first
	Needs    []string // a line for each need
}

func findBehind(costs []result.Cost) behind {
	type group struct {
		result.Who
		operation               string
		compared, faster, noise int
		worst                   result.Cost
	}
	b := behind{Needs: findNeeds(costs)}
	var groups []*group
	for _, c := range costs {
		if !isLibrary(c.Peer) || c.Ratio.Median <= 0 {
			continue
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.Who == c.Who && g.operation == c.Operation })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{Who: c.Who, operation: c.Operation, worst: c})
		}
		g := groups[i]
		b.Compared++
		g.compared++
		if c.Ratio.Median < g.worst.Ratio.Median {
			g.worst = c
		}
		if c.Ratio.Median >= 1 {
			continue
		}
		b.Faster++
		g.faster++
		if withinNoise(costs, c) {
			b.Noise++
			g.noise++
		}
	}
	groups = keep(groups, func(g *group) bool { return g.faster > 0 })
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.worst.Ratio.Median, b.worst.Ratio.Median), compareWhos(a.Who, b.Who), compareOperations(a.operation, b.operation))
	})
	for _, g := range groups {
		line := fmt.Sprintf("%s on %s, %s: %s (%s, %s)", g.Peer, g.Store, g.operation,
			formatRatios(g.worst.Ratio), formatSessionSize(g.worst.Size), formatClients(g.worst.Clients))
		line += fmt.Sprintf("; faster in %d of %d", g.faster, g.compared)
		if g.noise > 0 {
			line += fmt.Sprintf(", %d within the noise", g.noise)
		}
		b.Groups = append(b.Groups, line)
	}
	return b
}

// withinNoise is whether the library's range reaches that of the same cell's noise control, or 1 where there is none.
func withinNoise(costs []result.Cost, c result.Cost) bool {
	reach := 1.0
	if again := findCost(costs, result.Who{Peer: control, Store: c.Store}, kindOf(c)); again != nil && again.Ratio.Low > 0 {
		reach = math.Min(reach, again.Ratio.Low)
	}
	return c.Ratio.High >= reach
}

// findNeeds compares what a request needs besides time.
func findNeeds(costs []result.Cost) []string {
	needs := []struct {
		verb string
		need func(result.Cost) float64
	}{
		{"waits for the store more often", func(c result.Cost) float64 { return c.RoundTrips }},
		{"allocates more often", func(c result.Cost) float64 { return c.Allocs }},
		{"allocates more bytes", func(c result.Cost) float64 { return c.AllocBytes }},
		{"has the store carry out more commands", func(c result.Cost) float64 { return c.Commands }},
		{"sends more bytes", func(c result.Cost) float64 { return c.Sent }},
		{"receives more bytes", func(c result.Cost) float64 { return c.Received }},
	}
	var lines []string
	for _, n := range needs {
		compared, more, worst, factor := 0, 0, result.Cost{}, 0.0
		for _, c := range costs {
			own := findCost(costs, result.Who{Peer: ours, Store: c.Store}, kindOf(c))
			if !isLibrary(c.Peer) || own == nil || n.need(c) < 0 || n.need(*own) < 0 {
				continue
			}
			compared++
			if n.need(*own) <= n.need(c) {
				continue
			}
			more++
			if f := n.need(*own) / n.need(c); f > factor {
				worst, factor = c, f
			}
		}
		if more == 0 {
			continue
		}
		line := fmt.Sprintf("%s in %d of %d cells, ", n.verb, more, compared)
		if math.IsInf(factor, 1) {
			line += "some of them where another needs none, such as "
		} else {
			line += "at most " + formatRatio(factor) + " times as many as "
		}
		lines = append(lines, line+fmt.Sprintf("%s on %s (%s)", worst.Peer, worst.Store, kindOf(worst)))
	}
	return lines
}

// limits says, for each store, how near atomicsession comes to the same request written by hand.
func limits(costs []result.Cost) []string {
	var lines []string
	for _, store := range storesOf(costs) {
		cells := keep(costs, func(c result.Cost) bool { return c.Store == store && c.Peer == byHand && c.Ratio.Median > 0 })
		slices.SortStableFunc(cells, func(a, b result.Cost) int { return cmp.Compare(a.Ratio.Median, b.Ratio.Median) })
		first, last := cells[0], cells[len(cells)-1]
		lines = append(lines, fmt.Sprintf("%s: %s in the middle of %d cells; from %s (%s) to %s (%s)", store,
			formatRatio(cells[len(cells)/2].Ratio.Median), len(cells),
			formatRatio(first.Ratio.Median), kindOf(first), formatRatio(last.Ratio.Median), kindOf(last)))
	}
	return lines
}
