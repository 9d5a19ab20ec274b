package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

const (
	// patience is how long a case may take before its context ends, so that a store that hangs fails instead.
	patience = 4 * time.Minute
	// most is how many messages of a call meet a fault, each in a run of its own.
	most = 20
)

// env is what a case works with.
type env struct {
	*testing.T
	Link
	network Network
	ctx     context.Context

	// The loss of the call that is under way: how many messages come before each fault, and how many faults were met, and messages seen
	// since the last of them.
	faults []faultproxy.Fault
	before []int
	met    atomic.Int32
	since  atomic.Int32
	late   atomic.Int32 // since the start of the case

	unknown atomic.Int32 // calls that a store might have known the outcome of
}

func newEnv(t *testing.T, open OpenNetwork, why string) *env {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("What this is about: %s", why)
		}
	})
	n := open(t)
	e := &env{T: t, network: n, Link: n.Link(t)}
	t.Cleanup(func() { e.Proxy.SetDown(true) }) // no client waits for what the proxy holds back
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	e.ctx = ctx
	return e
}

// loss is what happens to the messages of a call: the first fault, and then, in further runs, also the second.
type loss struct {
	name   string
	faults []faultproxy.Fault
}

var losses = []loss{
	{"request", []faultproxy.Fault{faultproxy.DropRequest}},
	{"reply", []faultproxy.Fault{faultproxy.DropReply}},
	{"late request, then reply", []faultproxy.Fault{faultproxy.LateRequest, faultproxy.DropReply}},
}

// cuts are losses in mid-message, after which the other end is left with half of it.
var cuts = []loss{
	{"half a request", []faultproxy.Fault{faultproxy.CutRequest}},
	{"half a reply", []faultproxy.Fault{faultproxy.CutReply}},
}

func (l loss) loses(faults ...faultproxy.Fault) bool {
	return slices.ContainsFunc(faults, func(f faultproxy.Fault) bool { return slices.Contains(l.faults, f) })
}

// only is the loss that is one fault.
func only(f faultproxy.Fault) loss { return loss{f.String(), []faultproxy.Fault{f}} }

// each calls run once for each message that a call sends: it meets the first fault. What a store says to its server is its own matter, so
// none of it is left out. A second fault meets, in further runs, the message after the first one, and the last two of the call: tries that
// come later, behind those that begin a connection. Before each run warm makes the same call without a fault, so that a connection is
// there. In run, lose comes before the call.
func (e *env) each(l loss, warm func(), run func(what string)) {
	e.Helper()
	once := func(faults []faultproxy.Fault, before ...int) (met bool) {
		e.Proxy.Plan(nil)
		warm()
		e.faults, e.before = faults, before
		e.met.Store(0)
		e.since.Store(0)
		run(fmt.Sprintf("%s, %v messages through", l.name, before))
		met = int(e.met.Load()) == len(faults)
		e.arrive()
		return met
	}
	var sent atomic.Int32
	for range 2 { // the first time it may begin a connection
		sent.Store(0)
		e.Proxy.Plan(func([]byte) faultproxy.Fault { sent.Add(1); return faultproxy.None })
		warm()
	}
	for first := range min(max(int(sent.Load()), 1), most) {
		if !once(l.faults[:1], first) {
			if first == 0 {
				e.Fatalf("%s: no message met the fault: a client does not go through the address that Connect was given", l.name)
			}
			return
		}
		if len(l.faults) > 1 {
			last := int(e.since.Load()) - 1
			seconds := []int{0, last - 1, last}
			slices.Sort(seconds)
			for _, second := range slices.Compact(seconds) {
				if second >= 0 {
					once(l.faults, first, second)
				}
			}
		}
	}
}

// lose begins the loss with what the client sends from now on. Between the first fault and what the client sends next it calls next, if
// that is not nil.
func (e *env) lose(next func()) {
	faults, before := e.faults, e.before
	e.Proxy.Plan(func([]byte) faultproxy.Fault {
		n := int(e.met.Load())
		if n > 0 && next != nil {
			next()
			next = nil
		}
		if seen := int(e.since.Add(1)); n == len(faults) || seen <= before[n] {
			return faultproxy.None
		}
		return e.meet(faults[n])
	})
}

