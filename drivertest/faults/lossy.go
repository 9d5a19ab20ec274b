package faults

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

var lossyCases = []faultCase{
	{"many clients", "whatever the network does, what is acknowledged is there once, and nothing is there twice", lossy},
}

// lossy pushes numbers from many goroutines, over a network that loses one message in twenty and has late ones arrive at any
// time. Every other update also counts.
func lossy(e *env) {
	const clients, rounds = 8, 30
	sessions := []session{e.create(), e.create(), e.create()} // so that updates meet each other on some and not on others
	var answers [clients * rounds]error
	e.Proxy.Plan(e.atRandom())
	var done sync.WaitGroup
	for c := range clients {
		done.Go(func() {
			in := []driver.Path{"", "a."}[c%2]
			for round := range rounds {
				n := c*rounds + round
				u := update(driver.Push{Path: in + "l", Each: []driver.Value{driver.IntValue(int64(n + first))}})
				if n%2 == 1 {
					u.Ops = append(u.Ops, inc(in+"n").Ops...)
				}
				_, answers[n] = sessions[n%len(sessions)].far(e.ctx, &u)
			}
		})
	}
	over := make(chan struct{})
	go func() {
		done.Wait()
		close(over)
	}()
	for running := true; running; {
		select {
		case <-over:
			running = false
		case <-time.After(10 * time.Millisecond):
			e.Proxy.Release()
		}
	}
	e.arrive()

	times := map[int]int{}
	for _, s := range sessions {
		r, err := e.Near.Load(e.ctx, s.now, s.key)
		e.ok("Load", err)
		for _, in := range []driver.Path{"", "a."} {
			want := int64(1) // what it was before
			for _, elem := range r.Data.Lookup(in + "l").Elems() {
				if n := int(elem.Int()) - first; n >= 0 {
					times[n]++
					want += int64(n % 2)
				}
			}
			if got := r.Data.Lookup(in + "n").Int(); got != want {
				e.Errorf("%sn is %d, want %d as the list has it", in, got, want)
			}
		}
	}
	unknown := 0
	for n, err := range answers {
		most, least := 1, 1
		switch {
		case errors.Is(err, driver.ErrUnknownOutcome):
			unknown++
			least = 0
		case err != nil:
			e.answers("Update", err, driver.ErrUnavailable)
			most, least = 0, 0
		}
		if times[n] < least || times[n] > most {
			e.Errorf("what was pushed once is there %d times, and the answer was %v", times[n], err)
		}
	}
	e.Logf("%d of %d updates are of unknown outcome", unknown, len(answers))
	if unknown > len(answers)/2 {
		e.Error("the store knows too little")
	}
}

// first is greater than what lists hold before.
const first = 1000

// atRandom returns a plan that has a fault for one message in twenty.
func (e *env) atRandom() func(request []byte) faultproxy.Fault {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0)) //nolint:gosec // faults are no secret
	return func([]byte) faultproxy.Fault {
		switch random.IntN(60) {
		case 0:
			return faultproxy.DropRequest
		case 1:
			return faultproxy.DropReply
		case 2:
			e.late.Add(1)
			return faultproxy.LateRequest
		}
		return faultproxy.None
	}
}
