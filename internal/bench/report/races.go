package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

// keptChart shows the share of acknowledged changes that a counter kept with the slowest handler.
func keptChart(all []result.Race) figure.Chart {
	var slowest time.Duration
	for _, r := range all {
		if r.Race == race.Counter {
			slowest = max(slowest, r.Work)
		}
	}
	c := figure.Chart{
		File: "benchmarks/updates-kept.svg", Title: "Updates kept under parallel requests", Ours: isPlainlyOurs, Names: nameWidth,
		Subtitle: fmt.Sprintf("share of the acknowledged changes of one counter that it has at the end, handler of %d ms", slowest.Milliseconds()),
	}
	for _, r := range all {
		if r.Race == race.Counter && r.Work == slowest {
			c.Cells = append(c.Cells, figure.Cell{
				Row: [2]string{r.Store, r.Peer}, Column: figure.Clients(r.Clients),
				Text: figure.Share(r.Held, r.Of), Length: float64(r.Held) / math.Max(1, float64(r.Of)),
			})
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
		column, text := r.Race, fmt.Sprintf("%d of %d", r.Held, r.Of)
		if r.Race == race.Counter || r.Race == race.OwnKeys {
			column = fmt.Sprintf("%s, %d ms", figure.Clients(r.Clients), r.Work.Milliseconds())
			text = figure.Share(r.Held, r.Of)
		}
		if isLibrary(r.Peer) && r.Of > 0 && r.Held >= r.Of {
			text = figure.Bold(text)
		}
		if r.Refused > 0 {
			text += fmt.Sprintf(" (%d refused)", r.Refused)
		}
		cells = append(cells, figure.Cell{Row: [2]string{r.Store, r.Peer}, Column: column, Text: text})
	}
	return figure.Table("store | library", cells)
}
