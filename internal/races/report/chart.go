package report

import (
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/race"
)

// nameWidth is that of the longest name of a row in a chart.
const nameWidth = 280

func isOurs(name string) bool { return strings.HasPrefix(name, ours+" ") }

// keptChart shows the share of acknowledged changes that a counter kept.
func (r Run) keptChart() figure.Chart {
	c := figure.Chart{
		File: "races/updates-kept.svg", Title: "Updates kept", NameWidth: nameWidth, Ours: isOurs,
		Subtitle: fmt.Sprintf("share of the acknowledged changes of one counter that it has at the end, handler of %d ms", work.Milliseconds()),
	}
	for _, row := range r.Rows {
		for _, o := range row.Outcomes {
			if o.Race == race.Counter && o.Work == work {
				c.Cells = append(c.Cells, figure.Bar(row.title(), figure.Clients(o.Clients), figure.Share(o.Held, o.Of), o))
			}
		}
	}
	return c
}

// signInChart shows how often the browser was signed in after a sign-in.
func (r Run) signInChart() figure.Chart {
	c := figure.Chart{
		File: "races/signed-in.svg", Title: "Signed in after the sign-in", NameWidth: nameWidth, Ours: isOurs,
		Subtitle: "how often the browser is signed in, once all is answered that was on its way beside the sign-in",
	}
	for _, row := range r.Rows {
		if o, ok := row.of(race.SignIn); ok {
			c.Cells = append(c.Cells, figure.Bar(row.title(), "", fmt.Sprintf("%d of %d", o.Held, o.Of), o))
		}
	}
	return c
}
