package race

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/internal/race/browser"
)

// The races of updates.
const (
	Counter = "counter"        // every request adds one to the same field
	OwnKeys = "own keys"       // every request sets a field of its own
	First   = "first requests" // those of a counter, from a browser that has no cookie yet
	Code    = "one-time code"  // several take the same one; held if exactly one of them got it
)

// RunCounter has clients of one browser add to one counter, each with so many requests one after the other.
func RunCounter(ctx context.Context, site Site, clients, requests int, work time.Duration) (Outcome, error) {
	b := site.Browser()
	if err := mustPost(ctx, b, "/set?k=begun&v=1"); err != nil {
		return Outcome{}, err
	}
	return count(ctx, b, Outcome{Race: Counter, Clients: clients, Work: work}, requests)
}

// count has clients add to a counter, and adds what is there in the end, of what was acknowledged, to an outcome.
func count(ctx context.Context, b *browser.Browser, o Outcome, requests int) (Outcome, error) {
	var t tally
	Together(o.Clients, func(int) {
		for range requests {
			t.count(b.Post(ctx, fmt.Sprintf("/inc?d=%d", o.Work.Milliseconds())))
		}
	})
	s, err := stateOf(ctx, b)
	o.Held, o.Of = o.Held+min(s.N, t.acknowledged), o.Of+t.acknowledged
	o.Refused, o.Failed = o.Refused+t.refused, o.Failed+t.failed
	return o, err
}

// RunOwnKeys has clients of one browser set fields, each request another one.
func RunOwnKeys(ctx context.Context, site Site, clients, requests int, work time.Duration) (Outcome, error) {
	b := site.Browser()
	if err := mustPost(ctx, b, "/set?k=begun&v=1"); err != nil {
		return Outcome{}, err
	}
	var t tally
	var mu sync.Mutex
	var acknowledged []string
	Together(clients, func(client int) {
		for n := range requests {
			key := fmt.Sprintf("k%d", client*requests+n)
			if t.count(b.Post(ctx, fmt.Sprintf("/set?k=%s&v=1&d=%d", key, work.Milliseconds()))) {
				mu.Lock()
				acknowledged = append(acknowledged, key)
				mu.Unlock()
			}
		}
	})
	s, err := stateOf(ctx, b)
	o := Outcome{Race: OwnKeys, Clients: clients, Work: work, Of: t.acknowledged, Refused: t.refused, Failed: t.failed}
	for _, key := range acknowledged {
		if s.Fields[key] != "" {
			o.Held++
		}
	}
	return o, err
}

// RunFirst has a new visitor's browser send its first requests all at once, again and again.
func RunFirst(ctx context.Context, site Site, rounds, clients int, work time.Duration) (Outcome, error) {
	o := Outcome{Race: First, Clients: clients, Work: work}
	for range rounds {
		var err error
		if o, err = count(ctx, site.Browser(), o, 1); err != nil {
			return o, err
		}
	}
	return o, nil
}

// RunCode has takers take one code at once, again and again.
func RunCode(ctx context.Context, site Site, rounds, takers int, work time.Duration) (Outcome, error) {
	o := Outcome{Race: Code, Clients: takers, Work: work, Of: rounds}
	b := site.Browser()
	if err := mustPost(ctx, b, "/set?k=begun&v=1"); err != nil { // so that the session is not empty without the code
		return o, err
	}
	for range rounds {
		code := rand.Text()
		if err := mustPost(ctx, b, "/set?k=code&v="+code); err != nil {
			return o, err
		}
		var mu sync.Mutex
		taken := 0
		Together(takers, func(int) {
			a, err := b.Post(ctx, fmt.Sprintf("/take?d=%d", work.Milliseconds()))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil || !a.OK() && !a.Refused():
				o.Failed++
			case a.OK() && a.Body == code:
				taken++
			}
		})
		o.Most = max(o.Most, taken)
		if taken == 1 {
			o.Held++
		}
	}
	return o, nil
}
