package demo

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

// TestPage drives the page in a real browser, over the store that the demo uses by default.
func TestPage(t *testing.T) {
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "demo.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	server, faults := serveFaults(t, store)
	browser := startBrowser(t)
	open := func(t *testing.T, before ...chromedp.Action[chromedp.Void]) *tab {
		t.Helper()
		return openTab(t, browser, server.URL, before...)
	}

	t.Run("a look begins no session", func(t *testing.T) {
		p := open(t)
		p.waitText("#live-title", "Your session")
		if eval[bool](p, `document.querySelector("#live-none").hidden`) {
			t.Error("the page began a session by itself")
		}
	})

	t.Run("counter", func(t *testing.T) {
		p := open(t)
		for _, want := range []string{"1", "2", "3"} {
			p.click("#visit")
			p.waitText("#visits", want)
		}
		p.waitText("#document", `"visits": 3`)
		p.waitText("#status", "Anonymous session")
		eval[any](p, `for (let i = 0; i < 10; i++) document.querySelector("#visit").click()`)
		p.waitText("#visits", "13") // none is lost
	})

	t.Run("exact numbers", func(t *testing.T) {
		p := open(t)
		eval[any](p, `fetch("/api/csrf").then((r) => r.json()).then(({ token }) => fetch("/api/session/update", {
			method: "POST", headers: { "X-CSRF-Token": token },
			body: '{"ops":[{"op":"set","path":"n","value":[9007199254740993,1.0]}]}',
		})); 0`)
		p.waitText("#document", `"n": [ 9007199254740993, 1.0 ]`)
	})

	t.Run("cart", func(t *testing.T) {
		p := open(t)
		more, less := `#cart li:nth-child(2) button:last-of-type`, `#cart li:nth-child(2) button:first-of-type`
		p.click(more)
		p.click(more)
		p.click(`#cart li:nth-child(1) button:last-of-type`)
		p.waitText("#total", "32.30")
		p.click(less)
		p.click(less)
		p.click(less) // there is nothing left to take out
		p.waitText("#total", "14.50")
		p.waitText("#document", `"coffee"`)
		p.click("#empty")
		p.waitText("#total", "0.00")
		p.waitText("#document", "{}")
	})

	t.Run("flash", func(t *testing.T) {
		p := open(t)
		p.click("#flash-leave")
		p.waitText("#flash-result", "A message is waiting")
		p.click("#flash-take")
		p.waitText("#flash-result", "went to 1 of 5 requests")
		p.click("#flash-take")
		p.waitText("#flash-result", "None of 5 requests")
	})

	t.Run("sign in and out", func(t *testing.T) {
		p := open(t)
		p.click("#visit")
		id := p.text("#fact-id")
		p.click("#login button")
		p.waitText("#status", "Signed in as ada")
		p.waitText("#visits", "1")
		if now := p.text("#fact-id"); now != id {
			t.Errorf("signing in changed the ID from %s to %s", id, now)
		}
		p.click("#visit") // with a new token
		p.waitText("#visits", "2")
		p.click("#logout")
		p.waitText("#status", "No session yet")
		p.waitText("#visits", "0")
		p.noNotice()
	})

	t.Run("order", func(t *testing.T) {
		p := open(t)
		p.await("403")
		p.click("#order")
		p.waitText("#order-result", "nobody is signed in")
		p.click("#login button")
		p.waitText("#status", "Signed in as ada")
		p.click("#order")
		p.waitText("#order-result", "Order 1 went through")
		p.click("#again")
		p.click("#order")
		p.waitText("#order-result", "Order 2 went through")
		p.noNotice()
	})

	t.Run("device page", func(t *testing.T) {
		p := open(t)
		p.do(chromedp.Navigate(server.URL + "/devices"))
		p.wait(`location.pathname === "/" && location.search === "?return=%2Fdevices"`)
		p.waitText("#notice", "recent sign-in")
		p.click("#login button")
		p.wait(`location.pathname === "/devices" && document.querySelector("h1").textContent === "Your devices"`)
	})

	t.Run("two tabs", func(t *testing.T) { testTwoTabs(open(t), server.URL, faults) })
	t.Run("revoked and clicked", func(t *testing.T) { testRevoked(open(t), newClient(t, server)) })
	t.Run("server fails", func(t *testing.T) { testServerFails(open(t), faults) })

	t.Run("devices", func(t *testing.T) {
		first, second, third := open(t), open(t), open(t)
		for _, p := range []*tab{first, second, third} {
			p.do(chromedp.SetValue(chromedp.CSS("#user"), "grace"))
			p.click("#login button")
			p.waitText("#status", "Signed in as grace")
		}
		rows := `document.querySelectorAll("#devices li").length`
		first.wait(rows + ` === 3`) // by itself
		if n := eval[int](first, `document.querySelectorAll("#devices .tag").length`); n != 1 {
			t.Errorf("%d devices are the current one", n)
		}
		id := second.text("#fact-id")[:8]
		first.waitText("#devices", "Headless Chrome on Linux")
		first.click(`#devices [aria-label="Sign out Headless Chrome on Linux ` + id + `"]`)
		first.wait(rows + ` === 2`)
		first.focused("devices-title") // the button is gone
		second.waitText("#notice", "signed out elsewhere")
		second.waitText("#status", "No session yet")
		first.click("#revoke-others")
		first.wait(rows + ` === 1`)
		first.focused("devices-title")
		third.waitText("#status", "No session yet")
		first.waitText("#status", "Signed in as grace")
	})

	t.Run("race", func(t *testing.T) {
		p := open(t, chromedp.EmulateViewport(1160, 900, chromedp.EmulateScale(1.5)), prefer("prefers-color-scheme", "light"))
		for range 2 {
			p.click("#race-run")
			p.waitText("#race-verdict", "are gone")
			if kept := p.text("[data-lane=atomic] .kept"); kept != "50" {
				t.Errorf("atomicsession kept %s of 50", kept)
			}
			kept := eval[int](p, `Number(document.querySelector("[data-lane=loadsave] .kept").textContent)`)
			if kept < 1 || kept >= 50 {
				t.Errorf("load, modify, save kept %d of 50: the race shows nothing", kept)
			}
		}
		p.waitText("#document", `"race": 50`)
		p.wait(`document.getAnimations().length === 0`)
		p.do(chromedp.Blur(chromedp.CSS("#race-run")))
		p.shoot("race.png", "#race")
	})

	t.Run("logout race", func(t *testing.T) {
		p := open(t)
		for range 10 { // which of two requests comes first is not in our hands
			p.click("#logout-run")
			if got := p.text("#logout-atomic"); got != "Stays signed out" {
				t.Fatalf("atomicsession: %s", got)
			}
			if p.text("#logout-loadsave") == "Signed in again" {
				return
			}
		}
		t.Error("the session that is loaded and saved never came back: the race shows nothing")
	})

	t.Run("keyboard", func(t *testing.T) {
		p := open(t)
		focused := func(want string) {
			t.Helper()
			p.focused(want)
			if !eval[bool](p, `document.activeElement.matches(":focus-visible") && getComputedStyle(document.activeElement).outlineStyle === "solid"`) {
				t.Errorf("the focus on %q does not show", want)
			}
		}
		p.press(kb.Tab)
		focused("race-run")
		p.press(kb.Enter)
		p.waitText("#race-verdict", "are gone")
		p.settle()
		focused("race-run") // and stays while the button rests
		p.press(kb.Tab)
		focused("user")
		p.press(kb.Tab + kb.Tab)
		focused("visit")
		p.press(kb.Enter)
		p.waitText("#visits", "1")
		p.settle()
		focused("visit")
		p.press(kb.Tab + kb.Tab)
		focused("One Coffee beans more")
		p.press(" ")
		p.waitText("#total", "14.50")
		p.settle()
		focused("One Coffee beans more")

		p.do(chromedp.Focus(chromedp.CSS("#user"))) // signing in hides it
		p.press(kb.Enter)
		p.waitText("#status", "Signed in as ada")
		p.settle()
		focused("logout")
		p.press(kb.Enter)
		p.waitText("#status", "No session yet")
		p.settle()
		focused("user-title")
	})

	for _, tc := range []struct {
		name, scheme  string
		width, height int64
	}{
		{"light", "light", 1280, 900},
		{"dark", "dark", 1280, 900},
		{"phone", "light", 390, 844},
		{"phone-dark", "dark", 390, 844},
		{"narrow", "light", 320, 640},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := open(t, chromedp.EmulateViewport(tc.width, tc.height), prefer("prefers-color-scheme", tc.scheme))
			p.do(chromedp.SetValue(chromedp.CSS("#user"), tc.name))
			p.click("#login button")
			p.click("#visit")
			p.click(`#cart li:nth-child(2) button:last-of-type`)
			p.click("#flash-leave")
			p.click("#race-run")
			p.waitText("#document", `"race": 50`)
			if width := eval[int](p, `document.documentElement.scrollWidth`); width > int(tc.width) {
				t.Errorf("the page is %d wide on a screen of %d", width, tc.width)
			}
			background := eval[string](p, `getComputedStyle(document.body).backgroundColor`)
			if dark := background == "rgb(15, 20, 19)"; dark != (tc.scheme == "dark") {
				t.Errorf("the background is %s", background)
			}
			p.wait(`document.getAnimations().length === 0`)
			p.shoot("page-"+tc.name+".png", "")
		})
	}
}
