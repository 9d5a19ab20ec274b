package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// keptChart shows the share of acknowledged changes that a counter kept, on the store with the most libraries and with the
// slowest handler.
func keptChart(run result.Run) *chart {
	lost := keep(run.Lost, func(l result.Lost) bool { return l.Variant == counter && l.Acknowledged > 0 })
	store := busiest(lost, func(l result.Lost) result.Who { return l.Who })
	lost = keep(lost, func(l result.Lost) bool { return l.Store == store && l.Peer != control })
	think := slices.MaxFunc(lost, func(a, b result.Lost) int { return cmp.Compare(a.Think, b.Think) }).Think
	lost = keep(lost, func(l result.Lost) bool { return l.Think == think })
	clients := distinct(lost, func(l result.Lost) int { return l.Clients }, cmp.Compare[int])

	f := rowsFigure{panel: bars, nameWidth: 100, groups: []rowGroup{{}}}
	for _, n := range clients {
		f.columns = append(f.columns, formatClients(n))
	}
	var told []string
	for _, peer := range distinct(lost, func(l result.Lost) string { return l.Peer }, comparePeers) {
		row := figureRow{name: peer, cells: make([]*result.Spread, len(clients))}
		var shares []string
		for i, n := range clients {
			j := slices.IndexFunc(lost, func(l result.Lost) bool { return l.Peer == peer && l.Clients == n })
			if j < 0 {
				shares = append(shares, unknown)
				continue
			}
			share := math.Min(1, float64(lost[j].Kept)/float64(lost[j].Acknowledged))
			row.cells[i] = &result.Spread{Median: share, Low: share, High: share}
			shares = append(shares, formatShare(lost[j].Kept, lost[j].Acknowledged))
		}
		f.groups[0].rows = append(f.groups[0].rows, row)
		told = append(told, peer+" "+strings.Join(shares, ", "))
	}
	at := fmt.Sprintf("one counter on %s, handler of %s", store, formatThink(think))
	return &chart{
		name:     "updates-kept",
		title:    "Updates kept under parallel requests",
		subtitle: "share of acknowledged updates of " + at,
		alt:      fmt.Sprintf("Share of acknowledged updates kept with %s clients, %s: %s.", joinInts(clients), at, strings.Join(told, "; ")),
		height:   f.height(),
		body:     f.draw,
	}
}

// busiest is the store that most libraries were measured on.
func busiest[T any](items []T, who func(T) result.Who) string {
	whos := distinct(items, who, compareWhos)
	count := func(store string) int { return len(keep(whos, func(w result.Who) bool { return w.Store == store })) }
	stores := distinct(whos, func(w result.Who) string { return w.Store }, compareStores)
	return slices.MaxFunc(stores, func(a, b string) int { return cmp.Compare(count(a), count(b)) })
}

func joinInts(ns []int) string {
	text := strings.ReplaceAll(strings.Trim(fmt.Sprint(ns), "[]"), " ", ", ")
	if i := strings.LastIndex(text, ", "); i > 0 {
		text = text[:i] + " and" + text[i+1:]
	}
	return text
}

// operationsChart shows each operation's time relative to atomicsession's.
func operationsChart(run result.Run, typical cellKind) *chart {
	costs := keep(run.Cost, func(c result.Cost) bool {
		return c.Size == typical.Size && c.Clients == typical.Clients && c.Ratio.Median > 0 && c.Ratio.Low > 0 &&
			c.Peer != ours && !overHTTP(c.Operation)
	})
	f := rowsFigure{columns: distinct(costs, func(c result.Cost) string { return c.Operation }, compareOperations), nameWidth: 118}
	low, high := 0.9, 1.2 // shown in any case
	faster := 0
	for _, store := range storesOf(costs) {
		on := keep(costs, func(c result.Cost) bool { return c.Store == store })
		g := rowGroup{name: store}
		for _, peer := range peersOf(on) {
			row := figureRow{name: displayName(peer)}
			for _, op := range f.columns {
				c := findCost(on, result.Who{Peer: peer, Store: store}, cellKind{op, typical.Size, typical.Clients})
				if c == nil {
					row.cells = append(row.cells, nil)
					continue
				}
				row.cells = append(row.cells, &c.Ratio)
				low, high = math.Min(low, c.Ratio.Low), math.Max(high, c.Ratio.High)
				if isLibrary(peer) && c.Ratio.Median < 1 {
					faster++
				}
			}
			g.rows = append(g.rows, row)
		}
		f.groups = append(f.groups, g)
	}
	f.panel = dots(low, high)
	libraries := len(keep(costs, func(c result.Cost) bool { return isLibrary(c.Peer) }))
	at := fmt.Sprintf("%s session, %s", formatSessionSize(typical.Size), formatClients(typical.Clients))
	return &chart{
		name:     "operations",
		title:    "Time of a request relative to atomicsession",
		subtitle: at + "; right of the line: slower than atomicsession",
		alt: fmt.Sprintf("Time of each kind of request relative to atomicsession's, %s: of %d cells of other libraries, %d are faster. The table below has the figures.",
			at, libraries, faster),
		height: f.height(),
		body:   f.draw,
	}
}
