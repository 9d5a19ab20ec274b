package figure

import (
	"fmt"

	"github.com/atomicsession/atomicsession/internal/race"
)

// Titles are what the columns of races are called.
var Titles = map[string]string{
	race.Counter:       "counter",
	race.OwnKeys:       "own fields",
	race.Code:          "code taken once",
	race.Logout:        "signed out",
	race.LogoutKept:    "… copied cookie",
	race.LogoutAimed:   "… aimed",
	race.SignIn:        "signed in",
	race.SignInUpdates: "updates beside it",
	race.RevokeWrite:   "revoked",
	race.RevokeRenew:   "… renewed",
	race.First:         "first requests",
	race.ChosenID:      "made-up ID",
	race.OldCookie:     "old cookie",
	race.Pages:         "8 pages",
}

// Held writes what held in a race; if wanted, bold where all did at the first try.
func Held(o race.Outcome, bold bool) string {
	text := fmt.Sprintf("%d of %d", o.Held, o.Of)
	switch {
	case o.Of == 0 || o.Race == race.Counter || o.Race == race.OwnKeys:
		text = Share(o.Held, o.Of)
	case o.Race == race.Pages && o.AllHeld():
		return fmt.Sprintf("%d ms", o.Took.Milliseconds())
	}
	if bold && o.AllHeld() && o.Refused == 0 {
		text = Bold(text)
	}
	for _, other := range []struct {
		n    int
		what string
	}{{o.Refused, "refused"}, {o.Failed, "failed"}} {
		if other.n > 0 {
			text += fmt.Sprintf(" (%d %s)", other.n, other.what)
		}
	}
	if o.Most > 1 {
		text += fmt.Sprintf(" (up to %d times)", o.Most)
	}
	return text
}

// HeldBar is a bar that is as long as what held.
func HeldBar(row [2]string, text string, o race.Outcome) Bar {
	return Bar{Row: row, Text: text, To: float64(o.Held) / float64(max(1, o.Of))}
}
