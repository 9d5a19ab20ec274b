// Package report keeps what the races have found, and turns it into docs/races.md and its charts.
//
// Everything with a figure in it is computed from the run; races.md.tmpl holds the text around it. The same run gives the same bytes, so
// that a check can prove that nobody edited the page.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
	"github.com/atomicsession/atomicsession/internal/races/setup"
)

// Run is everything one run has found.
type Run struct {
	Started  time.Time        `json:"started"`
	Duration time.Duration    `json:"duration"` // nanoseconds
	Machine  result.Machine   `json:"machine"`
	Servers  []result.Version `json:"servers"`
	Rows     []Row            `json:"rows"`
}

// Row is what one contestant has done.
type Row struct {
	Name     string         `json:"name"`
	Versions []string       `json:"versions"`
	Outcomes []race.Outcome `json:"outcomes"`

	contestant *setup.Contestant
}

// joined returns r with the rows of these contestants, in their order: what they are stands with them, and not in the results.
func (r Run) joined(all []*setup.Contestant) Run {
	rows := r.Rows
	r.Rows = nil
	for _, c := range all {
		if i := slices.IndexFunc(rows, func(row Row) bool { return row.Name == c.Name() }); i >= 0 {
			row := rows[i]
			row.contestant = c
			r.Rows = append(r.Rows, row)
		}
	}
	return r
}

// Read reads the file that a run was saved in.
func Read(file string) (run Run, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &run)
	}
	return run, err
}

// Save writes the run into a file.
func (r *Run) Save(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// ours is the library that must lose nothing.
const ours = "atomicsession"

// Begin notes when and where the run takes place.
func (r *Run) Begin() {
	r.Started, r.Machine = time.Now().UTC().Truncate(time.Second), result.ThisMachine()
}

// End notes how long it took.
func (r *Run) End() { r.Duration = time.Since(r.Started).Truncate(time.Second) }

// Add notes what a contestant has done.
func (r *Run) Add(c *setup.Contestant, versions []string, servers []result.Version, outcomes []race.Outcome) {
	r.Servers = result.Merged(r.Servers, servers)
	r.Rows = append(r.Rows, Row{Name: c.Name(), Versions: versions, Outcomes: outcomes, contestant: c})
}

// With returns r with the rows of an earlier run of which r has none, in the order of all contestants.
func (r Run) With(earlier Run, all []*setup.Contestant) Run {
	rows := r.Rows
	for _, row := range earlier.Rows {
		if !slices.ContainsFunc(r.Rows, func(now Row) bool { return now.Name == row.Name }) {
			rows = append(rows, row)
		}
	}
	r.Servers = result.Merged(r.Servers, earlier.Servers)
	r.Rows, r.Duration = rows, r.Duration+earlier.Duration
	return r.joined(all)
}

// Broken says where ours did not keep what it promises: all but [race.First].
func (r *Run) Broken() (complaints []string) {
	for _, row := range r.Rows {
		for _, o := range row.Outcomes {
			if row.contestant.Library == ours && o.Race != race.First && !o.AllHeld() {
				complaints = append(complaints, fmt.Sprintf("%s: %s: %+v", row.Name, o.Race, o))
			}
		}
	}
	return complaints
}
