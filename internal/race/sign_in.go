package race

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// The races against a sign-in.
const (
	SignIn        = "sign-in"                  // held if the browser is signed in afterwards
	SignInUpdates = "updates during a sign-in" // each request that is in flight beside it sets a field of its own; held if it is there
)

// signIns has a visitor sign in while four clients of the browser set fields, earlier or later among their requests; they send four each, or
// as many as it takes until the sign-in has been answered. What was refused is sent once more a little later, once it has been, with the
// cookie that the browser has by then, as a front end can: Refused are those of the first time.
func signIns(ctx context.Context, site Site, rounds int) ([]Outcome, error) {
	const clients, work = 4, 10 * time.Millisecond
	signIn := Outcome{Race: SignIn, Clients: clients, Work: work}
	updates := Outcome{Race: SignInUpdates, Clients: clients, Work: work}
	for round := range rounds {
		b, err := begun(ctx, site)
		if err != nil {
			return []Outcome{signIn, updates}, err
		}
		var told, again tally
		var kept fields
		answered := make(chan struct{})
		var all sync.WaitGroup
		for client := range clients {
			all.Go(func() {
				const requests, most = 4, 40
				for n := 0; n < requests || !closed(answered) && n < most; n++ {
					key := fmt.Sprintf("k%d", client*most+n)
					// Handlers differ in how long they take, so that answers overtake each other.
					d := work.Milliseconds()/2 + int64(client*3+n*5)%work.Milliseconds()
					path := fmt.Sprintf("/set?k=%s&v=1&d=%d", key, d)
					a, err := b.Post(ctx, path)
					acknowledged := told.count(a, err)
					if err == nil && a.Refused() {
						wait(ctx, 50*time.Millisecond)
						<-answered
						acknowledged = again.count(b.Post(ctx, path))
					}
					kept.add(key, acknowledged)
				}
			})
		}
		wait(ctx, time.Duration(5+round%8*4)*time.Millisecond)
		err = mustPost(ctx, b, "/login?u=ann&d=5")
		close(answered)
		all.Wait()
		if err != nil {
			signIn.Failed++
			continue
		}
		s, err := stateOf(ctx, b)
		if err != nil {
			return []Outcome{signIn, updates}, err
		}
		signIn.Of++
		if s.User == "ann" {
			signIn.Held++
		}
		updates.Of, updates.Held = updates.Of+kept.sent, updates.Held+kept.in(s)
		updates.Refused, updates.Failed = updates.Refused+told.refused, updates.Failed+told.failed+again.refused+again.failed
	}
	return []Outcome{signIn, updates}, nil
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// fields are those that requests have set.
type fields struct {
	mu           sync.Mutex
	sent         int
	acknowledged []string
}

func (f *fields) add(name string, acknowledged bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sent++; acknowledged {
		f.acknowledged = append(f.acknowledged, name)
	}
}

// in counts those that were acknowledged and are there.
func (f *fields) in(s state) (n int) {
	for _, name := range f.acknowledged {
		if s.Fields[name] != "" {
			n++
		}
	}
	return n
}
