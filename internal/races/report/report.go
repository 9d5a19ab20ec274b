package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/race"
	"github.com/atomicsession/atomicsession/internal/races/setup"
)

//go:embed races.md.tmpl
var pageText string

// Write writes races.md into docsDir, and its charts into docsDir/races, with the rows of these contestants.
func Write(run Run, all []*setup.Contestant, docsDir string) error {
	run = run.joined(all)
	kept, signedIn := run.keptChart(), run.signInChart()
	page, err := template.New("races.md").Funcs(template.FuncMap{
		"kept": kept.String, "signedIn": signedIn.String,
		"table": func() string { return run.table() }, "updates": run.updates, "held": run.held, "span": run.span, "setups": run.setups,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	var md bytes.Buffer
	if err := page.Execute(&md, run); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(docsDir, "races"), 0o755); err != nil {
		return err
	}
	for _, c := range []figure.Chart{kept, signedIn} {
		if err := os.WriteFile(filepath.Join(docsDir, c.File), c.SVG(), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(docsDir, "races.md"), md.Bytes(), 0o644)
}

// The cell of the counter, and of own keys, that the table shows.
const clients, work = 6, 5 * time.Millisecond

// columns are those of the table.
var columns = []string{
	race.Counter, race.OwnKeys, race.Code, race.Logout, race.LogoutKept, race.LogoutAimed, race.SignIn, race.SignInUpdates,
	race.RevokeWrite, race.RevokeRenew, race.First, race.ChosenID, race.OldCookie, race.Pages,
}

// of is what a row has found in a race.
func (r Row) of(name string) (race.Outcome, bool) {
	i := slices.IndexFunc(r.Outcomes, func(o race.Outcome) bool {
		return o.Race == name && (name != race.Counter && name != race.OwnKeys || o.Clients == clients && o.Work == work)
	})
	if i < 0 {
		return race.Outcome{}, false
	}
	return r.Outcomes[i], true
}

// version finds the first two numbers of a version.
var version = regexp.MustCompile(`\d+\.\d+`)

// title is what a row is called: its library with the version, which is the first that it has told, and its variant.
func (r Row) title() [2]string {
	_, told, _ := strings.Cut(r.Versions[0], " ")
	library := strings.TrimSpace(r.contestant.Library + " " + version.FindString(told))
	return [2]string{r.contestant.Language, library + " · " + r.contestant.Variant.Name}
}

// table has all rows, and the columns of these races; all columns if none is named.
func (r Run) table(races ...string) string {
	var cells []figure.Cell
	for _, row := range r.Rows {
		for _, column := range columns {
			if len(races) == 0 || slices.Contains(races, column) {
				o, _ := row.of(column)
				cells = append(cells, figure.Cell{Row: row.title(), Column: figure.Titles[column], Text: figure.Held(o, true)})
			}
		}
	}
	return figure.Table("language | library", cells)
}

// Compared is the rows of the README's table that are measured.
func (r Run) Compared() (string, error) {
	var rows strings.Builder
	for _, row := range []struct{ title, race string }{
		{"Parallel updates that are kept ¹", race.Counter},
		{"One-time codes that are taken once ¹", race.Code},
		{"Visitors still signed out at the end ¹", race.LogoutKept},
		{"Visitors still signed in at the end ¹", race.SignIn},
	} {
		rows.WriteString("| " + row.title + " |")
		for _, library := range []string{"atomicsession", "scs", "gorilla", "fiber"} {
			o, err := r.outcome("go/"+library+"/Redis", row.race)
			if err != nil {
				return "", err
			}
			rows.WriteString(" " + figure.Held(o, true) + " |")
		}
		rows.WriteString("\n")
	}
	return rows.String(), nil
}

// updates is the table of one race of updates with all clients and work.
func (r Run) updates(name string) string {
	var cells []figure.Cell
	for _, row := range r.Rows {
		for _, o := range row.Outcomes {
			if o.Race == name {
				column := fmt.Sprintf("%s, %d ms", figure.Clients(o.Clients), o.Work.Milliseconds())
				cells = append(cells, figure.Cell{Row: row.title(), Column: column, Text: figure.Held(o, true)})
			}
		}
	}
	return figure.Table("language | library", cells)
}

// held is what the contestant of the name has held in a race: of the counter and of own keys, in the cell of the table.
func (r Run) held(name, race string) (string, error) {
	o, err := r.outcome(name, race)
	if err != nil {
		return "", err
	}
	return figure.Held(o, false), nil
}

func (r Run) outcome(name, of string) (race.Outcome, error) {
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Name == name })
	if i < 0 {
		return race.Outcome{}, fmt.Errorf("no contestant %q", name)
	}
	o, ok := r.Rows[i].of(of)
	if !ok {
		return o, fmt.Errorf("%s: no race %q", name, of)
	}
	return o, nil
}

// span is how often a race held among the contestants whose names begin so: "3 to 8 of 50", or "50 of 50" if all are alike.
func (r Run) span(prefix, name string) (string, error) {
	var found []race.Outcome
	for _, row := range r.Rows {
		if o, ok := row.of(name); ok && o.Of > 0 && strings.HasPrefix(row.Name, prefix) {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("no %q by %q", name, prefix)
	}
	held := func(a, b race.Outcome) int { return a.Held - b.Held }
	low, high := slices.MinFunc(found, held), slices.MaxFunc(found, held)
	if low.Held == high.Held {
		return fmt.Sprintf("%d of %d", high.Held, high.Of), nil
	}
	return fmt.Sprintf("%d to %d of %d", low.Held, high.Held, high.Of), nil
}
