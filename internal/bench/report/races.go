package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

// keptChart shows the share of acknowledged changes that a counter kept with the slowest handler.
func keptChart(all []result.Race) figure.Chart {
	const clients = 6 // as many connections as a browser opens to a server
	var slowest time.Duration
	for _, r := range all {
		if r.Race == race.Counter {
			slowest = max(slowest, r.Work)
		}
	}
	c := figure.Chart{
		File: "benchmarks/updates-kept.svg", Title: "Updates kept", Ours: isOurs,
		Subtitle: fmt.Sprintf("Share of the acknowledged changes of one counter that it has at the end. %s at once, %d ms of work in each request.",
			figure.Clients(clients), slowest.Milliseconds()),
	}
	for _, r := range all {
		if r.Race == race.Counter && r.Work == slowest && r.Clients == clients {
			c.Bars = append(c.Bars, figure.HeldBar([2]string{r.Store, r.Peer}, figure.Share(r.Held, r.Of), r.Outcome))
		}
	}
	return c
}

// racesTable has what held in the races of these names, bold where all of another library's did.
func racesTable(all []result.Race, names ...string) string {
	var cells []figure.Cell
	for _, r := range all {
		if !slices.Contains(names, r.Race) {
			continue
		}
		column := figure.Titles[r.Race]
		if r.Race == race.Counter || r.Race == race.OwnKeys {
			column = fmt.Sprintf("%s, %d ms", figure.Clients(r.Clients), r.Work.Milliseconds())
		}
		cells = append(cells, figure.Cell{Row: [2]string{r.Store, r.Peer}, Column: column, Text: figure.Held(r.Outcome, isLibrary(r.Peer))})
	}
	return figure.Table("store | library", cells)
}
