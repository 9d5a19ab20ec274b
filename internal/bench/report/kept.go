package report

import (
	"fmt"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// keptChart shows the share of acknowledged changes that a counter kept with the slowest handler.
func keptChart(all []result.Lost) chart {
	var slowest time.Duration
	for _, l := range all {
		if l.Variant == "counter" {
			slowest = max(slowest, l.Think)
		}
	}
	c := chart{
		file: "benchmarks/updates-kept.svg", title: "Updates kept under parallel requests",
		subtitle: fmt.Sprintf("share of the acknowledged changes of one counter that it has at the end, handler of %d ms", slowest.Milliseconds()),
	}
	for _, l := range all {
		if l.Variant == "counter" && l.Think == slowest {
			length := min(1, float64(l.Kept)/math.Max(1, float64(l.Acknowledged)))
			c.cells = append(c.cells, cell{[2]string{l.Store, l.Peer}, clients(l.Clients), share(l.Kept, l.Acknowledged), length})
		}
	}
	return c
}

// keptTable has the shares of one variant, bold where another library keeps all, and what came back after a logout.
func keptTable(all []result.Lost, variant string, back []result.Resurrected) string {
	var cells []cell
	for _, l := range all {
		if l.Variant != variant {
			continue
		}
		text := share(l.Kept, l.Acknowledged)
		if isLibrary(l.Peer) && l.Acknowledged > 0 && l.Kept >= l.Acknowledged {
			text = bold(text)
		}
		if l.Failed > 0 {
			text += fmt.Sprintf(" (%d refused)", l.Failed)
		}
		column := fmt.Sprintf("%s, %d ms", clients(l.Clients), l.Think.Milliseconds())
		cells = append(cells, cell{row: [2]string{l.Store, l.Peer}, column: column, text: text})
	}
	for _, r := range back {
		text := fmt.Sprintf("%d of %d", r.Back, r.Races)
		if isLibrary(r.Peer) && r.Back == 0 {
			text = bold(text)
		}
		cells = append(cells, cell{row: [2]string{r.Store, r.Peer}, column: "back after logout", text: text})
	}
	return table("store | library", cells)
}
