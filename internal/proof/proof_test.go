package proof

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

var (
	prove = flag.Bool("prove", false, "as many histories and calls as prove something, which takes two hours")
	write = flag.Bool("write", false, "write what was seen to results.json, and docs/proof.md")
)

// seen is what the tests have seen.
var (
	mu   sync.Mutex
	seen results
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil { // most wait most of the time
		panic(err)
	}
	code := m.Run()
	stopShared()
	if !linearizable.IsChild() {
		for _, r := range seen.Histories {
			fmt.Println(r)
		}
		if *write && code == 0 {
			if err := seen.write(); err != nil {
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
}

func (r row) String() string {
	return fmt.Sprintf("%-45s %6d histories %7d calls %6d unknown %6d refused %8d overlaps %7.1f s",
		r.Store+", "+cmp.Or(r.Harm, "quiet"), r.Histories, r.Calls, r.Unknown, r.Refused, r.Overlaps, r.Seconds)
}

// TestLinearizable judges every store, in peace and under harm.
func TestLinearizable(t *testing.T) {
	for _, g := range targets {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			t.Run("quiet", func(t *testing.T) {
				t.Parallel()
				histories := g.sample
				switch {
				case g.embedded && *prove:
					histories = 10_000
				case *prove:
					histories = 1000
				}
				judge(t, row{Store: g.name}, g.store, linearizable.Options{Histories: histories, Processes: g.processes}, false)
			})
			for _, n := range g.nemeses {
				if n.long && !*prove && !linearizable.IsChild() {
					continue
				}
				t.Run(n.name, func(t *testing.T) {
					t.Parallel()
					histories := 12
					if *prove {
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
	seen.Histories = append(seen.Histories, r)
}