func (e *env) meet(f faultproxy.Fault) faultproxy.Fault {
	if f == faultproxy.LateRequest {
		e.late.Add(1)
	}
	e.since.Store(0)
	e.met.Add(1)
	return f
}

// arrive ends all faults, and waits until all late requests have reached the server.
func (e *env) arrive() {
	e.Helper()
	e.Proxy.Plan(nil)
	e.Proxy.Release()
	storetest.WaitUntil(e, "the late requests have arrived", func() bool { return e.Proxy.Delivered() == int(e.late.Load()) })
}

// hastily makes a call whose messages all meet a fault, with a context that is canceled soon, long before its deadline. If on a busy machine
// that was before anything had been sent, it calls again and gives more time.
func (e *env) hastily(fault faultproxy.Fault, call func(ctx context.Context) error) error {
	e.Helper()
	for limit := 200 * time.Millisecond; ; limit *= 2 {
		e.met.Store(0)
		e.Proxy.Plan(func([]byte) faultproxy.Fault { return e.meet(fault) })
		ctx, cancel := context.WithTimeout(e.ctx, time.Hour)
		time.AfterFunc(limit, cancel)
		start := time.Now()
		err := call(ctx)
		took := time.Since(start)
		cancel()
		if took > limit+5*time.Second {
			e.Errorf("a call that had %v took %v", limit, took)
		}
		if e.met.Load() > 0 {
			return err
		}
		if limit > 4*time.Second {
			e.Fatal("no message met the fault")
		}
	}
}

// untilKnown makes a call, which may be made twice, until its outcome is known, and returns that. A store may need a failure to find that
// a connection is dead.
func (e *env) untilKnown(call func() error) error {
	for {
		err := call()
		if !storetest.Matches(err, driver.ErrUnknownOutcome, driver.ErrUnavailable) || e.ctx.Err() != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ok ends the case if err is not nil.
func (e *env) ok(what string, err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("%s: %v", what, err)
	}
}

// answers reports an error that is not one of those allowed, of which nil may be one, or that contradicts itself. A store may always say
// that it does not know, or that nothing was changed: whether that is so is for the caller to see.
func (e *env) answers(what string, err error, allowed ...error) {
	e.Helper()
	switch {
	case errors.Is(err, driver.ErrUnknownOutcome):
		if storetest.Matches(err, driver.ErrUnavailable, driver.ErrFull, driver.ErrNotFound) {
			e.Errorf("%s: the outcome is unknown, and yet nothing was changed: %v", what, err)
		}
	case isUnchanged(err):
	case !slices.ContainsFunc(allowed, func(want error) bool { return errors.Is(err, want) }):
		e.Errorf("%s: error %v, want one of %v", what, err, append(allowed, driver.ErrUnknownOutcome, driver.ErrUnavailable))
	}
}

// isUnchanged reports whether err says that the server was not reached, or not in time, and nothing was changed.
func isUnchanged(err error) bool {
	return !errors.Is(err, driver.ErrUnknownOutcome) &&
		storetest.Matches(err, driver.ErrUnavailable, driver.ErrFull, context.Canceled, context.DeadlineExceeded)
}

// mayKnow counts an answer to a call that a store might have known the outcome of, though messages were lost.
func (e *env) mayKnow(what string, err error) {
	if errors.Is(err, driver.ErrUnknownOutcome) || isUnchanged(err) {
		e.unknown.Add(1)
		e.Logf("%s: %v", what, err)
	}
}

// finder returns what a store can do that finds sessions by their user, nil if it cannot.
func finder(s driver.Store) driver.Finder {
	users, _ := s.(driver.Finder)
	return users
}

// value reads a value that is written in this package.
func value(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic("faults: " + text + ": " + err.Error())
	}
	return v
}
