package demo

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screenshots is where to put pictures of the page: light and dark, wide and narrow, before and after each race.
var screenshots = flag.String("screenshots", "", "write pictures of the page into this `directory`")

// patience is how long anything on the page may take. It only ever passes in full when a test fails.
const patience = 30 * time.Second

// startBrowser starts a headless Chromium of its own, which ends with the test.
func startBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("the browser test needs Chromium: install the Debian package chromium (apt-get install -y chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], // a copy: it is an array
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-GB"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to run as root
	}
	options = append(options, more...)
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("Chromium does not end: %v", err)
		}
	})
	return ctx
}

// tab is a window with cookies of its own. What its page writes to the console as an error fails the test.
type tab struct {
	t   *testing.T
	ctx context.Context

	chosen bool // how long the handlers of the race work

	mu      sync.Mutex
	errors  []string
	awaited []string // parts of errors that the test causes
}

// openTab opens the page, before whose start the actions are done.
func openTab(t *testing.T, browser context.Context, url string, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	p := newTab(t, browser, chromedp.WithNewBrowserContext())
	p.do(append(before, chromedp.Navigate(url))...)
	p.waitText("#status", "You have no session yet")
	return p
}

// another opens the page in another tab of the same window, with the same cookies.
func (p *tab) another(url string) *tab {
	p.t.Helper()
	other := newTab(p.t, p.ctx)
	other.do(chromedp.Navigate(url))
	other.waitText("#status", "ession")
	return other
}

func newTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, text := range p.errors {
			if !slices.ContainsFunc(p.awaited, func(part string) bool { return strings.Contains(text, part) }) {
				t.Errorf("console: %s", text)
			}
		}
	})
	return p
}

// await allows console errors with a part.
func (p *tab) await(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awaited = append(p.awaited, part)
}

// listen takes down errors. A race for the logout has a request refused with 410, and the browser logs that.
func (p *tab) listen(ev any) {
	text := ""
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text = ev.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError {
			text = "console.error"
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError && !(strings.Contains(ev.Entry.URL, "/api/races/") && strings.Contains(ev.Entry.Text, "410")) {
			text = ev.Entry.Text + " " + ev.Entry.URL
		}
	}
	if text != "" {
		p.mu.Lock()
		p.errors = append(p.errors, text)
		p.mu.Unlock()
	}
}

// do does the actions within the test's patience.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
	p.settle()
}

// signIn signs the visitor in under a name.
func (p *tab) signIn(name string) {
	p.t.Helper()
	p.do(chromedp.SetValue(chromedp.CSS("#user"), name))
	p.click("#login button")
	p.waitText("#status", "Signed in as "+name)
}

// settle waits until no action of the page is under way.
func (p *tab) settle() {
	p.t.Helper()
	p.wait(`!document.querySelector("[aria-busy]")`)
}

// eval returns the value of a JavaScript expression; with chromedp.EvalAwaitPromise that of its promise.
func eval[T any](p *tab, expression string, options ...chromedp.EvaluateOption) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// wait waits until an expression is true. The page's policy forbids what chromedp.Poll does.
func (p *tab) wait(expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !eval[bool](p, expression); {
		if time.Now().After(deadline) {
			p.t.Fatalf("waited in vain for %s", expression)
		}
		if err := pause(p.ctx, 20*time.Millisecond); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *tab) text(selector string) string {
	p.t.Helper()
	return eval[string](p, `document.querySelector(`+quote(selector)+`).textContent`)
}

// waitText waits until an element contains a text.
func (p *tab) waitText(selector, text string) {
	p.t.Helper()
	p.wait(`document.querySelector(` + quote(selector) + `).textContent.includes(` + quote(text) + `)`)
}

func quote(s string) string { return "`" + s + "`" }

// focused tells what has the focus.
func (p *tab) focused(want string) {
	p.t.Helper()
	if got := eval[string](p, `document.activeElement.id || document.activeElement.ariaLabel || document.activeElement.textContent`); got != want {
		p.t.Fatalf("the focus is on %q, want %q", got, want)
	}
}

func (p *tab) noNotice() {
	p.t.Helper()
	if !eval[bool](p, `document.querySelector("#notice").hidden`) {
		p.t.Errorf("a notice: %s", p.text("#notice"))
	}
}

// press presses keys, as kb names them.
func (p *tab) press(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// prefer has the page see a user's preference, such as a dark scheme.
func prefer(feature, value string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
		})
		return chromedp.Void{}, err
	}
}

// shoot takes a picture of the whole page, or of the element that selector names, if pictures are asked for.
func (p *tab) shoot(name, selector string) {
	p.t.Helper()
	if selector == "" {
		p.write(name, chromedp.FullScreenshot(100))
	} else {
		p.write(name, chromedp.Screenshot(chromedp.CSS(selector)))
	}
}

// shootScreen is shoot for what is in sight.
func (p *tab) shootScreen(name string) {
	p.t.Helper()
	p.write(name, chromedp.CaptureScreenshot())
}

func (p *tab) write(name string, picture chromedp.Action[[]byte]) {
	p.t.Helper()
	if *screenshots == "" {
		return
	}
	bytes, err := chromedp.Run(p.ctx, picture)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name), bytes, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
