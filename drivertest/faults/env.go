package faults

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// patience is how long a case may take before its context ends, so that a store that hangs fails instead.
const patience = 2 * time.Minute

// env is what a case works with.
type env struct {
	*testing.T
	Link
	Network Network
	ctx     context.Context

	asked, met atomic.Int32 // since the last call of lose
	late       atomic.Int32 // since the start of the case
}

func newEnv(t *testing.T, open OpenNetwork, why string) *env {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("What this is about: %s", why)
		}
	})
	n := open(t)
	e := &env{T: t, Network: n, Link: n.Link(t)}
	t.Cleanup(func() { e.Proxy.SetDown(true) }) // no client waits for what the proxy holds back
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	e.ctx = ctx
	return e
}

// losses are what happens to the messages of a call, one try after the other.
var losses = []struct {
	name   string
	faults []faultproxy.Fault
}{
	{"request", []faultproxy.Fault{faultproxy.DropRequest}},
	{"reply", []faultproxy.Fault{faultproxy.DropReply}},
	{"late request", []faultproxy.Fault{faultproxy.LateRequest}},
	{"late request, then reply", []faultproxy.Fault{faultproxy.LateRequest, faultproxy.DropReply}},
}

// lose plans faults for the next requests of a kind, in their order.
func (e *env) lose(what Request, faults ...faultproxy.Fault) { e.loseBefore(nil, what, faults...) }

// loseBefore also has something happen between the first fault and what the client sends next.
func (e *env) loseBefore(next func(), what Request, faults ...faultproxy.Fault) {
	e.asked.Store(0)
	e.met.Store(0)
	e.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if next != nil && e.met.Load() > 0 {
			next()
			next = nil
		}
		if e.Network.Asks(request) != what {
			return faultproxy.None
		}
		n := int(e.asked.Add(1))
		if n > len(faults) {
			return faultproxy.None
		}
		if faults[n-1] == faultproxy.LateRequest {
			e.late.Add(1)
		}
		e.met.Add(1)
		return faults[n-1]
	})
}

// wasMet ends the case if no request has met a fault since the last call of lose: it would prove nothing.
func (e *env) wasMet() {
	e.Helper()
	if e.met.Load() == 0 {
		e.Fatal("no request met the fault")
	}
}

// arrive ends all faults, and waits until all late requests have reached the server.
func (e *env) arrive() {
	e.Helper()
	e.Proxy.Plan(nil)
	e.Proxy.Release()
	storetest.WaitUntil(e, "the late requests have arrived", func() bool { return e.Proxy.Delivered() == int(e.late.Load()) })
}

// hastily makes a call whose requests all meet a fault, with a context that is canceled soon, long before its deadline. If on a busy machine that was before the
// request had been sent, which is what [driver.ErrUnavailable] says, it calls again and gives more time.
func (e *env) hastily(what Request, fault faultproxy.Fault, call func(ctx context.Context) error) error {
	e.Helper()
	for limit := 200 * time.Millisecond; ; limit *= 2 {
		e.lose(what, slices.Repeat([]faultproxy.Fault{fault}, 10_000)...)
		ctx, cancel := context.WithTimeout(e.ctx, time.Hour)
		time.AfterFunc(limit, cancel)
		start := time.Now()
		err := call(ctx)
		took := time.Since(start)
		cancel()
		if took > limit+5*time.Second {
			e.Errorf("a call that had %v took %v", limit, took)
		}
		if e.met.Load() > 0 && !errors.Is(err, driver.ErrUnavailable) || limit > 4*time.Second {
			e.wasMet()
			return err
		}
	}
}

// ok ends the case if err is not nil.
func (e *env) ok(what string, err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("%s: %v", what, err)
	}
}

// answers reports an error that is not one of those allowed, of which nil may be one, or that contradicts itself.
func (e *env) answers(what string, err error, allowed ...error) {
	e.Helper()
	if !slices.ContainsFunc(allowed, func(want error) bool { return errors.Is(err, want) }) {
		e.Errorf("%s: error %v, want one of %v", what, err, allowed)
	}
	if errors.Is(err, driver.ErrUnknownOutcome) && storetest.Matches(err, driver.ErrUnavailable, driver.ErrFull, driver.ErrNotFound) {
		e.Errorf("%s: the outcome is unknown, and yet nothing was changed: %v", what, err)
	}
}

// value reads a value that is written in this package.
func value(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic("faults: " + text + ": " + err.Error())
	}
	return v
}

// eventually reports whether what another process does happens within a minute.
func eventually(happened func() bool) bool {
	for end := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}
