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
	SignInUpdates = "updates during a sign-in" // the requests in flight beside it add to a counter
)

// RunSignIn has a visitor sign in while four clients of the browser add to a counter, earlier or later among their requests. What was
// refused is sent once more a little later, with the cookie that the browser has by then, as a front end can: Refused are those of the first
// time.
func RunSignIn(ctx context.Context, site Site, rounds int) (signIn, updates Outcome, err error) {
	const clients, requests, work = 4, 4, 10 * time.Millisecond
	signIn = Outcome{Race: SignIn, Clients: clients, Work: work}
	updates = Outcome{Race: SignInUpdates, Clients: clients, Work: work}
	for round := range rounds {
		b := site.Browser()
		if err := mustPost(ctx, b, "/inc"); err != nil {
			return signIn, updates, err
		}
		var first, again tally
		var all sync.WaitGroup
		for client := range clients {
			all.Go(func() {
				for n := range requests {
					// Handlers differ in how long they take, so that answers overtake each other.
					path := fmt.Sprintf("/inc?d=%d", work.Milliseconds()/2+int64(client*3+n*5)%work.Milliseconds())
					a, err := b.Post(ctx, path)
					if first.count(a, err); err == nil && a.Refused() {
						wait(ctx, 50*time.Millisecond) // for the answer to the sign-in
						again.count(b.Post(ctx, path))
					}
				}
			})
		}
		wait(ctx, time.Duration(5+round%8*4)*time.Millisecond)
		err := mustPost(ctx, b, "/login?u=ann&d=5")
		all.Wait()
		if err != nil {
			signIn.Failed++
			continue
		}
		s, err := stateOf(ctx, b)
		if err != nil {
			return signIn, updates, err
		}
		signIn.Of++
		if s.User == "ann" {
			signIn.Held++
		}
		acknowledged := 1 + first.acknowledged + again.acknowledged
		updates.Of, updates.Held = updates.Of+acknowledged, updates.Held+min(s.N, acknowledged)
		updates.Refused, updates.Failed = updates.Refused+first.refused, updates.Failed+first.failed+again.refused+again.failed
	}
	return signIn, updates, nil
}
