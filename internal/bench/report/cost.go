package report

import (
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

// cellsTable has the cells of atomicsession that match, of every store, and those of others beside them.
func cellsTable(costs []result.Cost, heads []string, match func(cellKind) bool, texts func(cellKind) []string) table {
	var rows []timeRow
	for _, store := range storesOf(costs) {
		own := keep(costs, func(c result.Cost) bool { return c.Store == store && c.Peer == ours && match(kindOf(c)) })
		for _, kind := range distinct(own, kindOf, compareKinds) {
			rows = append(rows, timeRow{append([]string{store}, texts(kind)...), store, kind})
		}
	}
	return timeTable(costs, append([]string{"store"}, heads...), rows)
}

// httpTable has everything over HTTP with the typical number of clients.
func httpTable(costs []result.Cost, typical cellKind) table {
	return cellsTable(costs, []string{"request", "session"},
		func(k cellKind) bool { return overHTTP(k.Operation) && k.Clients == typical.Clients },
		func(k cellKind) []string { return []string{k.Operation, formatSessionSize(k.Size)} })
}

// operationTable has the other operations at the typical size and number of clients.
func operationTable(costs []result.Cost, typical cellKind) table {
	return cellsTable(costs, []string{"request"},
		func(k cellKind) bool {
			return !overHTTP(k.Operation) && k.Size == typical.Size && k.Clients == typical.Clients
		},
		func(k cellKind) []string { return []string{k.Operation} })
}

// sizeTable has the typical write at every size.
func sizeTable(costs []result.Cost, typical cellKind) table {
	return cellsTable(costs, []string{"session"},
		func(k cellKind) bool { return k.Operation == typical.Operation && k.Clients == typical.Clients },
		func(k cellKind) []string { return []string{formatSessionSize(k.Size)} })
}

// clientsTable has the typical write with every number of clients.
func clientsTable(costs []result.Cost, typical cellKind) table {
	return cellsTable(costs, []string{"clients"},
		func(k cellKind) bool { return k.Operation == typical.Operation && k.Size == typical.Size },
		func(k cellKind) []string { return []string{strconv.Itoa(k.Clients)} })
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
