package faults

import (
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

var silenceCases = []faultCase{
	{"stalled request", "a server that does not answer costs no more time than a request has, and a logout wins", func(e *env) { stalled(e, faultproxy.StallRequest) }},
	{"stalled reply", "the same when it has acted on the request", func(e *env) { stalled(e, faultproxy.StallReply) }},
	{"half open", "the same when the peer has vanished", func(e *env) { stalled(e, faultproxy.HalfOpen) }},
	{"down", "no store is no session lost: nobody is told that there is none", down},
	{"back", "a restart, too, is no reason to count twice or to forget", back},
	{"cancelled", "a request that is over before it is made has changed nothing", cancelled},
}

// stalled ends a session while an update of it is stuck on its way.
func stalled(e *env, fault faultproxy.Fault) {
	u := inc("n")
	e.warmUpdate(&u)()
	var s session
	err := e.hastily(fault, func(ctx context.Context) error {
		s = e.create()
		_, err := s.far(ctx, &u)
		return err
	})
	e.Proxy.Plan(nil)
	e.gaveUp("Update", err)
	if after, _ := s.after(&u); fault == faultproxy.StallReply && errors.Is(err, driver.ErrUnknownOutcome) {
		after.check("while the update is stuck", s) // the client may have called it back
	} else {
		s.check("while the update is stuck")
	}
	s = s.end()
	e.Proxy.Release()
	_, err = s.far(e.ctx, &u) // perhaps behind the stuck one, on a connection that is found dead only now
	e.answers("Update after the end", err, driver.ErrNotFound)
	s.check("after the end")
	s.listed("after the end")

	err = e.hastily(fault, func(ctx context.Context) error {
		s = e.newSession()
		return e.Far.Create(ctx, s.key.Verifier, s.record)
	})
	e.Proxy.Plan(nil)
	e.gaveUp("Create", err)
	e.Proxy.Release()

	err = e.hastily(fault, func(ctx context.Context) error {
		s = e.create()
		return e.Far.Delete(ctx, s.now, s.key)
	})
	e.Proxy.Plan(nil)
	e.gaveUp("Delete", err)
	e.Proxy.Release()
	e.answers("Delete again", e.untilKnown(func() error { return e.Far.Delete(e.ctx, s.now, s.key) }), nil, driver.ErrNotFound)
	s.ended().check("after the end")
}

// gaveUp expects the answer to a call that has had no time to know.
func (e *env) gaveUp(what string, err error) {
	e.Helper()
	if !errors.Is(err, driver.ErrUnknownOutcome) && !isUnchanged(err) {
		e.Errorf("%s: error %v, want %v, or one that says that nothing was changed", what, err, driver.ErrUnknownOutcome)
	}
}

// down cuts all connections and refuses new ones: at the start, and when some are there to be cut.
func down(e *env) {
	s := e.create()
	for range 2 {
		e.Proxy.SetDown(true)
		storetest.Fails(e.T, e.Far, s.key, s.now, 50*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome, context.DeadlineExceeded)
		e.Proxy.SetDown(false)
		e.ok("up again", e.untilKnown(func() error { _, err := e.Far.Load(e.ctx, s.now, s.key); return err }))
		s.check("up again")
	}
}

// back has the server come back while an update waits: the store need not know then, but must not count twice.
func back(e *env) {
	for range 2 {
		s := e.create()
		e.Proxy.SetDown(true)
		time.AfterFunc(50*time.Millisecond, func() { e.Proxy.SetDown(false) })
		u := inc("n")
		got, err := s.far(e.ctx, &u)
		s.settles("back again", &u, got, err)
	}
}

func cancelled(e *env) {
	s := e.create()
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	for name, call := range storetest.Methods(e.Far, s.key, s.now) {
		if err := call(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, driver.ErrUnknownOutcome) {
			e.Errorf("%s: error %v, want %v", name, err, context.Canceled)
		}
	}
	s.check("afterwards")
	if users := finder(e.Near); users != nil {
		if list, err := users.List(e.ctx, s.now, user, driver.ID{}, 10); len(list) != 1 || err != nil {
			e.Errorf("there are %d sessions, want 1 (error: %v)", len(list), err)
		}
	}
}
