package race

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
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

// counter has clients of one browser add to one counter, each with so many requests one after the other.
func counter(ctx context.Context, site Site, clients, requests int, work time.Duration) ([]Outcome, error) {
	o := Outcome{Race: Counter, Clients: clients, Work: work}
	b, err := begun(ctx, site)
	if err == nil {
		err = o.count(ctx, b, requests)
	}
	return []Outcome{o}, err
}

// begun is a browser that has a session.
func begun(ctx context.Context, site Site) (*browser.Browser, error) {
	b := site.Browser()
	return b, mustPost(ctx, b, "/set?k=begun&v=1")
}

// count has clients add to a counter, and adds what is there in the end, of what was acknowledged.
func (o *Outcome) count(ctx context.Context, b *browser.Browser, requests int) error {
	var t tally
	Together(o.Clients, func(int) {
		for range requests {
			t.count(b.Post(ctx, fmt.Sprintf("/inc?d=%d", o.Work.Milliseconds())))
		}
	})
	s, err := stateOf(ctx, b)
	if err == nil && s.N > t.acknowledged+t.failed {
		err = fmt.Errorf("%d were counted, though only %d were not refused", s.N, t.acknowledged+t.failed)
	}
	o.Held, o.Of = o.Held+min(s.N, t.acknowledged), o.Of+t.acknowledged
	o.Refused, o.Failed = o.Refused+t.refused, o.Failed+t.failed
	return err
}

// ownKeys has clients of one browser set fields, each request another one.
func ownKeys(ctx context.Context, site Site, clients, requests int, work time.Duration) ([]Outcome, error) {
	o := Outcome{Race: OwnKeys, Clients: clients, Work: work}
	b, err := begun(ctx, site)
	if err != nil {
		return []Outcome{o}, err
	}
	var t tally
	var kept fields
	Together(clients, func(client int) {
		for n := range requests {
			key := fmt.Sprintf("k%d", client*requests+n)
			kept.add(key, t.count(b.Post(ctx, fmt.Sprintf("/set?k=%s&v=1&d=%d", key, work.Milliseconds()))))
		}
	})
	s, err := stateOf(ctx, b)
	o.Held, o.Of, o.Refused, o.Failed = kept.in(s), t.acknowledged, t.refused, t.failed
	return []Outcome{o}, err
}

// firstRequests has a new visitor's browser send its first requests all at once, again and again.
func firstRequests(ctx context.Context, site Site, rounds, clients int, work time.Duration) ([]Outcome, error) {
	o := Outcome{Race: First, Clients: clients, Work: work}
	for range rounds {
		if err := o.count(ctx, site.Browser(), 1); err != nil {
			return []Outcome{o}, err
		}
	}
	return []Outcome{o}, nil
}

// codes has takers take one code at once, again and again.
func codes(ctx context.Context, site Site, rounds, takers int, work time.Duration) ([]Outcome, error) {
	o := Outcome{Race: Code, Clients: takers, Work: work, Of: rounds}
	b, err := begun(ctx, site) // so that the session is not empty without the code
	for range rounds {
		code := rand.Text()
		if err == nil {
			err = mustPost(ctx, b, "/set?k=code&v="+code)
		}
		if err != nil {
			return []Outcome{o}, err
		}
		var t tally
		var taken atomic.Int32
		Together(takers, func(int) {
			a, err := b.Post(ctx, fmt.Sprintf("/take?d=%d", work.Milliseconds()))
			if t.count(a, err) && a.Body == code {
				taken.Add(1)
			}
		})
		o.Refused, o.Failed, o.Most = o.Refused+t.refused, o.Failed+t.failed, max(o.Most, int(taken.Load()))
		if taken.Load() == 1 {
			o.Held++
		}
	}
	return []Outcome{o}, nil
}
