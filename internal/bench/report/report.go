// Package report turns what a run of the benchmarks found into docs/benchmarks.md with its charts, and docs/benchmarks-all.md.
//
// Everything with a figure in it is computed from the run; the templates hold the text around it. Tables and charts keep
// the order of the run. The same run gives the same bytes, so that a check can prove that nobody edited the pages.
package report

import (
	"bytes"
	"embed"
	"os"
	"path/filepath"
	"slices"
	"text/template"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

//go:generate go run ./generate ../results.json ../../../docs

//go:embed *.tmpl
var texts embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"bytes":    func(n float64) string { return quantity(n, bytesUnits) },
	"memory":   func(n int64) string { return quantity(float64(n), bytesUnits) },
	"many":     many,
	"relative": relative,
	"size":     size,
	"spread":   spread,
	"time":     func(d time.Duration) string { return quantity(float64(d), timeUnits) },
	"times":    times,
}).ParseFS(texts, "*.tmpl"))

// The peers that the report treats differently from libraries.
const (
	ours    = "atomicsession"
	control = "atomicsession again"
	cached  = "atomicsession with CacheTTL"
	overSQL = "atomicsession over *sql.DB"
	byHand  = "by hand"
)

// isLibrary is whether the peer is another library.
func isLibrary(peer string) bool {
	return !slices.Contains([]string{ours, control, cached, overSQL, byHand}, peer)
}

// view is what the template sees.
type view struct {
	result.Run
	Clients int // with which most was measured

	Size int // of the session with which every request was measured

	KeptChart, SizeChart, RequestsChart figure.Chart
	Own                                 []ownCosts
	Ahead                               []string

	Counter, OwnKeys, Ends string // tables of what held

	Compared, Faster, InNoise int // cells of other libraries: all, those below 1, those of these that may be noise
	Clearly                   []result.Cost
	Costs                     []storeCosts
}

// Write writes both pages into docsDir, and the charts into docsDir/benchmarks. The run has all parts, on all stores.
func Write(run result.Run, docsDir string) error {
	v := view{
		Run: run, Clients: run.Cost[0].Clients, Size: usualSize(run.Cost),
		KeptChart: keptChart(run.Races), SizeChart: sizeChart(run.Cost), RequestsChart: requestsChart(run.Cost),
		Own:     costsOfOurs(run.Cost),
		Counter: racesTable(run.Races, race.Counter), OwnKeys: racesTable(run.Races, race.OwnKeys),
		Ends:  racesTable(run.Races, race.Logout, race.LogoutKept, race.SignIn, race.SignInUpdates),
		Costs: costTables(run.Cost),
	}
	v.Compared, v.Faster, v.Clearly = faster(run.Cost)
	v.InNoise = v.Faster - len(v.Clearly)
	v.Ahead = ahead(v.Clearly)

	if err := os.MkdirAll(filepath.Join(docsDir, "benchmarks"), 0o755); err != nil {
		return err
	}
	for _, c := range []figure.Chart{v.KeptChart, v.SizeChart, v.RequestsChart} {
		if err := os.WriteFile(filepath.Join(docsDir, c.File), c.SVG(), 0o644); err != nil {
			return err
		}
	}
	for _, name := range []string{"benchmarks.md", "benchmarks-all.md"} {
		var md bytes.Buffer
		if err := pages.ExecuteTemplate(&md, name+".tmpl", v); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(docsDir, name), md.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
