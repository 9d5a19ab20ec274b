// Package race has the requests of one browser overlap, and looks at what is left of what the site said. It knows nothing of the site
// but its contract, which stands in internal/races/README.md.
package race

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/internal/race/browser"
)

// Outcome is what a race has found.
type Outcome struct {
	Race    string        `json:"race"`
	Clients int           `json:"clients,omitempty"` // requests at the same time
	Work    time.Duration `json:"work,omitempty"`    // how long the handler takes; nanoseconds
	// Held is how often what the site has said was still true in the end, of Of times. An Of of 0: the library does not offer it.
	Held int `json:"held"`
	Of   int `json:"of"`
	// Refused requests were told that they have changed nothing (4xx); Failed ones had any other answer but 200, or none.
	Refused int           `json:"refused,omitempty"`
	Failed  int           `json:"failed,omitempty"`
	Most    int           `json:"most,omitempty"` // of a one-time code: how often one was taken
	Took    time.Duration `json:"took,omitempty"` // of parallel pages: until the last one was there; nanoseconds
}

// AllHeld is whether all that was tried held, and nothing failed.
func (o Outcome) AllHeld() bool { return o.Of > 0 && o.Held == o.Of && o.Failed == 0 }

// Site is where a set-up answers.
type Site struct {
	URL       string
	Transport http.RoundTripper
}

// Browser returns a browser without cookies.
func (s Site) Browser() *browser.Browser { return browser.New(s.URL, s.Transport) }

// errNotOffered is the 501 of a site whose library has no such thing.
var errNotOffered = errors.New("not offered")

// must has a request succeed that no other one overlaps.
func must(a browser.Answer, err error) error {
	switch {
	case err != nil:
		return err
	case a.Status == http.StatusNotImplemented:
		return errNotOffered
	case !a.OK():
		return fmt.Errorf("status %d: %.200s", a.Status, a.Body)
	}
	return nil
}

func mustPost(ctx context.Context, b *browser.Browser, path string) error {
	if err := must(b.Post(ctx, path)); err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	return nil
}

// state is what a session holds: the answer to GET /state.
type state struct {
	User   string            `json:"user"`
	N      int               `json:"n"`
	Fields map[string]string `json:"fields"`
}

func stateOf(ctx context.Context, b *browser.Browser) (s state, err error) {
	a, err := b.Get(ctx, "/state")
	if err = must(a, err); err == nil {
		err = json.Unmarshal([]byte(a.Body), &s)
	}
	if err != nil {
		err = fmt.Errorf("GET /state: %w", err)
	}
	return s, err
}

// tally counts the answers to requests that change something.
type tally struct {
	mu                            sync.Mutex
	acknowledged, refused, failed int
}

func (t *tally) count(a browser.Answer, err error) (acknowledged bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil && a.OK():
		t.acknowledged++
		return true
	case err == nil && a.Refused():
		t.refused++
	default:
		t.failed++
	}
	return false
}

// Together calls f for each client at once and waits.
func Together(clients int, f func(client int)) {
	var done sync.WaitGroup
	for i := range clients {
		done.Go(func() { f(i) })
	}
	done.Wait()
}

// wait lets time pass while requests are on their way.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
