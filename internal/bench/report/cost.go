package report

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// timeRow is a row of a table of times: what is written at its beginning, and the cell it shows.
type timeRow struct {
	texts []string
	store string
	kind  cellKind
}

// timeTable shows the time of atomicsession, and that of the others in relation to it.
func timeTable(costs []result.Cost, heads []string, rows []timeRow) table {
	shown := keep(costs, func(c result.Cost) bool {
		return len(keep(rows, func(r timeRow) bool { return c.Store == r.store && kindOf(c) == r.kind })) > 0
	})
	peers := peersOf(shown)
	t := table{texts: len(heads), head: append([]string(nil), heads...)}
	for _, peer := range peers {
		t.head = append(t.head, displayName(peer))
	}
	for _, r := range rows {
		row := append([]string(nil), r.texts...)
		for _, peer := range peers {
			row = append(row, formatTime(findCost(costs, result.Who{Peer: peer, Store: r.store}, r.kind)))
		}
		t.rows = append(t.rows, row)
	}
	return t.sparse()
}

// formatTime writes the ratio, or the time where there is no ratio; bold if a library is faster than atomicsession.
func formatTime(c *result.Cost) string {
	switch {
	case c == nil:
		return unknown
	case c.Peer == ours || c.Ratio.Median <= 0:
		return formatTimes(c.Time)
	case isLibrary(c.Peer) && c.Ratio.Median < 1:
		return "**" + formatRatios(c.Ratio) + "**"
	}
	return formatRatios(c.Ratio)
}

func operationsOf(costs []result.Cost) []string {
	return distinct(costs, func(c result.Cost) string { return c.Operation }, compareOperations)
}

func sizesOf(costs []result.Cost) []int {
	return distinct(costs, func(c result.Cost) int { return c.Size }, cmp.Compare[int])
}

func clientsOf(costs []result.Cost) []int {
	return distinct(costs, func(c result.Cost) int { return c.Clients }, cmp.Compare[int])
}

// compared is the rows that have a cell of atomicsession.
func compared(costs []result.Cost, rows []timeRow) []timeRow {
	return keep(rows, func(r timeRow) bool { return findCost(costs, result.Who{Peer: ours, Store: r.store}, r.kind) != nil })
}

// relatable is a copy whose ratios are left out where there is nothing of atomicsession that they could refer to.
func relatable(costs []result.Cost) []result.Cost {
	costs = slices.Clone(costs)
	for i, c := range costs {
		if findCost(costs, result.Who{Peer: ours, Store: c.Store}, kindOf(c)) == nil {
			costs[i].Ratio = result.Spread{}
		}
	}
	return costs
}

// httpTable has everything over HTTP with the typical number of clients.
func httpTable(costs []result.Cost, typical cellKind) table {
	costs = keep(costs, func(c result.Cost) bool { return overHTTP(c.Operation) && c.Clients == typical.Clients })
	var rows []timeRow
	for _, store := range storesOf(costs) {
		for _, kind := range distinct(costs, kindOf, compareKinds) {
			rows = append(rows, timeRow{[]string{store, kind.Operation, formatSessionSize(kind.Size)}, store, kind})
		}
	}
	return timeTable(costs, []string{"store", "request", "session"}, compared(costs, rows))
}

// operationTable has the other operations at the typical size and number of clients.
func operationTable(costs []result.Cost, typical cellKind) table {
	costs = keep(costs, func(c result.Cost) bool { return !overHTTP(c.Operation) })
	var rows []timeRow
	for _, store := range storesOf(costs) {
		for _, op := range operationsOf(costs) {
			rows = append(rows, timeRow{[]string{store, op}, store, cellKind{op, typical.Size, typical.Clients}})
		}
	}
	return timeTable(costs, []string{"store", "request"}, compared(costs, rows))
}

// sizeTable has the typical write at every size.
func sizeTable(costs []result.Cost, typical cellKind) table {
	var rows []timeRow
	for _, store := range storesOf(costs) {
		for _, size := range sizesOf(costs) {
			rows = append(rows, timeRow{[]string{store, formatSessionSize(size)}, store, cellKind{typical.Operation, size, typical.Clients}})
		}
	}
	return timeTable(costs, []string{"store", "session"}, compared(costs, rows))
}

// clientsTable has the typical write with every number of clients.
func clientsTable(costs []result.Cost, typical cellKind) table {
	var rows []timeRow
	for _, store := range storesOf(costs) {
		for _, n := range clientsOf(costs) {
			rows = append(rows, timeRow{[]string{store, strconv.Itoa(n)}, store, cellKind{typical.Operation, typical.Size, n}})
		}
	}
	return timeTable(costs, []string{"store", "clients"}, compared(costs, rows))
}

// trafficHead names the columns of what a request needs besides time.
var trafficHead = []string{"round trips", "commands", "sent", "received", "allocations", "allocated"}

func traffic(c result.Cost) []string {
	return []string{
		formatCount(c.RoundTrips), formatCount(c.Commands), formatBytes(c.Sent), formatBytes(c.Received),
		formatCount(c.Allocs), formatBytes(c.AllocBytes),
	}
}

// trafficTable has what the typical write needs besides time: over HTTP for a library that has no other figures.
func trafficTable(costs []result.Cost, typical cellKind) table {
	overHTTP := typical
	overHTTP.Operation += result.OverHTTP
	t := table{texts: 2, head: append([]string{"store", "library"}, trafficHead...)}
	for _, who := range distinct(costs, func(c result.Cost) result.Who { return c.Who }, compareWhos) {
		name, c := who.Peer, findCost(costs, who, typical)
		if c == nil {
			name, c = who.Peer+result.OverHTTP, findCost(costs, who, overHTTP)
		}
		if c != nil && who.Peer != control {
			t.rows = append(t.rows, append([]string{who.Store, name}, traffic(*c)...))
		}
	}
	return t.sparse()
}

// everyCell has all that was measured of a store; what a request needs besides time only with the typical number of clients,
// on which it hardly depends.
func everyCell(all []result.Cost, store string, typical cellKind) section {
	costs := keep(all, func(c result.Cost) bool { return c.Store == store })
	s := section{Name: store, Traffic: table{texts: 3, head: append([]string{"request", "session", "library"}, trafficHead...)}}
	var rows []timeRow
	for _, kind := range distinct(costs, kindOf, compareKinds) {
		size := formatSessionSize(kind.Size)
		rows = append(rows, timeRow{[]string{kind.Operation, size, strconv.Itoa(kind.Clients)}, store, kind})
		if kind.Clients != typical.Clients {
			continue
		}
		for _, peer := range peersOf(costs) {
			if c := findCost(costs, result.Who{Peer: peer, Store: store}, kind); c != nil && peer != control {
				s.Traffic.rows = append(s.Traffic.rows, append([]string{kind.Operation, size, peer}, traffic(*c)...))
			}
		}
	}
	s.Time = timeTable(costs, []string{"request", "session", "clients"}, rows)
	s.Traffic = s.Traffic.sparse()
	return s
}
