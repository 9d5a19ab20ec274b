package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// isOurs is whether a chart draws the peer in the colour that stands out.
func isOurs(peer string) bool { return strings.HasPrefix(peer, ours) }

// sizeChart shows the time of a write with the smallest and with the largest session, in relation to ours with the smallest.
func sizeChart(costs []result.Cost) figure.Chart {
	var writes []result.Cost
	small, large, longest := math.MaxInt, 0, map[string]float64{}
	for _, c := range costs {
		if c.Operation == result.Write && c.Clients == costs[0].Clients && c.Peer != control {
			writes = append(writes, c)
			small, large = min(small, c.Size), max(large, c.Size)
			longest[c.Store] = max(longest[c.Store], c.Time.Median)
		}
	}
	c := figure.Chart{
		File: "benchmarks/session-size.svg", Title: "Time of changing one field", Ours: isOurs,
		Subtitle: fmt.Sprintf("1 is atomicsession with a session of %s on the same store. Each store has a scale of its own. %s.",
			size(small), figure.Clients(costs[0].Clients)),
		Solid: "session of " + size(small), Outlined: "session of " + size(large),
	}
	for _, w := range writes {
		own := costOf(writes, ours, w)
		if w.Size != small || own == nil {
			continue
		}
		w.Size = large
		last := costOf(writes, w.Peer, w)
		if last == nil {
			continue
		}
		c.Bars = append(c.Bars, figure.Bar{
			Row: [2]string{w.Store, w.Peer}, Text: relative(w.Time, own.Time) + " → " + relative(last.Time, own.Time),
			To: w.Time.Median / longest[w.Store], Reach: last.Time.Median / longest[w.Store],
		})
	}
	return c
}

// common are the requests that a chart shows, and what they do.
var common = []struct{ operation, title string }{
	{result.Unused, "The session is not used"},
	{result.Read, "One field is read"},
	{result.Write, "One field is changed"},
}

// requestsChart shows the times of common requests of other libraries in relation to ours. Where it is 1 there is a line.
func requestsChart(costs []result.Cost) figure.Chart {
	c := figure.Chart{
		File: "benchmarks/requests.svg", Title: "Time of common requests", Ours: isOurs,
	}
	low, high := 1.0, 1.0
	var found []result.Cost
	for _, kind := range common {
		for _, r := range costs {
			if r.Operation == kind.operation && r.Size == usualSize(costs) && r.Clients == costs[0].Clients && isLibrary(r.Peer) && r.Ratio.Median > 0 {
				found = append(found, r)
				low, high = min(low, r.Ratio.Median), max(high, r.Ratio.Median)
				c.Bars = append(c.Bars, figure.Bar{Row: [2]string{kind.title, r.Peer + " · " + r.Store}, Text: ratio(r.Ratio.Median) + " ×"})
			}
		}
	}
	low /= 1.5 // that the fastest has a bar, too
	at := func(ratio float64) float64 { return math.Log(ratio/low) / math.Log(high/low) }
	c.Mark = at(1)
	for i, r := range found {
		place := at(r.Ratio.Median)
		c.Bars[i].From, c.Bars[i].To = min(place, c.Mark), max(place, c.Mark)
	}
	c.Subtitle = fmt.Sprintf("The line is atomicsession on the same store: 1. To its right a library is slower, to its left faster. "+
		"The scale is logarithmic. %s, session of %s.", figure.Clients(costs[0].Clients), size(usualSize(costs)))
	return c
}

// usualSize is the size of session with which every request was measured.
func usualSize(costs []result.Cost) int {
	for _, c := range costs {
		if c.Operation == result.Unused {
			return c.Size
		}
	}
	return 0
}
