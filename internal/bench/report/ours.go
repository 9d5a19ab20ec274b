package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// ownCosts is what the common requests of atomicsession cost on a store.
type ownCosts struct {
	Store, Unused, Read, Write string
	RoundTrips                 string // of a write
	RoundTripsOfSCS            string
}

// costsOfOurs has a row for each store.
func costsOfOurs(costs []result.Cost) (rows []ownCosts) {
	for _, store := range figure.Distinct(costs, func(c result.Cost) string { return c.Store }) {
		of := func(peer, operation string) result.Cost {
			c := result.Cost{Who: result.Who{Store: store}, Operation: operation, Size: usualSize(costs), Clients: costs[0].Clients}
			if found := costOf(costs, peer, c); found != nil {
				return *found
			}
			return result.Cost{Time: result.Spread{Median: -1}, Needs: result.Needs{RoundTrips: -1}}
		}
		took := func(operation string) string { return quantity(of(ours, operation).Time.Median, timeUnits) }
		trips := func(peer string) string {
			if n := of(peer, result.Write).RoundTrips; n >= 0 {
				return count(n)
			}
			return unknown
		}
		rows = append(rows, ownCosts{store, took(result.Unused), took(result.Read), took(result.Write), trips(ours), trips("scs")})
	}
	return rows
}

// ahead has a line for each library and store that is clearly faster in something: by how much, and in what.
func ahead(clearly []result.Cost) (lines []string) {
	for _, who := range figure.Distinct(clearly, func(c result.Cost) result.Who { return c.Who }) {
		low, high := 1.0, 0.0
		var in []string
		for _, c := range clearly {
			if c.Who == who {
				low, high = min(low, c.Ratio.Median), max(high, c.Ratio.Median)
				if !slices.Contains(in, c.Operation) {
					in = append(in, c.Operation)
				}
			}
		}
		span := ratio(low)
		if high > low {
			span += " to " + ratio(high)
		}
		lines = append(lines, fmt.Sprintf("%s on %s: %s (%s)", who.Peer, who.Store, span, strings.Join(in, ", ")))
	}
	return lines
}
