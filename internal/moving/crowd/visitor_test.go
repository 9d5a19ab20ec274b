package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"time"
)

// site is the address of every server, as cookie jars see it, which know no ports.
var site = &url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/"}

// browser is what all visitors use.
var browser = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}

// visitor is one who has signed in at the application before the move.
type visitor struct {
	number int
	user   string
	old    []*http.Cookie // as the old application has set them
	jar    http.CookieJar // is safe for concurrent use

	mu           sync.Mutex
	acknowledged []string        // changes
	failed       int             // requests that a kill has left without an answer
	sessions     map[string]bool // that answers were of
	signedOut    bool            // an answer was of another session than one of the user's
	returned     bool            // with the old cookie, after a kill
}

// arrive signs in at the old application.
func arrive(ctx context.Context, number int, address string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{number: number, user: fmt.Sprintf("user%d", number), jar: jar, sessions: make(map[string]bool)}
	resp, err := v.send(ctx, address, "/sign-in?user="+v.user, nil)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	v.old = jar.Cookies(site)
	if len(v.old) != 1 || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the old application answers with status %d and cookies %v", resp.StatusCode, v.old)
	}
	return v, nil
}

// send sends a request with the cookies, and keeps those of the answer.
func (v *visitor) send(ctx context.Context, address, path string, cookies []*http.Cookie) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+path, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	resp, err := browser.Do(r)
	if err != nil {
		return nil, err
	}
	v.jar.SetCookies(site, resp.Cookies())
	return resp, nil
}

// ask is send, and returns what the answer says.
func (v *visitor) ask(ctx context.Context, address, path string, cookies []*http.Cookie) (a answer, status int, err error) {
	resp, err := v.send(ctx, address, path, cookies)
	if err != nil {
		return a, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(resp.Body).Decode(&a)
	}
	return a, resp.StatusCode, err
}

// visit sends so many first requests at once. One of them that a kill leaves without an answer is sent again, as a reload does, to a server
// that lives, with the cookies of that moment.
func (v *visitor) visit(ctx context.Context, f *fleet, requests int) error {
	first := v.jar.Cookies(site)
	errs := make(chan error, requests)
	for i := range requests {
		go func() { errs <- v.change(ctx, f, i, first) }()
	}
	var failed error
	for range requests {
		if err := <-errs; err != nil {
			failed = err
		}
	}
	return failed
}

func (v *visitor) change(ctx context.Context, f *fleet, number int, cookies []*http.Cookie) error {
	wish := v.number // every other visitor has a server of their own, as a load balancer may give them
	if v.number%2 == 0 {
		wish = number
	}
	for attempt := 0; ; attempt++ {
		token := fmt.Sprintf("%d_%d", number, attempt)
		server := f.pick(wish + attempt)
		a, status, err := v.ask(ctx, server.address, "/change?token="+token, cookies)
		switch {
		case err != nil && f.lives(server):
			return err
		case err == nil && status != http.StatusOK:
			return fmt.Errorf("a change is answered with status %d", status)
		case err == nil:
			v.acknowledge(token, a)
			return nil
		}
		time.Sleep(rand.N(2 * time.Second)) // until the visitor reloads the page
		cookies = v.jar.Cookies(site)
		v.fail(cookies)
	}
}

// acknowledge notes the answer to a change.
func (v *visitor) acknowledge(token string, a answer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.acknowledged = append(v.acknowledged, token)
	v.sessions[a.Session] = true
	v.signedOut = v.signedOut || a.User != v.user
}

// fail notes that a kill has left a request without an answer, which goes out again with the cookies.
func (v *visitor) fail(cookies []*http.Cookie) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed++
	v.returned = v.returned || len(cookies) == 1 && cookies[0].Name == v.old[0].Name
}
