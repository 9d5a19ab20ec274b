package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// costOf is what the same request costs another peer on the same store, or nil if that was not measured.
func costOf(costs []result.Cost, peer string, c result.Cost) *result.Cost {
	i := slices.IndexFunc(costs, func(d result.Cost) bool {
		return d.Peer == peer && d.Store == c.Store && d.Operation == c.Operation && d.Size == c.Size && d.Clients == c.Clients
	})
	if i < 0 {
		return nil
	}
	return &costs[i]
}

// faster counts the cells of other libraries and those in which one is faster, and has those of these, the fastest first, that
// noise does not explain: where the library's range is below 1 and below that of the noise control.
func faster(costs []result.Cost) (compared, below int, clearly []result.Cost) {
	for _, c := range costs {
		if !isLibrary(c.Peer) || c.Ratio.Median <= 0 {
			continue
		}
		compared++
		if c.Ratio.Median >= 1 {
			continue
		}
		below++
		noise := costOf(costs, control, c)
		if c.Ratio.High < 1 && (noise == nil || c.Ratio.High < noise.Ratio.Low) {
			clearly = append(clearly, c)
		}
	}
	slices.SortStableFunc(clearly, func(a, b result.Cost) int { return cmp.Compare(a.Ratio.Median, b.Ratio.Median) })
	return compared, below, clearly
}

// storeCosts is what requests cost on a store, in a column for each library.
type storeCosts struct {
	Store        string
	Times, Needs string // tables
}

// costTables has the times of everything. What a request needs besides time is in it with one number of clients, on which it
// hardly depends.
func costTables(costs []result.Cost) []storeCosts {
	var all []storeCosts
	for _, store := range figure.Distinct(costs, func(c result.Cost) string { return c.Store }) {
		var took, needed []figure.Cell
		for _, c := range costs {
			if c.Store != store {
				continue
			}
			column := c.Peer
			if c.Peer == control {
				column = "noise control"
			}
			took = append(took, figure.Cell{Row: [2]string{c.Operation, fmt.Sprintf("%s | %d", size(c.Size), c.Clients)}, Column: column, Text: formatTime(c)})
			if own := costOf(costs, ours, c); own != nil && c.Peer != control && c.Clients == costs[0].Clients {
				needed = append(needed, figure.Cell{Row: [2]string{c.Operation, size(c.Size)}, Column: c.Peer, Text: formatNeeds(c, own.Needs)})
			}
		}
		all = append(all, storeCosts{store, figure.Table("request | session | clients", took), figure.Table("request | session", needed)})
	}
	return all
}

// formatTime writes the ratio, or the time if it is ours; bold if a library is faster.
func formatTime(c result.Cost) string {
	switch {
	case c.Peer == ours:
		return times(c.Time)
	case isLibrary(c.Peer) && c.Ratio.Median > 0 && c.Ratio.Median < 1:
		return figure.Bold(spread(c.Ratio))
	}
	return spread(c.Ratio)
}

// formatNeeds writes round trips, commands, bytes sent and received, and allocations, as far as they are
// known; bold what a library needs less of.
func formatNeeds(c result.Cost, own result.Needs) string {
	var texts []string
	add := func(text string, need, own float64) {
		if need < 0 {
			return
		}
		if isLibrary(c.Peer) && need < own {
			text = figure.Bold(text)
		}
		texts = append(texts, text)
	}
	add(count(c.RoundTrips), c.RoundTrips, own.RoundTrips)
	add(count(c.Commands), c.Commands, own.Commands)
	add(quantity(c.Sent, bytesUnits), c.Sent, own.Sent)
	add(quantity(c.Received, bytesUnits), c.Received, own.Received)
	add(count(c.Allocs)+" allocs", c.Allocs, own.Allocs)
	return strings.Join(texts, " · ")
}
