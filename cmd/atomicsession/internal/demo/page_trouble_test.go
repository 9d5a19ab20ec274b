package demo

import (
	"context"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

// What the page makes of trouble.

// testTwoTabs signs in in another tab with the same cookies.
func testTwoTabs(p *tab, url string, faults *faults) {
	p.click("#visit")
	other := p.another(url)
	other.signIn("ada")
	p.await("403") // its token is of the secret before
	p.click("#visit")
	p.waitText("#visits", "2")
	p.noNotice()

	// What one tab has seen is not shown when the other has done more.
	p.click("#flash-take")
	p.waitText("#flash-result", "None of 5 requests")
	other.click("#flash-leave")
	p.waitText("#flash-result", "A message is waiting")
	other.click("#flash-take")
	p.waitText("#flash-result", "No message is waiting")

	// A question that another tab's sign-in has overtaken finds nothing.
	var asked atomic.Int32
	faults.set("GET /api/session", func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			r.Header.Del("Cookie")
		}
		faults.demo.ServeHTTP(w, r)
	})
	defer faults.set("GET /api/session", nil)
	eval[any](p, `document.dispatchEvent(new Event("visibilitychange"))`) // to ask at once
	for deadline := time.Now().Add(patience); asked.Load() < 3; {
		if time.Now().After(deadline) {
			p.t.Fatalf("the page has asked %d times", asked.Load())
		}
		p.do(chromedp.Sleep(50 * time.Millisecond))
	}
	p.noNotice()
	other.noNotice()
}

// testRevoked clicks before the page has learnt that its session is gone, and while it has no token.
func testRevoked(p *tab, c *client) {
	p.signIn("hana")
	c.begin()
	c.get("POST", "/api/login", `{"user":"hana"}`, http.StatusOK)
	c.begin().get("DELETE", "/api/devices", "", http.StatusOK)
	p.click("#visit")
	p.waitText("#notice", "This session has ended")
}

func TestPageTrouble(t *testing.T) {
	t.Parallel()
	server, faults := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)

	t.Run("something else answers", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.await("502")
		faults.set("PUT /api/races/*/scs", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
		})
		p.race()
		p.waitText("[data-lane=scs] .figure", "The server answered 502")
		if r := p.result("atomicsession"); r.Kept != 50 { // the other lanes go on
			t.Errorf("atomicsession: %+v", r)
		}
		faults.set("PUT /api/races/*/scs", nil)
		p.race() // all is well again
		p.result("scs").consistent(t, "scs")
	})

	t.Run("connection cut", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.await("net::ERR_")
		faults.set("POST /api/races", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		defer faults.set("POST /api/races", nil)
		p.click("#cart-run")
		p.waitText("#notice", "The server does not answer.")
		p.click("#race-run")
		p.waitText("#race-verdict", "The race could not run. The server does not answer.")
	})

	// One request is never answered. What does not need its answer goes on.
	t.Run("hung request", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.click("#visit")
		p.await("net::ERR_")
		release := make(chan struct{})
		defer close(release)
		var hung atomic.Bool
		faults.set("POST /api/session/update", func(w http.ResponseWriter, r *http.Request) {
			if hung.CompareAndSwap(false, true) {
				<-release
				return
			}
			faults.demo.ServeHTTP(w, r)
		})
		defer faults.set("POST /api/session/update", nil)
		p.do(chromedp.Click(chromedp.CSS("#visit")))
		p.waitText("#waiting", "Waiting for the server")
		p.do(chromedp.Click(chromedp.CSS("#flash-leave")))
		p.waitText("#flash-result", "A message is waiting")
		p.race()
		if r := p.result("atomicsession"); r.Kept != 50 {
			t.Errorf("atomicsession: %+v", r)
		}
		p.waitText("#notice", "The server has not answered within 8 seconds.")
		p.wait(`document.querySelector("#waiting").hidden`)
		p.click("#visit") // and the counter goes on, too
		p.waitText("#visits", "2")
	})

	t.Run("offline and back", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.click("#visit")
		p.await("net::ERR_")
		p.do(p.offline(true))
		p.waitText("#status", "You are offline")
		p.click("#visit")
		p.waitText("#notice", "You are offline")
		p.do(p.offline(false))
		p.waitText("#status", "You have an anonymous session") // by itself
		p.click("#visit")
		p.waitText("#visits", "2")
	})

	t.Run("two browsers", func(t *testing.T) {
		p, other := openTab(t, browser, server.URL), openTab(t, browser, server.URL)
		p.click("#visit")
		other.click("#visit")
		other.click("#visit")
		p.waitText("#visits", "1")
		other.waitText("#visits", "2")
		if a, b := p.text("#fact-id"), other.text("#fact-id"); a == b {
			t.Errorf("both have the session %s", a)
		}
	})

	// The press begins before the list of devices is drawn anew, and ends after it.
	t.Run("press during a redraw", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		other := openTab(t, browser, server.URL)
		for _, tab := range []*tab{p, other} {
			tab.signIn("nora")
		}
		p.wait(`document.querySelectorAll("#devices button").length === 1`)
		eval[any](p, `globalThis.pressed = document.querySelector("#devices button"); 0`)
		third := openTab(t, browser, server.URL)
		third.signIn("nora")
		p.wait(`document.querySelectorAll("#devices button").length === 2`)
		if !eval[bool](p, `pressed.isConnected`) {
			t.Error("the button that was there is another one now")
		}
	})
}

// offline takes the network from the page, or gives it back.
func (p *tab) offline(offline bool) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		conditions := []*network.Conditions{{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}}
		_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: conditions})
		if err == nil {
			_, err = chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{
				Offline: offline, DownloadThroughput: -1, UploadThroughput: -1,
			})
		}
		return chromedp.Void{}, err
	}
}

// TestPageStoreStopped closes the store under the demo: what needs it says so, and the rest goes on.
func TestPageStoreStopped(t *testing.T) {
	t.Parallel()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "demo.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, store)
	p := openTab(t, startBrowser(t), server.URL)
	p.click("#visit")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	p.await("503")
	p.click("#visit")
	const fails = "The server answers, but its session store fails (503)."
	p.waitText("#notice", fails)
	p.waitText("#status", fails)
	p.race()
	p.waitText("[data-lane=atomicsession] .figure", fails)
	p.result("scs").consistent(t, "scs")
	p.click("#logout-run")
	p.waitText("#logout-results", fails)
}
