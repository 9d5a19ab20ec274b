package main

import (
	"bufio"
	"context"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/starfederation/datastar-go/datastar"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
	"github.com/atomicsession/atomicsession/memstore"
)

var signal = regexp.MustCompile(`_csrf: '([^']+)'`)

// token is the signal of the page.
func token(t *testing.T, page *browser.Answer) string {
	t.Helper()
	found := signal.FindStringSubmatch(html.UnescapeString(page.Body))
	if found == nil {
		t.Fatalf("the page has no token:\n%s", page.Body)
	}
	return found[1]
}

// action is the header of the requests that datastar makes.
func action(token string) http.Header {
	return http.Header{
		"Accept": {"text/event-stream, text/html, application/json"}, "Content-Type": {"application/json"}, "Datastar-Request": {"true"},
		"X-Csrf-Token": {token}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"},
	}
}

func clickWith(t *testing.T, b *browser.Browser, token string) *browser.Answer {
	t.Helper()
	return b.Do(t.Context(), http.MethodPost, "/click", url.Values{}, action(token))
}

func signInAs(b *browser.Browser, user string) *browser.Answer {
	return b.Post("/sign-in", "csrf_token", b.Get("/").CSRF(), "name", user, "password", "correct horse")
}

// events are the lines with data of a stream.
func events(t *testing.T, b *browser.Browser) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Site+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = action("")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := b.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream is %s, %v", resp.Status, resp.Header)
	}
	lines := make(chan string, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(lines)
		for scanner := bufio.NewScanner(resp.Body); scanner.Scan(); {
			if text, ok := strings.CutPrefix(scanner.Text(), "data: elements "); ok {
				lines <- text
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		resp.Body.Close()
	})
	return lines
}

func wantEvent(t *testing.T, lines <-chan string, want string) {
	t.Helper()
	select {
	case line := <-lines:
		if !strings.Contains(line, want) {
			t.Errorf("the event is %q, want %q", line, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("there is no event with %q", want)
	}
}

func TestClicks(t *testing.T) {
	b := browser.New(t, newHandler())
	csrf := token(t, b.Get("/").Want(200, "Hello stranger"))
	lines := events(t, b)
	wantEvent(t, lines, "Clicks: 0")
	clickWith(t, b, csrf).Want(200, "event: datastar-patch-elements", "Clicks: 1").WantHeader("Content-Type", "text/event-stream")
	wantEvent(t, lines, "Clicks: 1")
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { clickWith(t, b, csrf).Want(200) })
	}
	group.Wait()
	clickWith(t, b, csrf).Want(200, "Clicks: 12")
	clickWith(t, b, "").Want(403, "Forbidden")
}

// A sign-in ends the streams of before by an event that loads their pages anew.
func TestSignIn(t *testing.T) {
	b := browser.New(t, newHandler())
	csrf := token(t, b.Get("/"))
	clickWith(t, b, csrf)
	lines, before := events(t, b), b.Session()
	wantEvent(t, lines, "Clicks: 1")
	page := signInAs(b, "ann").Want(200, "Hello ann")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	wantEvent(t, lines, `window.location.href = "/"`)
	wantEvent(t, events(t, b), "Clicks: 1")
	clickWith(t, b, csrf).Want(403, "Forbidden").Lacks("<") // the page sees the status
	clickWith(t, b, token(t, page)).Want(200, "Clicks: 2")
}

func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	csrf := token(t, signInAs(b, "bob"))
	lines := events(t, b)
	wantEvent(t, lines, "Clicks: 0")
	if _, err := sessions.RevokeAll(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	wantEvent(t, lines, `window.location.href = "/"`)
	clickWith(t, b, csrf).Want(410).WantHeader("Retry-After", "1")
	b.Do(t.Context(), http.MethodGet, "/stream", nil, action("")).Want(410)
	b.Get("/").Want(200, "Hello stranger")
}

// A page that is left open does not keep its session alive.
func TestExpires(t *testing.T) {
	var later atomic.Int64
	defer func(before *atomicsession.Manager) { sessions = before }(sessions)
	var err error
	sessions, err = atomicsession.New(memstore.New(nil), &atomicsession.Options{
		MaxAge: time.Hour, Cookie: atomicsession.CookieOptions{InsecureHTTP: true},
		Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	b := browser.New(t, newHandler())
	signInAs(b, "cat")
	expires := func() time.Time {
		list, err := sessions.UserSessions(t.Context(), "cat")
		if err != nil || len(list) != 1 {
			t.Fatalf("the sessions are %v, %v", list, err)
		}
		return list[0].Expires
	}
	lines, before := events(t, b), expires()
	wantEvent(t, lines, "Clicks: 0")
	later.Store(int64(59 * time.Minute))
	if _, err := sessions.UpdateUser(t.Context(), "cat", clicks.Inc(1)); err != nil {
		t.Fatal(err)
	}
	wantEvent(t, lines, "Clicks: 1") // of a Peek and a read, a minute before the end
	if now := expires(); !now.Equal(before) {
		t.Errorf("the session lives until %v, and the stream has made it %v", before, now)
	}
	later.Store(int64(61 * time.Minute))
	wantEvent(t, lines, `window.location.href = "/"`)
}

// What begins a session comes too late after NewSSE.
func TestLate(t *testing.T) {
	b := browser.New(t, sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sse := datastar.NewSSE(w, r)
		n, err := clicks.Add(r.Context(), sessions.Get(r.Context()), 1)
		if !errors.Is(err, atomicsession.ErrHeadersSent) {
			t.Errorf("a session that begins after NewSSE: %d, %v", n, err)
		}
		if err := show(sse, n); err != nil {
			t.Error(err)
		}
	})))
	if b.Get("/").Want(200); b.Session() != "" {
		t.Error("there is a cookie")
	}
}
