package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// result is what a lane of the picture says.
type result struct {
	Kept, Of, Lost     int // in words
	Solid, Dashed, Top int // the blocks, and the highest number in one of them
}

func (p *tab) result(lane string) result {
	p.t.Helper()
	return eval[result](p, `(() => {
		const lane = document.querySelector("[data-lane=`+lane+`]");
		const [, kept, of, lost] = lane.querySelector(".figure").textContent.match(/^(\d+) of (\d+) kept(?:, (\d+) lost)?(?:, \d+ unknown)?$/);
		const blocks = [...lane.querySelectorAll(".block")];
		return {
			Kept: +kept, Of: +of, Lost: +(lost ?? 0), Top: Math.max(...blocks.map((block) => +block.textContent)),
			Solid: blocks.filter((block) => block.matches(".kept")).length, Dashed: blocks.filter((block) => block.matches(".gone")).length,
		};
	})()`)
}

// race runs the race at the top of the page to its end, with the shortest work if nothing is chosen.
func (p *tab) race() {
	p.t.Helper()
	if !p.chosen {
		eval[any](p, `document.querySelector("input[name=work][value='10']").checked = true`)
	}
	before := p.races()
	p.do(chromedp.Click(chromedp.CSS("#race-run")))
	p.finished(before + 1)
}

func (p *tab) races() int {
	p.t.Helper()
	return eval[int](p, `Number(document.querySelector("#race").dataset.ran ?? 0)`)
}

func (p *tab) finished(races int) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`document.querySelector("#race").dataset.ran >= %d`, races))
	p.settle()
}

// choose presses a radio button.
func (p *tab) choose(name, value string) {
	p.t.Helper()
	p.chosen = p.chosen || name == "work"
	p.do(chromedp.Click(chromedp.CSS(`input[name="` + name + `"][value="` + value + `"]`)))
}

// consistent fails if a lane claims more than its blocks show.
func (r result) consistent(t *testing.T, lane string) {
	t.Helper()
	if r.Kept > r.Of || r.Of > 50 || r.Kept+r.Lost != r.Of || r.Solid != r.Kept || r.Dashed != r.Lost {
		t.Errorf("%s: %+v", lane, r)
	}
}

func TestPageRace(t *testing.T) {
	t.Parallel()
	server, faults := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)

	t.Run("recorded first", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.waitText("#recorded", "A recorded run")
		for _, lane := range laneIDs {
			p.result(lane).consistent(t, lane)
		}
	})

	t.Run("ours keeps all, the others lose", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		for range 2 { // nothing of the first one is left in the second
			p.race()
			if got, want := p.result("atomicsession"), (result{Kept: 50, Of: 50, Solid: 50, Top: 50}); got != want {
				t.Errorf("atomicsession: %+v, want %+v", got, want)
			}
			for _, lane := range []string{"scs", "gorilla"} {
				r := p.result(lane)
				if r.consistent(t, lane); r.Lost == 0 || r.Kept == 0 {
					t.Errorf("%s lost %d and kept %d: the race shows nothing", lane, r.Lost, r.Kept)
				}
			}
		}
		p.waitText("#race-verdict", "atomicsession kept all. Overwritten and lost: scs ")
		p.waitText("#race-note", "At most 6 requests were in flight")
		p.waitText("#facts", "They were told 1 to 50, each number once.")
		if p.text("#recorded") != "" {
			t.Error("the race is said to be a recorded one")
		}
		p.waitText("#status", "You have no session yet") // the race has sessions of its own
	})

	t.Run("two tabs at once", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		other := p.another(server.URL)
		for _, tab := range []*tab{p, other} {
			tab.do(chromedp.Click(chromedp.CSS("#race-run")))
		}
		for _, tab := range []*tab{p, other} {
			tab.finished(1)
			for _, lane := range laneIDs {
				tab.result(lane).consistent(t, lane)
			}
			if r := tab.result("atomicsession"); r.Kept != 50 {
				t.Errorf("atomicsession: %+v", r)
			}
		}
	})

	t.Run("answers that are cut off", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.await("net::ERR_")
		var puts atomic.Int32
		faults.set("PUT /api/races/*/atomicsession", func(w http.ResponseWriter, r *http.Request) {
			if puts.Add(1)%10 != 0 {
				faults.demo.ServeHTTP(w, r)
				return
			}
			faults.demo.ServeHTTP(httptest.NewRecorder(), r) // it is done, and nobody learns of it
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		defer faults.set("PUT /api/races/*/atomicsession", nil)
		p.race()
		r := p.result("atomicsession")
		if r.consistent(t, "atomicsession"); r.Of != 45 || r.Kept != 45 {
			t.Errorf("five requests had no answer: %+v", r)
		}
		p.waitText("#facts", "5 had no answer, so nobody knows about them; 5 of them counted.")
	})

	t.Run("slow replay", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		before := p.result("scs")
		p.do(chromedp.Click(chromedp.CSS("#replay")))
		p.wait(`document.querySelectorAll(".block.future").length > 0`)
		p.wait(`document.querySelectorAll(".block.open").length > 0`)
		p.wait(`document.querySelector("#replay").textContent === "Replay slowly"`)
		if after := p.result("scs"); after != before {
			t.Errorf("the replay ends with %+v, want %+v", after, before)
		}
	})

	t.Run("reduced motion", func(t *testing.T) {
		p := openTab(t, browser, server.URL, prefer("prefers-reduced-motion", "reduce"))
		before := p.result("scs")
		p.waitText("#replay", "Replay step by step")
		p.click("#replay")
		p.waitText("#replay-at", "Step 1 of 8")
		future := eval[int](p, `document.querySelectorAll(".block.future").length`)
		for range 8 {
			if n := eval[int](p, `document.getAnimations().length`); n != 0 {
				t.Errorf("%d things move", n)
			}
			p.click("#replay")
		}
		if after := p.result("scs"); after != before || future == 0 {
			t.Errorf("the steps end with %+v, want %+v; after the first one %d blocks were to come", after, before, future)
		}
	})

	t.Run("six connections", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.choose("clients", "50")
		p.race()
		p.waitText("#race-note", "a browser opens six connections")
		p.choose("clients", "2")
		p.race()
		p.waitText("#race-note", "At most 2 requests were in flight")
	})

	t.Run("keyboard", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.press(kb.Tab)
		p.focused("race-run")
		if !eval[bool](p, `document.activeElement.matches(":focus-visible") && getComputedStyle(document.activeElement).outlineStyle === "solid"`) {
			t.Error("the focus does not show")
		}
		p.press(kb.Tab + kb.ArrowLeft)
		if got := eval[string](p, `document.querySelector("input[name=clients]:checked").value`); got != "2" {
			t.Errorf("the arrow chose %s clients", got)
		}
		p.press(kb.Tab + kb.ArrowLeft)
		if got := eval[string](p, `document.querySelector("input[name=work]:checked").value`); got != "10" {
			t.Errorf("the arrow chose %s ms", got)
		}
		p.do(chromedp.Focus(chromedp.CSS("#race-run")))
		p.press(kb.Enter)
		p.finished(1)
		p.focused("race-run") // and stays while the button rests
		p.waitText("#race-note", "At most 2 requests were in flight at once. The handler worked 10 ms for each.")
	})
}

