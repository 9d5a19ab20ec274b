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
	var s session
	u := inc("n")
	stuck := func(what string, asks Request, call func(ctx context.Context) error) {
		e.answers(what, e.hastily(asks, fault, call), driver.ErrUnknownOutcome)
		e.Proxy.Plan(nil)
	}
	stuck("Update", UpdateRequest, func(ctx context.Context) error {
		s = e.create()
		_, err := s.far(ctx, &u)
		return err
	})
	if after, _ := s.after(&u); fault == faultproxy.StallReply { // though the client may have called it back
		after.check("while the update is stuck", s)
	} else {
		s.check("while the update is stuck")
	}
	s = s.end()
	e.Proxy.Release()
	_, err := s.far(e.ctx, &u) // perhaps behind the stuck one, on a connection that is found dead only now
	e.answers("Update after the end", err, driver.ErrNotFound, driver.ErrUnknownOutcome)
	s.check("after the end")
	s.listed("after the end")

	stuck("Create", CreateRequest, func(ctx context.Context) error {
		s = e.newSession()
		return e.Far.Create(ctx, s.key.Verifier, s.record)
	})
	stuck("Delete", DeleteRequest, func(ctx context.Context) error {
		s = e.create()
		return e.Far.Delete(ctx, s.now, s.key)
	})
	e.Proxy.Release()
	e.answers("Delete again", e.Far.Delete(e.ctx, s.now, s.key), nil, driver.ErrNotFound)
	s.ended().check("after the end")
}

// down cuts all connections and refuses new ones: at the start, and when some are there to be cut.
func down(e *env) {
	s := e.create()
	for range 2 {
		e.Proxy.SetDown(true)
		storetest.Fails(e.T, e.Far, s.key, s.now, 50*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome)
		e.Proxy.SetDown(false)
		if _, err := e.Far.Load(e.ctx, s.now, s.key); err != nil {
			e.Errorf("up again: %v", err)
		}
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
		after, want := s.after(&u)
		after.gives("Update", got, err, want, driver.ErrUnknownOutcome)
		if err == nil {
			s = after
		}
		after.check("back again", s)
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
	if list, err := e.Near.List(e.ctx, s.now, user, driver.ID{}, 10); len(list) != 1 || err != nil {
		e.Errorf("there are %d sessions, want 1 (error: %v)", len(list), err)
	}
}
