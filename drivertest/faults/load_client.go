package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

const (
	callTime = time.Minute // how long a call of a load may take
	endedMax = 256         // how many deleted sessions are remembered
	notesMax = 20          // how many mistakes are named
)

// client is a Client of a load. It is used by one goroutine.
type client struct {
	Client
	*Load
	number int // among the clients
	calls  int
}

func (l *Load) newClient(c Client) *client {
	n := int(l.clients.Add(1)) - 1
	if n >= maxClients {
		l.t.Errorf("a load has %d clients at most", maxClients)
	}
	if c.Plan == nil {
		c.Plan = func(ctx context.Context, call func(ctx context.Context)) bool { call(ctx); return false }
	}
	return &client{Client: c, Load: l, number: n}
}

// run calls until it is enough.
func (c *client) run(enough func() bool) {
	for i := c.number; !c.stopping.Load() && !enough(); i++ {
		n := i % len(c.places)
		c.update(&c.places[n], n)
	}
}

// call makes one call as the plan has it.
func (c *client) call(f func(ctx context.Context)) (met bool) {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	return c.Plan(ctx, f)
}

// update makes one update of the session in a place.
func (c *client) update(p *place, n int, ops ...driver.Op) {
	a, e, u := c.begin(p, n)
	if a == nil {
		return
	}
	u.Ops = append(u.Ops, ops...)
	var r driver.Result
	var err, ended error
	met := c.call(func(ctx context.Context) {
		r, err = c.Store.Update(ctx, a.now, e.key, u)
		ended = ctx.Err()
	})
	last, wrong := a.finish(e, u, r, err, ended)
	c.enter(e.answer, met)
	if wrong != nil {
		c.t.Error(wrong)
	}
	if last {
		c.retire(a)
	}
	if e.answer == isRefused && ended == nil {
		time.Sleep(time.Millisecond) // a store that is down says so at once
	}
}

// begin enters an update of the session in the place, and creates one if need be. It returns nil if the load ends.
func (c *client) begin(p *place, n int) (*tally, *entry, *driver.Update) {
	c.calls++
	p.mu.Lock()
	defer p.mu.Unlock()
	for until := time.Now().Add(callTime); ; {
		if p.tally != nil {
			if e, u := p.tally.begin(c.number, c.calls); e != nil {
				return p.tally, e, u
			}
		}
		a, err := c.create(n) // the last of those who use the one before looks at it
		switch {
		case c.stopping.Load():
			return nil, nil, nil
		case err == nil:
		case time.Now().After(until):
			c.t.Errorf("no session could be created for %v: %v", callTime, err)
			c.stopping.Store(true)
			return nil, nil, nil
		default:
			time.Sleep(10 * time.Millisecond)
		}
		p.tally = a
	}
}

// enter enters a call that has ended.
func (c *client) enter(o answer, met bool) {
	sum := Account{Calls: 1}
	if met {
		sum.Faulted = 1
	}
	switch o {
	case isAcknowledged:
		sum.Acknowledged = 1
	case isUnknown:
		sum.Unknown = 1
	case isRefused:
		sum.Refused = 1
	default:
		sum.Declined = 1
	}
	c.add(sum)
}

// create returns a new session for the place, or nil and an error if it does not know that there is one.
func (c *client) create(n int) (*tally, error) {
	a, v, r := newTally([]driver.Path{"", "a."}[n%2], c.length)
	var err error
	c.call(func(ctx context.Context) { err = c.Store.Create(ctx, v, r) })
	if err != nil {
		return nil, err
	}
	return a, nil
}

// retire ends what nobody uses any more.
func (c *client) retire(a *tally) {
	if !c.look(a) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.pending = append(c.pending, a)
		return
	}
	if err := c.delete(a); err != nil {
		c.t.Errorf("Delete: %v", err)
	}
}

// delete deletes a session, and sees to it that it stays so. The error is about an answer that no store may give.
func (c *client) delete(a *tally) (err error) {
	k := a.userKey()
	c.call(func(ctx context.Context) { err = c.Store.Delete(ctx, a.now, k) })
	if err != nil && !errors.Is(err, driver.ErrNotFound) { // not found: a server that has failed over has forgotten it
		known := storetest.Matches(err, driver.ErrUnknownOutcome, driver.ErrUnavailable, driver.ErrFull, context.Canceled, context.DeadlineExceeded)
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		defer cancel()
		if again := c.near.Delete(ctx, a.now, k); again != nil && !errors.Is(again, driver.ErrNotFound) {
			if !known {
				return err
			}
			return nil // it may live
		}
		if !known {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	if _, err := c.Store.Update(ctx, a.now, k, storetest.Inc("n")); err == nil {
		c.add(Account{Back: 1}, fmt.Sprintf("session %v was updated after its end", a.id))
	}
	c.mu.Lock()
	c.ended = append(c.ended, endedSession{k, a.now})
	c.mu.Unlock()
	c.lookAgain(endedMax)
	return nil
}
