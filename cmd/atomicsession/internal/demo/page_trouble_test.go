package demo

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/chromedp/chromedp"
)

// What the page makes of trouble; parts of TestPage.

// testTwoTabs signs in in another tab with the same cookies.
func testTwoTabs(p *tab, url string, faults *faults) {
	p.click("#visit")
	other := p.another(url)
	other.click("#login button")
	other.waitText("#status", "Signed in as ada")
	p.await("403") // its token is of the secret before
	p.click("#visit")
	p.waitText("#visits", "2")
	p.noNotice()

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
	for asked.Load() < 3 {
		p.do(chromedp.Sleep(50 * time.Millisecond))
	}
	p.noNotice()
	other.noNotice()
}

// testRevoked clicks before the page has learnt that its session is gone, and while it has no token.
func testRevoked(p *tab, c *client) {
	p.do(chromedp.SetValue(chromedp.CSS("#user"), "hana"))
	p.click("#login button")
	p.waitText("#status", "Signed in as hana")
	c.begin()
	c.get("POST", "/api/login", `{"user":"hana"}`, http.StatusOK)
	c.begin().get("DELETE", "/api/devices", "", http.StatusOK)
	p.click("#visit")
	p.waitText("#notice", "This session has ended")
}

func testServerFails(p *tab, faults *faults) {
	p.click("#visit")
	p.await("502")
	faults.set("POST /api/race/loadsave", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
	})
	p.click("#race-run")
	p.waitText("#race-verdict", "The race was broken off.")
	p.waitText("#notice", "The server answered 502")
	faults.set("POST /api/race/loadsave", nil)

	p.await("net::ERR_")
	faults.set("PUT /api/logout-race/atomic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	p.click("#logout-run")
	p.waitText("#logout-atomic", "Broken off")
	p.waitText("#notice", "The server does not answer.")
	faults.set("PUT /api/logout-race/atomic", nil)
	p.click("#race-run") // all is well again
	p.waitText("#race-verdict", "are gone")
}
