package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long anything in the browser may take. It only passes in full when a test fails.
const patience = 30 * time.Second

// browser is the one Chromium of all tests, which takes seconds to start.
var browser struct {
	start sync.Once
	ctx   context.Context
	err   error
	stop  []func()
}

// startChromium starts a headless Chromium for which all names below .test are this machine. TestMain ends it.
func startChromium() error {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return errors.New("the test needs Chromium: install the Debian package chromium (apt-get install -y chromium)")
	}
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], // a copy: it is an array
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		chromedp.DisableGPU,
		chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to run as root
	}
	ctx, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(ctx)
	browser.ctx, browser.stop = ctx, []func(){stop, stopAllocator, func() { _ = os.RemoveAll(dir) }}
	if err := chromedp.Do(ctx); err != nil {
		return fmt.Errorf("Chromium does not start: %w", err)
	}
	return nil
}

func endChromium() (err error) {
	if browser.ctx != nil && browser.err == nil {
		err = chromedp.Cancel(browser.ctx)
	}
	for _, stop := range browser.stop {
		stop()
	}
	return err
}

// newWindow opens a tab that shares no cookies with others.
func newWindow(t *testing.T) context.Context {
	t.Helper()
	browser.start.Do(func() { browser.err = startChromium() })
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	return newContext(t, browser.ctx, chromedp.WithNewBrowserContext())
}

func newContext(t *testing.T, parent context.Context, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// visitor is somebody with a tab of the browser.
type visitor struct {
	t     *testing.T
	ctx   context.Context
	loads chan struct{} // a page has been loaded, or has come back from the browser's memory
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	return watch(t, newWindow(t))
}

// another opens a tab with the same cookies.
func (v *visitor) another() *visitor {
	v.t.Helper()
	return watch(v.t, newContext(v.t, v.ctx))
}

func watch(t *testing.T, ctx context.Context) *visitor {
	t.Helper()
	v := &visitor{t: t, ctx: ctx, loads: make(chan struct{}, 1)}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *page.EventLoadEventFired:
		case *page.EventFrameNavigated:
			if e.Type != page.NavigationTypeBackForwardCacheRestore {
				return
			}
		default:
			return
		}
		select { // one signal is enough: whoever gets it looks at the page that there is then
		case v.loads <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// do fails the test if the browser cannot do it.
func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatal(err)
	}
}

// open opens a page and waits until the visitor sees the text.
func (v *visitor) open(url, want string) {
	v.t.Helper()
	v.do(chromedp.Navigate(url))
	v.await(want)
}

// evaluate returns what a script, or its promise, comes to.
func evaluate[T any](v *visitor, script string) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("%s: %v", script, err)
	}
	return result
}

// text is what the visitor sees, "" while one page makes way for another.
func (v *visitor) text() string {
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

// await waits until the visitor sees one of the texts.
func (v *visitor) await(want ...string) {
	v.t.Helper()
	timeout := time.After(patience)
	for {
		got := v.text()
		if slices.ContainsFunc(want, func(text string) bool { return strings.Contains(got, text) }) {
			return
		}
		select {
		case <-v.loads:
		case <-timeout:
			v.t.Fatalf("the visitor sees %q, want %q", got, want)
		}
	}
}

// click clicks with the mouse on what a CSS selector finds. Before it clicks again, without waiting for an answer, it calls between.
func (v *visitor) click(selector string, times int, between func(click int)) {
	v.t.Helper()
	at := evaluate[[2]float64](v, fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect()
		return [r.x + r.width / 2, r.y + r.height / 2]
	})()`, selector))
	for i := range times {
		if i > 0 {
			between(i)
		}
		v.do(chromedp.MouseClickXY(at[0], at[1]))
	}
}

func (v *visitor) clickOn(selector string) {
	v.t.Helper()
	v.click(selector, 1, nil)
}
