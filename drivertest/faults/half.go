package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

var halfCases = []faultCase{
	{"down", "whoever signs out everywhere must know that it may have happened, though the server went away half-way", func(e *env) { half(e, true) }},
	{"over", "the same if it was their patience", func(e *env) { half(e, false) }},
	{"reply", "no more sessions are said to have ended than have", halfReply},
}

// many puts sessions of the user into the store, so many that a store may need several messages to end them.
func (e *env) many(n int) (all []session) {
	e.Helper()
	for i := range n {
		s := e.newSession()
		if i%4 == 3 { // some stores have a message of their own for what has expired
			s.record.Expires = s.now.Add(time.Millisecond)
		}
		all = append(all, e.insert(s))
	}
	return all
}

// told compares what DeleteMany says with what has become of the sessions that are to be ended, as of now.
func (e *env) told(what string, all []session, now time.Time, n int, next driver.ID, err error) {
	e.Helper()
	ended, left := 0, 0
	for _, s := range all {
		_, loadErr := e.Near.Load(e.ctx, s.now, s.key)
		switch {
		case !s.record.Expires.After(now): // nobody counts it
		case loadErr == nil:
			left++
		default:
			ended++
		}
	}
	said := fmt.Sprintf("%s: it says that %d have ended, next %v, error %v", what, n, next, err)
	switch {
	case n > ended:
		e.Errorf("%s; but only %d have", said, ended)
	case err == nil && left > 0 && next.IsZero():
		e.Errorf("%s; but %d are left", said, left)
	case err != nil && !errors.Is(err, driver.ErrUnknownOutcome) && ended > 0:
		e.Errorf("%s, as if nothing had changed; but %d have", said, ended)
	}
}

// endAll ends what is left of the sessions of the user, when the network works again.
func (e *env) endAll(now time.Time) {
	e.Helper()
	e.Proxy.Plan(nil)
	e.Proxy.SetDown(false)
	for after := (driver.ID{}); ; {
		_, next, err := finder(e.Near).DeleteMany(e.ctx, now, driver.Selection{User: user}, after, 100)
		e.ok("DeleteMany past the proxy", err)
		if after = next; next.IsZero() {
			return
		}
	}
}

// half lets some of the messages through that are to end the sessions of a user. Then the server is gone, or the time over.
func half(e *env, down bool) {
	for through, over := 0, true; over && through < halves; through++ {
		all := e.many(12)
		now := all[0].now.Add(time.Second)
		ctx, cancel := context.WithTimeout(e.ctx, time.Second)
		seen := 0
		over = false
		e.Proxy.Plan(func([]byte) faultproxy.Fault {
			if seen++; seen <= through {
				return faultproxy.None
			}
			if !over && down {
				go e.Proxy.SetDown(true) // which asks for the lock that a plan is called with
			} else if !over {
				cancel()
			}
			over = true
			return faultproxy.DropRequest
		})
		n, next, err := finder(e.Far).DeleteMany(ctx, now, driver.Selection{User: user}, driver.ID{}, 100)
		cancel()
		e.Proxy.Plan(nil)
		e.told(fmt.Sprintf("%d messages through", through), all, now, n, next, err)
		e.endAll(now)
	}
}

// halves is how many messages of a call are let through at most.
const halves = 8

// halfReply loses the reply to one of the messages, which may be sent again, and the server goes on.
func halfReply(e *env) {
	e.each(only(faultproxy.DropReply), func() {
		all := e.many(12)
		now := all[0].now.Add(time.Second)
		_, _, err := finder(e.Far).DeleteMany(e.ctx, now, driver.Selection{User: user}, driver.ID{}, 100)
		e.ok("DeleteMany", err)
		e.endAll(now)
	}, func(what string) {
		all := e.many(12)
		now := all[0].now.Add(time.Second)
		e.lose(nil)
		n, next, err := finder(e.Far).DeleteMany(e.ctx, now, driver.Selection{User: user}, driver.ID{}, 100)
		e.Proxy.Plan(nil)
		e.told(what, all, now, n, next, err)
		e.endAll(now)
	})
}
