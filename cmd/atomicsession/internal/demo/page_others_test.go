package demo

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What the page makes of other tabs, of browsers with settings of their own, and of a long day.

// TestPageCookiesBlocked has a browser that keeps no cookies. Without one each request would have a session of its own.
func TestPageCookiesBlocked(t *testing.T) {
	t.Parallel()
	server, _ := serveFaults(t, nil)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	const preferences = `{"profile":{"default_content_setting_values":{"cookies":2}}}`
	if err := os.WriteFile(filepath.Join(dir, "Default", "Preferences"), []byte(preferences), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newTab(t, startBrowser(t, chromedp.UserDataDir(dir)))
	p.do(chromedp.Navigate(server.URL))
	p.waitText("#status", "You have no session yet")
	const blocks = "This browser blocks cookies"
	p.click("#race-run")
	p.waitText("#race-verdict", blocks)
	for _, button := range []string{"#tries-run", "#visit"} {
		eval[any](p, `document.querySelector("#notice").textContent = ""`)
		p.click(button)
		p.waitText("#notice", blocks)
	}
}

func TestPageOthers(t *testing.T) {
	t.Parallel()
	server, faults := serveFaults(t, openSQLite(t))
	browser := startBrowser(t)

	// Another tab begins a session right after this one has signed out. That one, too, can end.
	t.Run("signed out, and on", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.click("#login button")
		p.waitText("#status", "Signed in as ada")
		faults.set("DELETE /api/session", func(w http.ResponseWriter, r *http.Request) {
			faults.demo.ServeHTTP(httptest.NewRecorder(), r)
			begin := httptest.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/csrf", nil)
			begun := httptest.NewRecorder()
			faults.demo.ServeHTTP(begun, begin)
			w.Header().Set("Set-Cookie", begun.Header().Get("Set-Cookie"))
			writeJSON(w, http.StatusOK, sessionState{})
		})
		defer faults.set("DELETE /api/session", nil)
		p.click("#logout")
		p.waitText("#status", "You have an anonymous session")
		p.noNotice()
		p.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
			return chromedp.Void{}, err
		})
		p.waitText("#notice", "This session has ended")
	})

	// The second tab signs in again: what the first one was refused may be allowed now.
	t.Run("refused order", func(t *testing.T) {
		server, wait := serveAhead(t)
		p := openTab(t, browser, server.URL)
		p.await("403")
		p.click("#login button")
		p.waitText("#status", "Signed in as ada")
		wait(orderWithin + time.Second)
		p.click("#order")
		p.waitText("#order-result", "the sign-in is too long ago")
		other := newTab(t, p.ctx)
		other.do(chromedp.Navigate(server.URL))
		other.waitText("#status", "Signed in as ada")
		other.click("#again")
		p.waitText("#order-result", "No order yet.")
	})

	// A page that is open all day keeps nothing of its requests but the last ones.
	t.Run("all day", func(t *testing.T) {
		p := openTab(t, browser, server.URL, script(`
			const set = Map.prototype.set;
			Map.prototype.set = function (key, value) {
				if (value && typeof value === "object" && "open" in value) globalThis.waits = this;
				return set.call(this, key, value);
			};`))
		for range 10 {
			p.click("#visit")
		}
		p.wait(`waits.size <= 1`)
		p.click("#flash-leave") // it may be read on another day
		p.wait(`/Saved on \p{L}+.* \d+:\d+/u.test(document.querySelector("#flash-result").textContent)`)
	})

	// The log moves on with each request, and takes neither a press nor the focus away.
	t.Run("log in use", func(t *testing.T) {
		p := openTab(t, browser, server.URL)
		p.click("#visit")
		p.wait(`document.querySelectorAll("#log li").length === 2`)
		p.do(chromedp.Focus(chromedp.CSS("#log summary")))
		p.press(kb.Tab) // to the second one, by keyboard
		eval[any](p, `globalThis.held = document.activeElement; 0`)
		eval[any](p, `document.querySelector("#race-run").click()`)
		p.finished(1)
		p.waitText("#log-newer", " newer")
		if !eval[bool](p, `document.activeElement === held && held.isConnected`) {
			t.Error("the focus is gone")
		}
		eval[any](p, `held.blur()`)
		p.wait(`document.querySelectorAll("#log li").length === 12`)

		p.do(chromedp.ScrollIntoView(chromedp.CSS("#log li:last-child")))
		at := eval[[2]float64](p, `(() => {
			globalThis.held = document.querySelector("#log li:last-child summary");
			const box = held.getBoundingClientRect();
			return [box.x + 20, box.y + 10];
		})()`)
		p.do(mouse(input.DispatchMouseEventTypeMousePressed, at))
		eval[any](p, `document.querySelector("#visit").click()`)
		p.waitText("#visits", "2")
		p.waitText("#log-newer", "1 newer")
		p.do(mouse(input.DispatchMouseEventTypeMouseReleased, at))
		p.wait(`held.parentElement.open`)
	})

	t.Run("invisible names", func(t *testing.T) {
		newClient(t, server).begin().fails("POST", "/api/login", `{"user":"\u200b"}`, http.StatusBadRequest, "bad_request")
		p := openTab(t, browser, server.URL)
		for _, name := range []string{" ", "\u00a0", "\u200b", "\ufeff", "\u202e"} {
			p.do(chromedp.SetValue(chromedp.CSS("#user"), name))
			p.click("#login button")
			if !strings.HasPrefix(p.text("#user-error"), "Write a name") {
				t.Errorf("%q is a name", name)
			}
			p.do(chromedp.SetValue(chromedp.CSS("#user"), "x"))
			eval[any](p, `document.querySelector("#user").dispatchEvent(new Event("input"))`)
		}
	})
}

// script has the page run a script before its own.
func script(source string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return chromedp.Void{}, err
	}
}

// mouse presses or releases the left button.
func mouse(what input.DispatchMouseEventType, at [2]float64) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: what, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1,
		})
		return chromedp.Void{}, err
	}
}
