package demo

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// loss presses the button of a loss and returns what the page says of each lane: "✓ 3 of 3 in the cart".
func (p *tab) loss(name string) map[string]string {
	p.t.Helper()
	p.click("#" + name + "-run")
	says := map[string]string{}
	for i, lane := range eval[[]string](p, `[...document.querySelectorAll("#`+name+`-results .says")].map((el) => el.textContent)`) {
		says[laneIDs[i]] = lane
	}
	if len(says) != len(laneIDs) {
		p.t.Fatalf("%s: %v", name, says)
	}
	return says
}

// TestPageLosses presses each button until the others have lost: which of two requests comes first is not in our hands. Ours must never lose.
func TestPageLosses(t *testing.T) {
	t.Parallel()
	server, _ := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)
	for _, tc := range []struct {
		loss, ours, others string
		bridge             string // "": it depends on the order, as with scs
	}{
		{"cart", "✓ 3 of 3 in the cart", "✗ 1 of 3 in the cart", "✓ 3 of 3 in the cart"},
		{"code", "✓ accepted 1 time", "✗ accepted 5 times", ""},
		{"tries", "✓ 3 guesses checked", "guesses checked", ""},
		{"logout", "✓ stays signed out", "✗ signed in again", "✓ stays signed out"},
	} {
		t.Run(tc.loss, func(t *testing.T) {
			p := openTab(t, browser, server.URL)
			shown := false
			for range 10 {
				says := p.loss(tc.loss)
				if says["atomicsession"] != tc.ours {
					t.Fatalf("atomicsession: %s, want %s", says["atomicsession"], tc.ours)
				}
				if tc.bridge != "" && says["bridge"] != tc.bridge {
					t.Errorf("bridge: %s, want %s", says["bridge"], tc.bridge)
				}
				if shown = strings.HasPrefix(says["scs"], "✗") && strings.HasPrefix(says["gorilla"], "✗") && strings.HasSuffix(says["scs"], strings.TrimPrefix(tc.others, "✗ ")); shown {
					break
				}
			}
			if !shown {
				t.Error("the others never lost: the card shows nothing")
			}
			p.waitText("#status", "You have no session yet") // the visitor's own session is untouched
			p.shoot("loss-"+tc.loss+".png", "[aria-labelledby=loss-"+tc.loss+"-title]")
			p.evidence(tc.loss)
		})
	}
}

// evidence opens the disclosure of a race, and looks for code and calls of each lane.
func (p *tab) evidence(loss string) {
	p.t.Helper()
	details := `[data-evidence=` + loss + `]`
	p.do(chromedp.Click(chromedp.CSS(details + " summary")))
	codes := map[string]bool{}
	for lane, call := range map[string]string{"atomicsession": "ms", "scs": "Find", "gorilla": "no store", "bridge": "Load"} {
		p.do(chromedp.SetValue(chromedp.CSS(details+" select"), lane))
		eval[any](p, `document.querySelector("`+details+` select").dispatchEvent(new Event("change"))`)
		p.waitText(details+" .asked", call)
		codes[p.text(details+" pre")] = true
	}
	if len(codes) < 3 { // the bridge has the code of scs
		p.t.Errorf("the lanes show %d pieces of code", len(codes))
	}
}
