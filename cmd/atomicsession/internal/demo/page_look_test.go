package demo

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// screens are what the page is looked at on.
var screens = []struct {
	name, scheme  string
	width, height int64
}{
	{"desktop", "light", 1280, 800},
	{"desktop-dark", "dark", 1280, 800},
	{"phone", "light", 390, 844},
	{"phone-dark", "dark", 390, 844},
	{"narrow", "light", 320, 640},
}

// fits fails if the page is wider than the screen.
func (p *tab) fits(width int64) {
	p.t.Helper()
	if got := eval[int](p, `document.documentElement.scrollWidth`); got > int(width) {
		p.t.Errorf("the page is %d wide on a screen of %d", got, width)
	}
}

// bottom is where an element ends, from the top of the page.
func (p *tab) bottom(selector string) float64 {
	p.t.Helper()
	return eval[float64](p, `document.querySelector(`+quote(selector)+`).getBoundingClientRect().bottom + scrollY`)
}

func TestPageLook(t *testing.T) {
	t.Parallel()
	server, _ := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)

	// Claim, button, verdict and picture are seen without scrolling, before and after a race.
	for _, tc := range []struct {
		width, height int64
		last          string // the lowest that must be seen
	}{
		{390, 844, "[data-lane=bridge] .strip"},
		{390, 664, "[data-lane=scs] .strip"},
		{1280, 800, "[data-lane=bridge] .strip"},
	} {
		t.Run(fmt.Sprintf("first screen %d×%d", tc.width, tc.height), func(t *testing.T) {
			p := openTab(t, browser, server.URL, chromedp.EmulateViewport(tc.width, tc.height))
			p.waitText("#recorded", "A recorded run")
			for range 2 {
				for _, selector := range []string{"h1", "#race-run", "#race-verdict", tc.last} {
					if got := p.bottom(selector); got > float64(tc.height) {
						t.Errorf("%s ends at %.0f", selector, got)
					}
				}
				p.race()
			}
		})
	}

	for _, width := range []int64{390, 1280} {
		t.Run(fmt.Sprintf("text twice as large, %d", width), func(t *testing.T) {
			p := openTab(t, browser, server.URL, chromedp.EmulateViewport(width, 800))
			eval[any](p, `document.documentElement.style.fontSize = "200%"`)
			p.click("#login button")
			p.click("#visit")
			p.race()
			eval[any](p, `document.querySelectorAll(".evidence").forEach((details) => { details.open = true; })`)
			p.waitText("[data-evidence=cart] pre", "reply")
			p.fits(width)
			p.shoot(fmt.Sprintf("large-text-%d.png", width), "")
		})
	}

	// On a phone the live session is a strip at the foot of the screen while its buttons are in sight.
	t.Run("strip", func(t *testing.T) {
		p := openTab(t, browser, server.URL, chromedp.EmulateViewport(390, 844))
		p.click("#visit")
		p.do(chromedp.ScrollIntoView(chromedp.CSS("#visit")))
		p.wait(`(() => { const box = document.querySelector(".live summary").getBoundingClientRect(); return box.top > 700 && box.bottom <= 844; })()`)
		p.do(chromedp.Click(chromedp.CSS(".live summary")))
		p.wait(`document.querySelector("#document").checkVisibility()`)
		p.waitText("#document", `"visits": 1`)
		p.shootScreen("strip.png")
	})

	t.Run("without JavaScript", func(t *testing.T) {
		p := newTab(t, browser, chromedp.WithNewBrowserContext())
		p.do(noScript, chromedp.Navigate(server.URL))
		p.do(chromedp.WaitVisible(chromedp.CSS(".noscript")))
		p.shootScreen("noscript.png")
	})

	t.Run("keyboard", func(t *testing.T) { testKeyboard(openTab(t, browser, server.URL)) })
	t.Run("copy", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		eval[any](p, `navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError")); 0`)
		p.do(chromedp.Click(chromedp.CSS("#copy")))
		p.waitText("#copied", "Selected")
		if got := eval[string](p, `getSelection().toString()`); got != "go get github.com/atomicsession/atomicsession" {
			t.Errorf("selected %q", got)
		}
	})

	// The log stands still while an answer is open.
	t.Run("log", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.click("#visit")
		p.waitText("#log", "/api/session/update")
		p.do(chromedp.Click(chromedp.CSS("#log li:first-child summary")))
		p.waitText("#log details[open] pre", `"visits":1`)
		p.click("#visit")
		p.waitText("#log-newer", "1 newer")
		p.do(chromedp.Click(chromedp.CSS("#log details[open] summary")))
		p.wait(`document.querySelector("#log-newer").textContent === "" && document.querySelectorAll("#log li").length === 3`)
		p.race()
		p.wait(`document.querySelectorAll("#log li").length === 12`)
	})
}

// noScript turns JavaScript off.
func noScript(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return chromedp.Void{}, err
}

// testKeyboard walks through the visitor's cards.
func testKeyboard(p *tab) {
	p.do(chromedp.Focus(chromedp.CSS("#visit")))
	p.press(kb.Enter)
	p.waitText("#visits", "1")
	p.settle()
	p.focused("visit")
	p.press(kb.Tab + kb.Tab)
	p.focused("One Coffee beans more")
	p.press(" ")
	p.waitText("#total", "14.50")
	p.settle()
	p.focused("One Coffee beans more")

	p.do(chromedp.Focus(chromedp.CSS("#user"))) // signing in hides it
	p.press(kb.Enter)
	p.waitText("#status", "Signed in as ada")
	p.settle()
	p.focused("logout")
	p.press(kb.Enter)
	p.waitText("#status", "You have no session yet")
	p.settle()
	p.focused("user-title")
	p.noNotice()
}