// TestPageHTTP2 has more requests in flight than a browser opens connections.
func TestPageHTTP2(t *testing.T) {
	t.Parallel()
	d, err := New(openSQLite(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(d.Handler())
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	p := openTab(t, startBrowser(t, chromedp.Flag("ignore-certificate-errors", true)), server.URL)
	p.choose("clients", "50")
	p.choose("work", "200")
	p.race()
	note := p.text("#race-note")
	var most int
	if _, err := fmt.Sscanf(note, "At most %d requests", &most); err != nil || most <= 25 || strings.Contains(note, "HTTP/1.1") {
		t.Errorf("%s (%v)", note, err)
	}
	p.waitText("#runs", "HTTP/2.0")
	if r := p.result("atomicsession"); r.Kept != 50 {
		t.Errorf("atomicsession: %+v", r)
	}
	r := p.result("scs")
	if r.consistent(t, "scs"); r.Lost < 40 {
		t.Errorf("scs: %+v", r)
	}
	p.waitText("[data-lane=scs] .group", "were told")
	p.plain()
	p.click("#visit") // with a cookie for HTTPS alone
	p.waitText("#visits", "1")
	p.shoot("race-50.png", "")
}

// plain looks at the picture of many requests where it could lose its meaning: at the edges of its strips, in colours that the visitor
// forces, and on paper.
func (p *tab) plain() {
	p.t.Helper()
	if n := eval[int](p, `[...document.querySelectorAll(".group")].filter((el) => {
		const [a, b] = [el.getBoundingClientRect(), el.parentElement.getBoundingClientRect()];
		return a.left < b.left - 1 || a.right > b.right + 1;
	}).length`); n != 0 {
		p.t.Errorf("%d labels are cut off", n)
	}
	p.do(prefer("forced-colors", "active"))
	for _, pair := range [][2]string{
		{".options :checked + span", ".options span"}, {".block.kept", ".strip"}, {".block.gone", ".strip"}, {".block.gone", ".block.kept"},
	} {
		colour := func(selector string) string {
			return eval[string](p, `getComputedStyle(document.querySelector("`+selector+`")).backgroundColor`)
		}
		if colour(pair[0]) == colour(pair[1]) {
			p.t.Errorf("%s looks like %s", pair[0], pair[1])
		}
	}
	p.do(prefer("forced-colors", "none"), media("print"))
	if got := eval[string](p, `getComputedStyle(document.querySelector(".block.kept")).printColorAdjust`); got != "exact" {
		p.t.Errorf("without its colour a solid block is invisible on paper: %s", got)
	}
	p.do(media(""))
}

// media has the page be shown on paper, or on the screen again.
func media(name string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
		return chromedp.Void{}, err
	}
}
