package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// npm is where axe-core and Lighthouse are installed: in the repository's folder for what is fetched.
const npm = "../../../../.cache/npm"

// installNPM installs what testdata/npm/package-lock.json says, unless it is there.
var installNPM = sync.OnceValue(func() error {
	lock, err := os.ReadFile("testdata/npm/package-lock.json")
	if err != nil {
		return err
	}
	installed, err := os.ReadFile(filepath.Join(npm, "installed.json"))
	if err == nil && bytes.Equal(installed, lock) {
		return nil
	}
	if err := os.RemoveAll(npm); err != nil {
		return err
	}
	if err := os.CopyFS(npm, os.DirFS("testdata/npm")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	install.Dir = npm
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return os.WriteFile(filepath.Join(npm, "installed.json"), lock, 0o644)
})

// axe returns what axe-core, in all of its rules, has against the page as it is.
func (p *tab) axe(state string) {
	p.t.Helper()
	if !eval[bool](p, `"axe" in globalThis`) {
		source, err := os.ReadFile(filepath.Join(npm, "node_modules/axe-core/axe.min.js"))
		if err != nil {
			p.t.Fatal(err)
		}
		eval[any](p, string(source)+"; 0")
	}
	for _, violation := range eval[[]string](p, `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
		violations.map(({ id, help, nodes }) => `+"`${id}: ${help}: ${nodes.map(({ html, any }) => `${html.slice(0, 200)} ${any[0]?.message ?? \"\"}`).join(\"\\n\")}`"+`))`, chromedp.EvalAwaitPromise) {
		p.t.Errorf("%s: %s", state, violation)
	}
}

// TestPageStates looks at the page in every state, with axe and for its width.
func TestPageStates(t *testing.T) {
	t.Parallel()
	if err := installNPM(); err != nil {
		t.Fatal(err)
	}
	server, _ := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := openTab(t, browser, server.URL, chromedp.EmulateViewport(s.width, s.height), prefer("prefers-color-scheme", s.scheme))
			background := eval[string](p, `getComputedStyle(document.body).backgroundColor`)
			if dark := background == "rgb(15, 20, 19)"; dark != (s.scheme == "dark") {
				t.Errorf("the background is %s", background)
			}
			p.waitText("#recorded", "A recorded run")
			p.axe("before")
			p.shoot("before-"+s.name+".png", "")
			p.choose("work", "50")
			p.race()
			p.axe("after the race")
			p.shootScreen("race-" + s.name + ".png")
			for _, loss := range []string{"cart", "code", "tries", "logout"} {
				p.do(chromedp.Click(chromedp.CSS("#" + loss + "-run")))
			}
			p.settle()
			p.axe("after the losses")
			if n := eval[int](p, `[...document.querySelectorAll(".lane-name")].filter((el) => {
				const range = document.createRange();
				range.selectNodeContents(el);
				return !el.textContent.includes(" ") && range.getClientRects().length > 1;
			}).length`); n != 0 {
				t.Errorf("%d names are broken in the middle of a word", n)
			}
			p.do(chromedp.SetValue(chromedp.CSS("#user"), " "))
			p.click("#login button")
			p.axe("no name")
			p.signIn("ada")
			p.click(`#cart li:nth-child(2) button:last-of-type`)
			p.click("#flash-leave")
			p.axe("signed in")
			p.fits(s.width)
			p.shoot("after-"+s.name+".png", "")
			eval[any](p, `for (const details of document.querySelectorAll("details")) details.open = true`)
			p.axe("all open")
			p.fits(s.width)
		})
	}
	t.Run("50 in a lane", func(t *testing.T) {
		t.Parallel()
		p := openTab(t, browser, server.URL)
		p.choose("clients", "50")
		p.race()
		p.axe("thin blocks")
	})
}

// lighthouseScore is what each category must reach, of 100.
const lighthouseScore = 95

// TestPageLighthouse has Lighthouse judge the page, as on a desktop and on a slow phone. Other programs on the machine take from
// the performance, so the best of three counts.
func TestPageLighthouse(t *testing.T) {
	if err := installNPM(); err != nil {
		t.Fatal(err)
	}
	server := serve(t, openSQLite(t))
	for _, form := range []string{"desktop", "mobile"} {
		t.Run(form, func(t *testing.T) {
			best := map[string]float64{}
			for range 3 {
				scores, err := lighthouse(t, server.URL, form)
				if err != nil { // Chromium did not start in time, or the like
					t.Log(err)
					continue
				}
				enough := true
				for category, score := range scores {
					best[category] = max(best[category], score)
					enough = enough && best[category] >= lighthouseScore
				}
				if enough {
					break
				}
			}
			t.Log(best)
			for _, category := range []string{"performance", "accessibility", "best-practices", "seo"} {
				if best[category] < lighthouseScore {
					t.Errorf("%s: %.0f of 100", category, best[category])
				}
			}
		})
	}
}

func lighthouse(t *testing.T, url, form string) (map[string]float64, error) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	flags := "--headless=new"
	if os.Geteuid() == 0 {
		flags += " --no-sandbox"
	}
	report := filepath.Join(t.TempDir(), "report.json")
	args := []string{
		filepath.Join(npm, "node_modules/lighthouse/cli/index.js"), url, "--quiet", "--output=json", "--output-path=" + report,
		"--no-enable-error-reporting", "--chrome-flags=" + flags,
	}
	if form == "desktop" {
		args = append(args, "--preset=desktop")
	}
	run := exec.CommandContext(t.Context(), "node", args...)
	run.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	if out, err := run.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("lighthouse: %w\n%s", err, out)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	var result struct {
		Categories map[string]struct {
			Score     float64
			AuditRefs []struct {
				ID     string
				Weight float64
			}
		}
		Audits map[string]struct {
			Score *float64
			Title string
		}
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, err
	}
	scores := map[string]float64{}
	for name, category := range result.Categories {
		scores[name] = 100 * category.Score
		var lost []string
		for _, ref := range category.AuditRefs {
			if audit := result.Audits[ref.ID]; ref.Weight > 0 && audit.Score != nil && *audit.Score < 1 {
				lost = append(lost, fmt.Sprintf("%s (%.2f)", audit.Title, *audit.Score))
			}
		}
		if len(lost) > 0 {
			t.Logf("%s, %s: %s", form, name, strings.Join(lost, ", "))
		}
	}
	return scores, nil
}
