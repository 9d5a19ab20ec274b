// Package report turns what a run of the benchmarks found into docs/benchmarks.md and its charts.
//
// Everything with a figure in it is computed from the run; benchmarks.md.tmpl holds the text around it. The same run gives the
// same bytes, so that a check can prove that nobody edited the page.
package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

//go:generate go run ./generate ../results.json ../../../docs

//go:embed benchmarks.md.tmpl
var pageText string

var page = template.Must(template.New("benchmarks.md").Funcs(template.FuncMap{
	"memory":   formatMemory,
	"duration": formatDuration,
	"many":     formatMany,
}).Parse(pageText))

// Write writes benchmarks.md into docsDir, and its charts into docsDir/benchmarks. The run has all parts, on all stores.
func Write(run result.Run, docsDir string) error {
	charts := filepath.Join(docsDir, "benchmarks")
	if err := os.MkdirAll(charts, 0o755); err != nil {
		return err
	}

	v := newView(run)
	for _, c := range []*chart{v.KeptChart, v.SizeChart, v.SizeStoresChart, v.OperationsChart, v.GrowthChart} {
		for _, t := range themes {
			svg, err := c.svg(t)
			if err != nil {
				return fmt.Errorf("chart %s: %w", c.name, err)
			}
			if err := os.WriteFile(filepath.Join(charts, c.file(t)), svg, 0o644); err != nil {
				return err
			}
		}
	}

	var md bytes.Buffer
	if err := page.Execute(&md, v); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docsDir, "benchmarks.md"), md.Bytes(), 0o644)
}

// view is what the template sees.
type view struct {
	result.Run

	Promise promise
	Kept    table    // share of acknowledged counter changes kept, and sessions back after a logout
	OwnKeys table    // the same share where each client has a key of its own
	Keepers []string // where other libraries did as well

	Typical     cellKind // what the tables are about that show one size or number of clients
	TypicalSize string
	Noise       noise
	Behind      behind
	Limit       []string // by hand, a sentence for each store
	Operation   table
	OverHTTP    table
	Sizes       table
	Clients     table
	Traffic     table
	Every       []section // all cells of a store

	Growth table
	Sweep  table

	KeptChart, SizeChart, SizeStoresChart, OperationsChart, GrowthChart *chart
}

// section is a table under a heading of its own.
type section struct {
	Name          string
	Time, Traffic table
}

func newView(run result.Run) view {
	typical := typicalCell(run.Cost)
	v := view{
		Run:             run,
		Promise:         ownPromise(run),
		Kept:            keptTable(run),
		OwnKeys:         ownKeysTable(run),
		Keepers:         keepers(run),
		Typical:         typical,
		TypicalSize:     formatSessionSize(typical.Size),
		Noise:           measureNoise(run.Cost),
		Behind:          findBehind(run.Cost),
		Limit:           limits(run.Cost),
		Operation:       operationTable(run.Cost, typical),
		OverHTTP:        httpTable(run.Cost, typical),
		Sizes:           sizeTable(run.Cost, typical),
		Clients:         clientsTable(run.Cost, typical),
		Traffic:         trafficTable(run.Cost, typical),
		Growth:          growthTable(run.Growth),
		Sweep:           sweepTable(run.Sweep),
		KeptChart:       keptChart(run),
		SizeChart:       sizeChart(run, typical),
		SizeStoresChart: sizeStoresChart(run, typical),
		OperationsChart: operationsChart(run, typical),
		GrowthChart:     growthChart(run),
	}
	for _, store := range storesOf(run.Cost) {
		v.Every = append(v.Every, everyCell(run.Cost, store, typical))
	}
	return v
}
