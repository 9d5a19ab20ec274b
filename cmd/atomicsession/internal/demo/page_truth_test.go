package demo

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/atomicsession/atomicsession/driver"
)

// What the page claims of a race that went wrong.

// TestPageCount has what nobody was told make up for no loss.
func TestPageCount(t *testing.T) {
	t.Parallel()
	p := openTab(t, startBrowser(t), serve(t, nil).URL)
	for _, tc := range []struct {
		told, want string
		left       int
	}{
		{"1, 2, 3", "3 kept, 0 lost, 0 more. They were told 1 to 3, each number once.", 3},
		{"1, 1, 2, 4", "3 kept, 1 lost, 1 more. They were told 1 (2 times), 2, 4.", 4}, // 3 had no answer
		{"1, 2, 4", "3 kept, 0 lost, 1 more. They were told 3 of the numbers 1 to 4, each once.", 4},
		{"1, 2, 3, 1, 2", "2 kept, 3 lost, 0 more. They were told 1 (2 times), 2 (2 times), 3.", 2},
		{"", "0 kept, 0 lost, 2 more. No request was told a number.", 2},
	} {
		got := eval[string](p, fmt.Sprintf(`import("/count.js").then(({ judge, tally, toldText }) => {
			const blocks = [%s].map((n, i) => ({ n, from: i, to: i + 1 }));
			judge(blocks, %d);
			const { kept, lost, surplus } = tally({ blocks, left: %[2]d });
			const solid = blocks.filter((block) => block.kept).length;
			return (solid === kept ? "" : solid + " solid, ") + kept + " kept, " + lost + " lost, " + surplus + " more. " + toldText(blocks);
		})`, tc.told, tc.left), chromedp.EvalAwaitPromise)
		if got != tc.want {
			t.Errorf("told %s, left %d: %s, want %s", tc.told, tc.left, got, tc.want)
		}
	}
}

func TestPageTruth(t *testing.T) {
	t.Parallel()
	server, faults := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)
	const put = "PUT /api/races/*/atomicsession"

	// The store cannot tell whether it has counted five requests, and refuses five others.
	t.Run("unknown and refused", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.await("503")
		var puts atomic.Int32
		faults.set(put, func(w http.ResponseWriter, r *http.Request) {
			switch puts.Add(1) % 10 {
			case 0:
				faults.demo.ServeHTTP(httptest.NewRecorder(), r)
				writeCode(w, http.StatusServiceUnavailable, "unknown_outcome", "unknown")
			case 1:
				writeCode(w, http.StatusServiceUnavailable, "store", "the session store failed")
			default:
				faults.demo.ServeHTTP(w, r)
			}
		})
		defer faults.set(put, nil)
		p.race()
		const figure = "40 of 40 kept, 5 unknown, 5 refused"
		p.waitText("[data-lane=atomicsession] .figure", figure)
		p.waitText("#race-verdict", "atomicsession: "+figure+".")
		p.waitText("#facts", "5 had no answer, so nobody knows about them; 5 of them counted. 5 were refused: The server answers")
		if verdict := p.text("#race-verdict"); strings.HasPrefix(verdict, "atomicsession") && strings.Contains(verdict, "kept all") {
			t.Error(verdict)
		}
	})

	// Nobody waits nine times for a lane that does not answer.
	t.Run("hung lane", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		var puts atomic.Int32
		faults.set(put, func(_ http.ResponseWriter, r *http.Request) {
			puts.Add(1)
			<-r.Context().Done()
		})
		defer faults.set(put, nil)
		p.race()
		p.waitText("[data-lane=atomicsession] .figure", "has not answered within 8 seconds")
		if n := puts.Load(); n > 6 {
			t.Errorf("%d requests", n)
		}
		p.result("scs").consistent(t, "scs")
	})

	// While a race runs, nothing of the one before is told, and nothing is replayed. What is not known is not replayed as lost.
	t.Run("not judged", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.waitText("#recorded", "A recorded run")
		p.await("502")
		hold := make(chan struct{})
		faults.set("PUT /api/races/*/scs", func(w http.ResponseWriter, r *http.Request) {
			<-hold
			faults.demo.ServeHTTP(w, r)
		})
		faults.set("GET /api/races/*/[sgb]*", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		defer faults.set("PUT /api/races/*/scs", nil)
		defer faults.set("GET /api/races/*/[sgb]*", nil)
		p.choose("work", "10")
		p.do(chromedp.Click(chromedp.CSS("#race-run")))
		p.waitText("[data-lane=scs] .figure", "0 of 50 answered")
		if p.text("#facts")+p.text("#race-note")+p.text("#recorded") != "" || !eval[bool](p, `document.querySelector("#replay").hidden`) {
			t.Error("the run before is still told")
		}
		close(hold)
		p.finished(1)
		if verdict := p.text("#race-verdict"); strings.Contains(verdict, "overlap") || !strings.Contains(verdict, "understands. gorilla") {
			t.Error(verdict) // whether the others lose is not known
		}
		eval[any](p, `globalThis.lost = 0; new MutationObserver(() => {
			lost += document.querySelectorAll("[data-lane=scs] .block.gone").length;
		}).observe(document.querySelector("[data-lane=scs]"), { subtree: true, attributes: true }); 0`)
		p.do(chromedp.Click(chromedp.CSS("#replay")))
		p.wait(`document.querySelectorAll("[data-lane=scs] .block.told").length > 20`)
		if n := eval[int](p, `lost`); n != 0 {
			t.Errorf("%d blocks are replayed as lost", n)
		}
		p.do(prefer("prefers-reduced-motion", "reduce")) // which ends the replay, with the whole picture
		p.wait(`document.querySelectorAll(".block.future, .block.open").length === 0`)
	})

	t.Run("not run", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.waitText("#recorded", "A recorded run")
		p.await("net::ERR_")
		faults.set("GET /api/about", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		defer faults.set("GET /api/about", nil)
		p.do(chromedp.Reload())
		p.waitText("#recorded", "A recorded run")
		p.click("#race-run")
		p.waitText("#race-verdict", "The race could not run")
		p.waitText("#recorded", "A recorded run") // the picture is still that
		p.click("#replay")
	})

	// The race is forgotten, or the store fails, in its middle: that is no verdict, good or bad.
	t.Run("losses", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.await("404")
		p.await("503")
		for _, err := range []error{errNoRace, driver.ErrUnavailable} {
			faults.set(put, func(w http.ResponseWriter, _ *http.Request) { writeError(w, err) })
			for _, loss := range []string{"cart", "code", "tries", "logout"} {
				if says := p.loss(loss)["atomicsession"]; strings.ContainsAny(says, "✓✗") {
					t.Errorf("%s, %v: %s", loss, err, says)
				}
			}
		}
		faults.set(put, nil)
	})
}
