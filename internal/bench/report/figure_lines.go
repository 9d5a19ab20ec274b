package report

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// sizeChart shows how the time of a write depends on the size of the session, on the store with the most libraries.
func sizeChart(run result.Run, typical cellKind) *chart {
	writes := typicalWrites(run.Cost, typical)
	store := busiest(writes, func(c result.Cost) result.Who { return c.Who })
	panel := sizePanel(run.Cost, writes, store)
	smallest, largest := panel.ticks[0].Label, panel.ticks[len(panel.ticks)-1].Label
	var told []string
	for _, s := range panel.series {
		if s.last().X == panel.ticks[len(panel.ticks)-1].Value {
			told = append(told, s.name+" "+formatRatio(s.last().Y))
		}
	}
	return &chart{
		name:     "session-size",
		title:    "Cost of changing one field against the size of the session",
		subtitle: fmt.Sprintf("time on %s with %s, relative to atomicsession at %s", store, formatClients(typical.Clients), smallest),
		alt: fmt.Sprintf("Time of a one-field write on %s with %s, relative to atomicsession's at %s. In a session of %s: %s.",
			store, formatClients(typical.Clients), smallest, largest, strings.Join(told, ", ")),
		height: 250,
		body:   func(c draw.Canvas, t theme) { drawPanels(c, t, []linePanel{panel}, 1) },
	}
}

// sizeStoresChart has the other stores that atomicsession was measured on.
func sizeStoresChart(run result.Run, typical cellKind) *chart {
	writes := typicalWrites(run.Cost, typical)
	shown := busiest(writes, func(c result.Cost) result.Who { return c.Who })
	var panels []linePanel
	var told []string
	for _, store := range storesOf(writes) {
		panel := sizePanel(run.Cost, writes, store)
		if store == shown || len(panel.ticks) < 2 {
			continue
		}
		panel.title = store
		panels = append(panels, panel)
		for _, s := range panel.series {
			told = append(told, fmt.Sprintf("%s on %s %s", s.name, store, formatRatio(s.last().Y)))
		}
	}
	columns := min(2, len(panels))
	return &chart{
		name:     "session-size-stores",
		title:    "The same on the other stores",
		subtitle: fmt.Sprintf("time with %s, relative to atomicsession on the same store at the smallest size", formatClients(typical.Clients)),
		alt:      "Time of a one-field write in the largest session, relative to atomicsession's in the smallest: " + strings.Join(told, ", ") + ".",
		height:   panelsHeight(len(panels), columns),
		body:     func(c draw.Canvas, t theme) { drawPanels(c, t, panels, columns) },
	}
}

func panelsHeight(n, columns int) vg.Length { return vg.Length((n+columns-1)/columns) * 180 }

// typicalWrites is the writes of every size with the typical number of clients, where a time is known.
func typicalWrites(costs []result.Cost, typical cellKind) []result.Cost {
	return keep(costs, func(c result.Cost) bool {
		return c.Operation == typical.Operation && c.Clients == typical.Clients && c.Time.Median > 0 && c.Peer != control
	})
}

// sizePanel has a line for each library on the store. It has no ticks if atomicsession was not measured there.
func sizePanel(all, writes []result.Cost, store string) linePanel {
	writes = keep(writes, func(c result.Cost) bool { return c.Store == store })
	slices.SortStableFunc(writes, func(a, b result.Cost) int { return cmp.Compare(a.Size, b.Size) })
	base := slices.IndexFunc(writes, func(c result.Cost) bool { return c.Peer == ours })
	if base < 0 {
		return linePanel{}
	}
	var panel linePanel
	for _, size := range distinct(writes, func(c result.Cost) int { return c.Size }, cmp.Compare[int]) {
		panel.ticks = append(panel.ticks, plot.Tick{Value: float64(size), Label: formatSessionSize(size)})
	}
	for _, peer := range peersOf(writes) {
		s := newSeries(all, peer)
		for _, c := range writes {
			if c.Peer == peer {
				s.points = append(s.points, plotter.XY{X: float64(c.Size), Y: c.Time.Median / writes[base].Time.Median})
			}
		}
		panel.series = append(panel.series, s)
	}
	return panel
}

// newSeries is a line without points. A library has the same colour in every chart.
func newSeries(costs []result.Cost, peer string) series {
	libraries := keep(peersOf(costs), isLibrary)
	return series{
		name:   peer,
		strong: peer == ours,
		dashed: peer == byHand,
		color: func(t theme) color.Color {
			switch i := slices.Index(libraries, peer); {
			case peer == ours:
				return t.ours
			case i < 0:
				return t.limit
			default:
				return t.libraries[i%len(t.libraries)]
			}
		},
	}
}

// growthChart shows how the times of atomicsession depend on how many sessions the store holds.
func growthChart(run result.Run) *chart {
	growth := keep(sortedGrowth(run.Growth), func(g result.Growth) bool { return g.Peer == ours })
	panels := []linePanel{
		growthPanel("update", growth, func(g result.Growth) float64 { return g.Update.Median }),
		growthPanel("load", growth, func(g result.Growth) float64 { return g.Load.Median }),
	}
	panels = keep(panels, func(p linePanel) bool { return len(p.ticks) > 1 })
	var told []string
	for _, panel := range panels {
		for _, s := range panel.series {
			told = append(told, fmt.Sprintf("%s on %s %s with %s", panel.title, s.name, formatRatio(s.last().Y), formatMany(int(s.last().X))))
		}
	}
	fewest := panels[0].ticks[0].Label
	return &chart{
		name:     "growth",
		title:    "Time against the number of sessions in the store",
		subtitle: "atomicsession, relative to the same store with " + fewest + " sessions",
		alt:      fmt.Sprintf("Time of atomicsession relative to that with %s sessions in the store: %s.", fewest, strings.Join(told, ", ")),
		height:   panelsHeight(1, 1),
		body:     func(c draw.Canvas, t theme) { drawPanels(c, t, panels, len(panels)) },
	}
}

func growthPanel(title string, growth []result.Growth, median func(result.Growth) float64) linePanel {
	growth = keep(growth, func(g result.Growth) bool { return median(g) > 0 })
	panel := linePanel{title: title}
	for _, n := range distinct(growth, func(g result.Growth) int { return g.Sessions }, cmp.Compare[int]) {
		if len(panel.ticks) == 0 || n%(10*int(panel.ticks[0].Value)) == 0 { // not where a store could not be filled
			panel.ticks = append(panel.ticks, plot.Tick{Value: float64(n), Label: formatMany(n)})
		}
	}
	stores := distinct(growth, func(g result.Growth) string { return g.Store }, compareStores)
	for i, store := range stores {
		s := series{name: store, color: func(t theme) color.Color { return t.libraries[i%len(t.libraries)] }}
		for _, g := range growth {
			if g.Store == store {
				s.points = append(s.points, plotter.XY{X: float64(g.Sessions), Y: median(g)})
			}
		}
		first := s.points[0].Y
		for j := range s.points {
			s.points[j].Y /= first
		}
		panel.series = append(panel.series, s)
	}
	return panel
}
