// Package lostupdates shows what an application loses when requests of one visitor overlap, on the store that it had and on a bridge.
package lostupdates

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

const (
	// Requests are sent at once, each with a key of its own.
	Requests = 30
	// Work is how long the handler of /put takes besides.
	Work = 20 * time.Millisecond
)

// Compare tries the same handlers on two stores, and writes what they keep. They are those of /login, which signs in ann, /put?key=NAME,
// /count, which tells how many keys are kept, /user and /logout.
func Compare(out io.Writer, name string, before, after http.Handler) error {
	kept, back, err := try(before)
	if err != nil {
		return err
	}
	keptBridged, backBridged, err := try(after)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-50s %-18s with the bridge\n", "", name)
	fmt.Fprintf(out, "%-50s %-18s %s\n", fmt.Sprintf("%d requests at once store a key each; kept:", Requests), kept, keptBridged)
	fmt.Fprintf(out, "%-50s %-18s %s\n", "a request is slower than the sign-out; afterwards:", back, backBridged)
	return nil
}

// try returns what is kept, and who is signed in after the sign-out.
func try(app http.Handler) (kept, after string, err error) {
	server := httptest.NewServer(app)
	defer server.Close()
	cookie, _, err := get(server, "/login", "")
	if err != nil {
		return "", "", err
	}
	var all sync.WaitGroup
	for i := range Requests {
		all.Go(func() { _, _, _ = get(server, fmt.Sprint("/put?key=k", i), cookie) })
	}
	all.Wait()
	if _, kept, err = get(server, "/count", cookie); err != nil {
		return "", "", err
	}
	all.Go(func() { _, _, _ = get(server, "/put?key=slow", cookie) })
	time.Sleep(Work / 2)
	if _, _, err = get(server, "/logout", cookie); err != nil {
		return "", "", err
	}
	all.Wait()
	_, after, err = get(server, "/user", cookie)
	return kept, after, err
}

// get asks for a page, as a browser that has the cookie, and returns the cookie that it has then.
func get(server *httptest.Server, page, cookie string) (newCookie, body string, err error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+page, nil)
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Cookie", cookie)
	resp, err := server.Client().Do(r)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	newCookie, _, _ = strings.Cut(resp.Header.Get("Set-Cookie"), ";")
	return newCookie, string(text), err
}

// Shows reports whether what Compare has written says that the store has lost keys and the sign-out, and the bridge neither.
func Shows(text string) bool {
	lines, all := strings.Split(text, "\n"), fmt.Sprintf("%d of %d", Requests, Requests)
	return len(lines) == 4 && strings.Count(lines[1], all) == 1 && strings.HasSuffix(lines[1], all) &&
		strings.Contains(lines[2], "ann is signed in") && strings.HasSuffix(lines[2], "nobody")
}
