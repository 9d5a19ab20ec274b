package report

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession/internal/bench/figure/figuretest"
	"github.com/atomicsession/atomicsession/internal/race"
	"github.com/atomicsession/atomicsession/internal/races/setup"
)

// results are those that the documentation shows.
func results(t *testing.T) (Run, []*setup.Contestant) {
	t.Helper()
	all, err := setup.All("../setups", "go", "node", "python", "php", "ruby", "java")
	if err != nil {
		t.Fatal(err)
	}
	run, err := Read("../results.json")
	if err != nil {
		t.Fatal(err)
	}
	return run.joined(all), all
}

func TestWrite(t *testing.T) {
	run, all := results(t)
	if complaints := run.Broken(); len(complaints) > 0 {
		t.Error(complaints)
	}
	figuretest.Page(t, "races.md", 2, "../../../docs", func(folder string) error { return Write(run, all, folder) })
}

// TestReadme has the README show the same figures.
func TestReadme(t *testing.T) {
	run, _ := results(t)
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := run.Compared(); err != nil || !strings.Contains(string(readme), "\n"+rows) {
		t.Errorf("the README lacks (%v)\n%s", err, rows)
	}
}

// TestWhole has the documentation show every contestant that there is, and charts be wide enough for their names.
func TestWhole(t *testing.T) {
	run, all := results(t)
	if len(run.Rows) != len(all) {
		t.Errorf("the results have %d rows of %d", len(run.Rows), len(all))
	}
	for _, row := range run.Rows {
		if title := row.title()[1]; utf8.RuneCountInString(title) > 40 {
			t.Errorf("%q is longer than the charts are wide", title)
		}
	}
}

func outcomes(held int) []race.Outcome {
	return []race.Outcome{
		{Race: race.Counter, Clients: 2, Work: work, Held: 1, Of: 9},
		{Race: race.Counter, Clients: clients, Work: work, Held: held, Of: 9},
		{Race: race.First, Clients: 6, Held: 1, Of: 6},
		{Race: race.Pages, Clients: 8, Held: 24, Of: 24, Took: 105 * time.Millisecond},
	}
}

func TestBroken(t *testing.T) {
	for _, tc := range []struct {
		library  string
		held, of int
		broken   bool
	}{
		{ours, 9, 9, false},
		{ours, 8, 9, true},
		{ours, 0, 0, true}, // nothing was acknowledged
		{"scs", 1, 9, false},
	} {
		row := Row{Outcomes: outcomes(9), contestant: &setup.Contestant{Setup: setup.Setup{Library: tc.library}}}
		row.Outcomes[1].Held, row.Outcomes[1].Of = tc.held, tc.of
		row.Outcomes[0].Held = 9
		if got := (&Run{Rows: []Row{row}}).Broken(); len(got) > 0 != tc.broken {
			t.Errorf("%+v: %q", tc, got)
		}
	}
}

func TestSentences(t *testing.T) {
	run := Run{Rows: []Row{
		{Name: "php/a/x", Outcomes: outcomes(9)}, {Name: "php/b/x", Outcomes: outcomes(3)}, {Name: "go/c/x", Outcomes: outcomes(1)},
	}}
	for _, tc := range []struct{ got, want string }{
		{must(t)(run.held("php/b/x", race.Counter)), "33 %"},
		{must(t)(run.held("php/a/x", race.Pages)), "105 ms"},
		{must(t)(run.span("php/", race.Counter)), "3 to 9 of 9"},
		{must(t)(run.span("go/", race.Counter)), "1 of 9"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
	for _, err := range []error{
		second(run.held("php/d/x", race.Counter)), second(run.held("php/a/x", race.Code)), second(run.span("ruby/", race.Counter)),
	} {
		if err == nil {
			t.Error("a sentence about nothing")
		}
	}
}

func must(t *testing.T) func(string, error) string {
	return func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return text
	}
}

func second(_ string, err error) error { return err }
