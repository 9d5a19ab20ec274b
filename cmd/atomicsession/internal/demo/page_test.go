package demo

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

// openSQLite opens a store such as the demo uses by default.
func openSQLite(t *testing.T) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "demo.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// TestPage drives the page in a real browser, over the store that the demo uses by default.
func TestPage(t *testing.T) {
	t.Parallel()
	server, faults := serveFaults(t, openSQLite(t))
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
		p.waitText("#status", "You have an anonymous session")
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
		p.signIn("ada")
		p.waitText("#visits", "1")
		if now := p.text("#fact-id"); now != id {
			t.Errorf("signing in changed the ID from %s to %s", id, now)
		}
		p.click("#visit") // with a new token
		p.waitText("#visits", "2")
		p.click("#logout")
		p.waitText("#status", "You have no session yet")
		p.waitText("#visits", "0")
		p.noNotice()
	})

	t.Run("order", func(t *testing.T) {
		p := open(t)
		p.await("403")
		p.click("#order")
		p.waitText("#order-result", "nobody is signed in")
		p.signIn("ada")
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
		p.wait(`location.pathname === "/devices" && document.querySelector("h1")?.textContent === "Your devices"`)
	})

	t.Run("two tabs", func(t *testing.T) { testTwoTabs(open(t), server.URL, faults) })
	t.Run("revoked and clicked", func(t *testing.T) { testRevoked(open(t), newClient(t, server)) })
	t.Run("name of blanks", func(t *testing.T) {
		p := open(t)
		p.do(chromedp.SetValue(chromedp.CSS("#user"), "  "))
		p.click("#login button")
		p.waitText("#user-error", "Write a name")
		p.focused("user")
		p.waitText("#status", "You have no session yet")
		p.do(chromedp.SetValue(chromedp.CSS("#user"), " lin "))
		p.click("#login button")
		p.waitText("#status", "Signed in as lin")
	})

	t.Run("devices", func(t *testing.T) {
		first, second, third := open(t), open(t), open(t)
		for _, p := range []*tab{first, second, third} {
			p.signIn("grace")
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
		second.waitText("#status", "You have no session yet")
		first.click("#revoke-others")
		first.wait(rows + ` === 1`)
		first.focused("devices-title")
		third.waitText("#status", "You have no session yet")
		first.waitText("#status", "Signed in as grace")
	})
}
