package drivertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var contextCases = []testCase{
	{"cancelled before", "a request that is over must cost no change, and say that it was cancelled", cancelledBefore},
	{"cancelled meanwhile", "whoever is told that nothing was changed will try again: then it must be true", cancelledMeanwhile},
}

func cancelledBefore(e *env) {
	cancelled, cancel := context.WithCancel(e.ctx)
	cancel()
	late, cancel := context.WithDeadline(e.ctx, time.Now().Add(-time.Hour))
	defer cancel()
	k, r := e.record(doc(`{"a":1}`))
	r.User = "ann"
	s := e.insert(k, r)
	for i, ctx := range []context.Context{cancelled, late, cancelled, late} {
		ended := func(what string, err error) {
			e.Helper()
			if !errors.Is(err, ctx.Err()) {
				e.Errorf("%s: error is %v, want one that matches %q", what, err, ctx.Err())
			}
		}
		other, r := e.record(driver.Doc{})
		ended("Create", e.client(i/2).Create(ctx, other.Verifier, r))
		_, err := e.client(i/2).Load(e.ctx, e.now, other)
		e.fails("Load of what was not created", err, driver.ErrNotFound)
		_, err = e.client(i/2).Load(ctx, e.now, k)
		ended("Load", err)
		_, err = e.client(i/2).Update(ctx, e.now, k, e.everything("bob"))
		ended("Update", err)
		ended("Delete", e.client(i/2).Delete(ctx, e.now, k))
		ended("Delete by user", e.client(i/2).Delete(ctx, e.now, driver.UserKey(k.ID, "ann")))
		if _, ok := e.client(i).(driver.Finder); ok {
			_, err = e.users(i/2).List(ctx, e.now, "ann", driver.ID{}, 10)
			ended("List", err)
			_, _, err = e.users(i/2).DeleteMany(ctx, e.now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			ended("DeleteMany", err)
		}
		if _, ok := e.client(i).(driver.Sweeper); ok {
			_, err = e.sweeper(i/2).Sweep(ctx, e.after(2*lifetime), 10)
			ended("Sweep", err)
		}
		s.check(e.now)
		e.listed("ann", s)
		e.listed("bob")
	}
}

// cancelledMeanwhile ends contexts while updates are under way. Of those that failed only the ones with an unknown outcome
// may have counted.
func cancelledMeanwhile(e *env) {
	s := e.create(driver.Doc{})
	var acked, unknown atomic.Int64
	contend(func(i, _ int) {
		ctx, cancel := context.WithTimeout(e.ctx, time.Duration(rand.IntN(2000))*time.Microsecond)
		defer cancel()
		_, err := s.client(i).Update(ctx, e.now, s.key, &driver.Update{Ops: []driver.Op{inc("n", `1`)}})
		switch {
		case err == nil:
			acked.Add(1)
		case errors.Is(err, driver.ErrUnknownOutcome):
			unknown.Add(1)
		case !errors.Is(err, context.DeadlineExceeded):
			s.Errorf("Update: error is %v, want one that matches %q", err, context.DeadlineExceeded)
		}
	})
	rec, err := s.client(0).Load(e.ctx, e.now, s.key) // once: what is still under way may count in between
	e.ok(err)
	got := rec.Data.Get("n").Int()
	if got < acked.Load() || got > acked.Load()+unknown.Load() {
		s.Errorf("%d updates counted; %d were acknowledged and of %d the outcome is unknown", got, acked.Load(), unknown.Load())
	}
	e.Logf("%d acknowledged, %d unknown, of %d", acked.Load(), unknown.Load(), workers*rounds)
	s.apply(0, &driver.Update{Ops: []driver.Op{inc("m", `1`)}}) // and the store goes on
}
