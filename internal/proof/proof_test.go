package proof

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

var (
	prove   bool
	results string
)

func TestMain(m *testing.M) {
	flag.BoolVar(&prove, "prove", false, "record as many histories as prove something, which takes an hour")
	flag.StringVar(&results, "results", "", "file for what was seen")
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil { // most wait most of the time
		panic(err)
	}
	code := m.Run()
	stopShared()
	if !linearizable.IsChild() {
		sortRows()
		for _, r := range rows {
			fmt.Println(r)
		}
		if results != "" && code == 0 {
			if err := write(results); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// row is what was seen of a store under one kind of harm.
type row struct {
	Store     string  `json:"store"`
	Harm      string  `json:"harm"` // "": none
	Histories int     `json:"histories"`
	Calls     int     `json:"calls"`
	Unknown   int     `json:"unknown"`  // calls with an unknown outcome
	Refused   int     `json:"refused"`  // calls that the store has refused without a change
	Overlaps  int     `json:"overlaps"` // pairs of calls about one session at the same time
	Seconds   float64 `json:"seconds"`

	// Of a fault that was planted into the store, and found.
	Planted  string `json:"planted,omitempty"`
	Sample   int    `json:"sample,omitempty"`   // which one has found it: the rest of the row is about that
	Smallest int    `json:"smallest,omitempty"` // operations of the smallest history
}

func (r row) String() string {
	if r.Planted != "" {
		return fmt.Sprintf("%-30s found in sample %d, %6d histories %7d calls %7.1f s, %3d operations show it: %s",
			r.Store+", "+cmp.Or(r.Harm, "quiet"), r.Sample, r.Histories, r.Calls, r.Seconds, r.Smallest, r.Planted)
	}
	return fmt.Sprintf("%-45s %6d histories %7d calls %6d unknown %6d refused %8d overlaps %7.1f s",
		r.Store+", "+cmp.Or(r.Harm, "quiet"), r.Histories, r.Calls, r.Unknown, r.Refused, r.Overlaps, r.Seconds)
}

var (
	mu   sync.Mutex
	rows []row
)

// TestLinearizable judges every store, in peace and under harm.
func TestLinearizable(t *testing.T) {
	for _, g := range targets {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			t.Run("quiet", func(t *testing.T) {
				t.Parallel()
				histories := g.sample
				switch {
				case g.embedded && prove:
					histories = 10_000
				case prove:
					histories = 1000
				}
				judge(t, row{Store: g.name}, g.store, linearizable.Options{Histories: histories, Processes: g.processes}, false)
			})
			for _, n := range g.nemeses {
				if n.long && !prove && !linearizable.IsChild() {
					continue
				}
				t.Run(n.name, func(t *testing.T) {
					t.Parallel()
					histories := 12
					if prove {
						histories = 100
					}
					judge(t, row{Store: g.name, Harm: n.name}, n.store, linearizable.Options{
						Histories: histories, Processes: g.processes, Kill: n.kill,
						Nemesis: func(ctx context.Context) {
							if n.harm == nil {
								return
							}
							pause(ctx, rand.N(5*time.Millisecond)) // calls are on their way
							if err := n.harm(ctx); err != nil {
								t.Error(err)
							}
						},
					}, n.felt)
				})
			}
		})
	}
}

func judge(t *testing.T, r row, s linearizable.Store, o linearizable.Options, felt bool) {
	t.Helper()
	report := linearizable.Run(t, s, &o)
	if felt && report.Unknown+report.Refused == 0 {
		t.Error("every call was answered: nothing has come to harm")
	}
	r.Histories, r.Calls, r.Unknown, r.Refused = report.Histories, report.Calls, report.Unknown, report.Refused
	r.Overlaps, r.Seconds = report.Overlaps, report.Took.Seconds()
	mu.Lock()
	defer mu.Unlock()
	rows = append(rows, r)
}

// sortRows puts the rows in the order of the targets and their nemeses, in which they need not have come.
func sortRows() {
	place := map[[2]string]int{}
	for _, g := range targets {
		place[[2]string{g.name, ""}] = len(place)
		for _, n := range g.nemeses {
			place[[2]string{g.name, n.name}] = len(place)
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return place[[2]string{a.Store, a.Harm}] - place[[2]string{b.Store, b.Harm}] })
}

// write writes the rows to the file.
func write(file string) error {
	text, err := json.MarshalIndent(rows, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
