package faults

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

const (
	tokenClients  = 32
	tokenSessions = 12 // so that updates often meet one another
	// tick is how often what is stalled or late goes on: calls whose patience is shorter have given up by then.
	tick = 20 * time.Millisecond
)

var tokenCases = []faultCase{
	{"many clients", "whatever the network does, what is acknowledged is there once, in its order, and nothing else is", func(e *env) { Tokens(e.T, e.network, 300) }},
}

// Tokens makes calls of which each meets a fault of the network, so many, by 32 clients at once, each behind a proxy of its own, and
// returns the account; see [Load]. A message of the call is lost, or the reply to it, or half of one of them; it arrives late, perhaps
// after the call has given up; or it, or its reply, stalls, perhaps for longer than the call has patience. Tokens fails the test if
// anything is wrong with the account: [Account.Err].
//
// What a call takes is mostly a new connection, which most faults cost. A client of the store that makes these cheap (small buffers, no
// needless greeting) makes long runs short.
func Tokens(t *testing.T, n Network, calls int) Account {
	t.Helper()
	n.answers(t)
	lossy := make([]*lossyClient, tokenClients)
	clients := make([]Client, tokenClients)
	for i := range lossy {
		p := storetest.Proxy(t, n.Addr)
		lossy[i] = &lossyClient{proxy: p}
		p.Plan(lossy[i].fate)
		clients[i] = Client{n.Connect(t, p.Addr()), lossy[i].plan}
	}
	l := tokenLoad(t, n.Connect(t, n.Addr), calls)
	release := func() (late bool) {
		for _, c := range lossy {
			c.proxy.Release()
			late = late || c.proxy.Delivered() < int(c.late.Load())
		}
		return late
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		l.Run(calls, clients...)
	}()
	for ticker := time.NewTicker(tick); ; {
		select {
		case <-ticker.C:
			release()
			continue
		case <-over:
			ticker.Stop()
		}
		break
	}
	storetest.WaitUntil(t, "all late requests have arrived", func() bool { return !release() })
	return l.SettleAll()
}

// tokenLoad is a load for so many calls. Sessions also end in a short one.
func tokenLoad(t *testing.T, near driver.Store, calls int) *Load {
	t.Helper()
	return newLoad(t, near, tokenSessions, min(max(calls/tokenSessions/4, 10), 200))
}

// lossyClient has a fault meet each call of a client.
type lossyClient struct {
	proxy *faultproxy.Proxy
	late  atomic.Int32

	// The fault of the call that is under way, how many of its messages come first, and whether it was met.
	fault  atomic.Int32
	before atomic.Int32
	met    atomic.Bool
}

var tokenFaults = []faultproxy.Fault{
	faultproxy.DropRequest, faultproxy.CutRequest, faultproxy.DropReply, faultproxy.CutReply,
	faultproxy.LateRequest, faultproxy.StallRequest, faultproxy.StallReply,
}

// plan is a [Plan].
func (c *lossyClient) plan(ctx context.Context, call func(ctx context.Context)) bool {
	f := tokenFaults[rand.IntN(len(tokenFaults))]
	if f == faultproxy.StallRequest || f == faultproxy.StallReply {
		patience, cancel := context.WithTimeout(ctx, rand.N(2*tick))
		defer cancel()
		ctx = patience
	}
	c.met.Store(false)
	c.before.Store(int32(max(0, rand.IntN(5)-3))) // most calls have one message
	c.fault.Store(int32(f))
	call(ctx)
	c.fault.Store(int32(faultproxy.None))
	return c.met.Load()
}

// fate is what a message meets.
func (c *lossyClient) fate([]byte) faultproxy.Fault {
	f := faultproxy.Fault(c.fault.Load())
	if f == faultproxy.None || c.before.Add(-1) >= 0 {
		return faultproxy.None
	}
	c.fault.Store(int32(faultproxy.None))
	if f == faultproxy.LateRequest {
		c.late.Add(1)
	}
	c.met.Store(true)
	return f
}

// Interrupted is [Tokens] for a store without a network: the context of each call ends before it, in the middle of it, or as soon as it
// has returned.
func Interrupted(t *testing.T, s driver.Store, calls int) Account {
	t.Helper()
	l := tokenLoad(t, s, calls)
	clients := make([]Client, tokenClients)
	for i := range clients {
		clients[i] = Client{s, Interruptions()}
	}
	l.Run(calls, clients...)
	return l.SettleAll()
}

// Interruptions returns a plan in which the context of each call ends: before it, in the middle of it, or as soon as it has returned. It
// is for one client.
func Interruptions() Plan {
	usual := time.Millisecond // how long calls take that nothing interrupts
	return func(ctx context.Context, call func(ctx context.Context)) bool {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		switch rand.IntN(3) {
		case 0:
			cancel()
			call(ctx)
		case 1:
			defer time.AfterFunc(rand.N(usual), cancel).Stop()
			call(ctx)
			return ctx.Err() != nil
		default:
			begin := time.Now()
			call(ctx)
			usual = max((3*usual+time.Since(begin))/4, time.Microsecond)
		}
		return true
	}
}
