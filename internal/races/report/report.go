package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/race"
)

//go:embed races.md.tmpl
var pageText string

// Write writes races.md into docsDir, and its charts into docsDir/races.
func Write(run Run, docsDir string) error {
	kept, signedIn := run.keptChart(), run.signInChart()
	var missing error
	page, err := template.New("races.md").Funcs(template.FuncMap{
		"table": run.table, "updates": run.updates,
		"kept": kept.String, "signedIn": signedIn.String,
		"setups": run.setups,
		// held is what the contestant of the name has held in a race, with the clients and the work that most of it was measured with.
		"held": func(name, race string) string {
			text, err := run.held(name, race)
			missing = errors.Join(missing, err)
			return text
		},
		"range": run.span,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	var md bytes.Buffer
	if err := errors.Join(page.Execute(&md, run), missing); err != nil {
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
var columns = []struct{ race, title string }{
	{race.Counter, "counter"},
	{race.OwnKeys, "own keys"},
	{race.Code, "code taken once"},
	{race.Logout, "stays signed out"},
	{race.LogoutAimed, "… aimed at the write"},
	{race.SignIn, "**signed in after the sign-in**"},
	{race.SignInUpdates, "updates during it"},
	{race.RevokeWrite, "revoked beside a write"},
	{race.RevokeRenew, "… beside a renewal"},
	{race.First, "first requests"},
	{race.ChosenID, "chosen ID refused"},
	{race.OldCookie, "old cookie dead"},
	{race.Pages, "8 pages of 100 ms"},
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

// text writes what was found; bold if all held.
func text(o race.Outcome) string {
	if o.Race == race.Pages && o.Held == o.Of {
		return fmt.Sprintf("%d ms", o.Took.Milliseconds())
	}
	if o.Of == 0 && o.Failed == 0 {
		return figure.Unknown
	}
	s := fmt.Sprintf("%d of %d", o.Held, o.Of)
	if o.Race == race.Counter || o.Race == race.OwnKeys {
		s = figure.Share(o.Held, o.Of)
	}
	if o.Held == o.Of && o.Failed == 0 {
		s = figure.Bold(s)
	}
	if o.Refused > 0 {
		s += fmt.Sprintf(" (%d refused)", o.Refused)
	}
	if o.Failed > 0 {
		s += fmt.Sprintf(" (%d failed)", o.Failed)
	}
	if o.Race == race.Code && o.Most > 1 {
		s += fmt.Sprintf(" (up to %d times)", o.Most)
	}
	return s
}

// title is what a row is called: its library and its store.
func (r Row) title() [2]string { return [2]string{r.Language, r.Library + " · " + r.Variant} }

func (r Run) table() string {
	var cells []figure.Cell
	for _, row := range r.Rows {
		for _, c := range columns {
			o, _ := row.of(c.race)
			cells = append(cells, figure.Cell{Row: row.title(), Column: c.title, Text: text(o)})
		}
	}
	return figure.Table("language | library", cells)
}

// updates is the table of one race of updates with all clients and work.
func (r Run) updates(name string) string {
	var cells []figure.Cell
	for _, row := range r.Rows {
		for _, o := range row.Outcomes {
			if o.Race == name {
				column := fmt.Sprintf("%s, %d ms", figure.Clients(o.Clients), o.Work.Milliseconds())
				cells = append(cells, figure.Cell{Row: row.title(), Column: column, Text: text(o)})
			}
		}
	}
	return figure.Table("language | library", cells)
}

func (r Run) held(name, race string) (string, error) {
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Name == name })
	if i < 0 {
		return "", fmt.Errorf("no contestant %q", name)
	}
	o, ok := r.Rows[i].of(race)
	if !ok {
		return "", fmt.Errorf("%s: no race %q", name, race)
	}
	return strings.ReplaceAll(text(o), "**", ""), nil
}
