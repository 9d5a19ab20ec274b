package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// The variants of a lost update.
const (
	counter = "counter"
	ownKeys = "own keys"
)

// race is one measurement of lost updates.
type race struct {
	variant           string
	clients, requests int
	think             time.Duration
}

// run has clients of one cookie send changes at the same time, and compares what was acknowledged with what is there in the end.
func (c race) run(ctx context.Context, t target) (result.Lost, error) {
	v := &visitor{target: t}
	if _, err := v.get(ctx, "/fill?size=200"); err != nil {
		return result.Lost{}, err
	}
	think := "think=" + c.think.String()
	var acknowledged, failed atomic.Int64
	each(c.clients, func(i int) {
		for n := range c.requests {
			path := "/add?" + think
			if c.variant == ownKeys {
				path = "/own?field=" + peer.OwnField(i, n) + "&" + think
			}
			if _, _, err := t.send(ctx, path, v.cookie); err != nil {
				failed.Add(1)
			} else {
				acknowledged.Add(1)
			}
		}
	})
	path := "/count"
	if c.variant == ownKeys {
		path = fmt.Sprintf("/owned?clients=%d&requests=%d", c.clients, c.requests)
	}
	answer, err := v.get(ctx, path)
	if err != nil {
		return result.Lost{}, err
	}
	kept, err := strconv.Atoi(answer)
	return result.Lost{
		Variant: c.variant, Clients: c.clients, Think: c.think,
		Acknowledged: int(acknowledged.Load()), Kept: kept, Failed: int(failed.Load()),
	}, err
}

// each calls f for each client at once and waits.
func each(n int, f func(i int)) {
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { f(i) })
	}
	done.Wait()
}

// logouts has a visitor sign out while other requests of the same browser are at work, again and again, and counts how often the
// old cookie finds a session afterwards.
func logouts(ctx context.Context, t target, races int) (result.Resurrected, error) {
	const slow = 7
	back := 0
	for range races {
		v := &visitor{target: t}
		if _, err := v.get(ctx, "/in"); err != nil {
			return result.Resurrected{}, err
		}
		old := v.cookie
		var failed error
		each(slow+1, func(i int) {
			if i == slow {
				_, _, failed = t.send(ctx, "/out?think=1ms", old)
				return
			}
			_, _, _ = t.send(ctx, "/slow?think=2ms", old) // an error is one way to learn that the session has ended
		})
		if failed != nil {
			return result.Resurrected{}, failed
		}
		who, _, err := t.send(ctx, "/who", old)
		if err != nil {
			return result.Resurrected{}, err
		}
		if who != "" {
			back++
		}
	}
	return result.Resurrected{Races: races, Back: back}, nil
}
