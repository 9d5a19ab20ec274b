package report

import (
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/race"
)

func isOurs(name string) bool { return strings.HasPrefix(name, ours+" ") }

// keptChart shows the share of acknowledged changes that a counter kept.
func (r Run) keptChart() figure.Chart {
	c := figure.Chart{
		File: "races/updates-kept.svg", Title: "Updates kept", Ours: isOurs,
		Subtitle: fmt.Sprintf("Share of the acknowledged changes of one counter that it has at the end. %s at once, %d ms of work in each request.",
			figure.Clients(clients), work.Milliseconds()),
	}
	for _, row := range r.Rows {
		if o, ok := row.of(race.Counter); ok {
			c.Bars = append(c.Bars, figure.HeldBar(row.title(), figure.Share(o.Held, o.Of), o))
		}
	}
	return c
}

// signInChart shows how often the browser was signed in after a sign-in.
func (r Run) signInChart() figure.Chart {
	c := figure.Chart{
		File: "races/signed-in.svg", Title: "Signed in after the sign-in", Ours: isOurs,
		Subtitle: "Four other requests are on their way during the sign-in. How often is the browser signed in when all are answered?",
	}
	for _, row := range r.Rows {
		if o, ok := row.of(race.SignIn); ok {
			c.Bars = append(c.Bars, figure.HeldBar(row.title(), fmt.Sprintf("%d of %d", o.Held, o.Of), o))
		}
	}
	return c
}
