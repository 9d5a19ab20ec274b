package integration

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// fetches is a script that sends many requests, and repeats once what is answered with 410, after the time that the answer asks for.
const fetches = `void (window.done = (async () => {
	const counts = {ok: 0, repeated: 0, other: []}
	const add = async last => {
		const r = await fetch("/api/add", {method: "POST"})
		if (r.status == 204) {
			counts.ok++
		} else if (r.status == 410 && !last) {
			counts.repeated++
			await new Promise(f => setTimeout(f, 1000 * Number(r.headers.get("Retry-After"))))
			await add(true)
		} else {
			counts.other.push(r.status)
		}
	}
	await Promise.all(Array.from({length: %d}, () => add(false)))
	return JSON.stringify(counts)
})())`

// Scripts are under way while another tab signs in. Each that is told so once more is right the second time, and nothing is lost.
func TestFetchesWhileSigningIn(t *testing.T) {
	t.Parallel()
	const n, late = 150, 100
	m := newMall(t, atomicsession.Options{})
	v := shopper(t, m)
	other := v.another()
	other.open(m.at("shop.test", "/"), "cart 1")
	var came atomic.Int64
	all, goOn := make(chan struct{}), make(chan struct{})
	m.holdAt(func(at string, _ int) {
		if at != "add" {
			return
		}
		i := came.Add(1)
		if i == n {
			close(all)
		}
		if i > n-late && i <= n {
			await(t, goOn)
		}
	})
	evaluate[any](other, fmt.Sprintf(fetches, n))
	await(t, all)
	v.clickOn("#send")
	v.await("account of ann")
	close(goOn)
	if got, want := evaluate[string](other, `window.done`), fmt.Sprintf(`{"ok":%d,"repeated":%d,"other":[]}`, n, late); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	v.open(m.at("shop.test", "/account"), fmt.Sprint("account of ann, cart ", n+1))
}

// The same without a browser, and so at any time: who is told repeats as soon as the sign-in's answer is there.
func TestClientsWhileSigningIn(t *testing.T) {
	t.Parallel()
	const workers, each, rounds = 8, 25, 5
	told := 0
	for range rounds {
		m := newMall(t, atomicsession.Options{})
		c := newClient(m)
		c.get("/add", "")
		token := c.token("/login")
		var requests atomic.Int64
		var repeated atomic.Int64
		underWay, signedIn := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					if requests.Add(1) == workers*each/4 {
						close(underWay)
					}
					resp, _ := c.send(http.MethodPost, "/api/add", nil)
					if resp.StatusCode == http.StatusGone && resp.Header.Get("Retry-After") == "1" {
						repeated.Add(1)
						await(t, signedIn)
						resp, _ = c.send(http.MethodPost, "/api/add", nil)
					}
					if resp.StatusCode != http.StatusNoContent {
						t.Errorf("status %d", resp.StatusCode)
					}
				}
			})
		}
		await(t, underWay)
		c.post("/login", token)
		close(signedIn)
		wg.Wait()
		c.get("/account", fmt.Sprint("account of ann, cart ", workers*each+1))
		told += int(repeated.Load())
	}
	t.Logf("%d of %d were told, and right the second time", told, rounds*workers*each)
}
