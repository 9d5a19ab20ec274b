package drivertest

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var userRaceCases = []testCase{
	{"delete all", "after \"log out everywhere\" no session of before may be alive, whatever its requests were doing", raceDeleteAll},
	{"rebind", "a session that changes hands under load is in one list only", raceRebind},
	{"delete moved", "nobody ends a session that is no longer his", raceDeleteMoved},
}

// raceDeleteAll deletes all sessions of a user, through both clients at once, while each of them is updated, extended and
// renewed, and while others are created and bound. Those of before must be gone; the new ones may have been caught or
// not, but wholly.
func raceDeleteAll(e *env) {
	const before = 12
	for range rounds / 2 {
		var old [before]*session
		for i := range old {
			old[i] = e.insertFor("ann", lifetime)
		}
		var fresh [2 * before][]*session
		var started, done atomic.Int32
		parallel(3*before+2, func(i int) {
			switch {
			case i < before:
				e.keepAlive(old[i], i, &started, &done)
			case i < 3*before:
				fresh[i-before] = e.logIn("ann", i, i < 2*before, &done)
			default:
				for started.Load() < before && e.ctx.Err() == nil && !e.Failed() {
					time.Sleep(time.Millisecond)
				}
				if _, err := e.deleteAll(i, e.now, driver.Selection{User: "ann"}); err != nil {
					e.Errorf("DeleteMany under contention: %v", err)
				}
				done.Store(1)
			}
		})
		for _, s := range old {
			s.gone = true
			s.check(e.now)
		}
		e.agreed("ann", slices.Concat(fresh[:]...))
		_, err := e.deleteAll(0, e.now, driver.Selection{User: "ann"})
		e.ok(err)
		e.listed("ann")
	}
}

// logIn makes sessions of the user until done is set, a few at most: it creates them so, or binds them afterwards.
func (e *env) logIn(user string, i int, bind bool, done *atomic.Int32) []*session {
	var all []*session
	for done.Load() == 0 && e.ctx.Err() == nil && len(all) < 8 {
		k, r := e.record(doc(`{"a":1}`))
		if !bind {
			r.User = user
		}
		if err := e.client(i).Create(e.ctx, k.Verifier, r); err != nil {
			e.Errorf("Create under contention: %v", err)
			return all
		}
		s := &session{env: e, key: k, want: r}
		all = append(all, s)
		if bind {
			s.apply(i, &driver.Update{User: &user})
		}
	}
	return all
}

// keepAlive updates, extends and renews s until the store no longer knows it. It leaves its last key in s.
func (e *env) keepAlive(s *session, i int, started, done *atomic.Int32) {
	for step := 0; e.ctx.Err() == nil; step++ {
		runtime.Gosched() // a store in memory would let nobody else in
		late := done.Load() == 1
		v := newVerifier()
		u := &driver.Update{
			Ops: []driver.Op{inc("a", `1`)}, User: new("ann"), MaxAge: 2*lifetime + time.Duration(step)*time.Millisecond,
		}
		if step%3 == 2 {
			u.Renew = &v
		}
		if _, err := s.apply(i, u, driver.ErrNotFound); err != nil {
			if step == 0 {
				started.Add(1)
			}
			return
		}
		if late {
			e.Error("a session was updated after all sessions of its user were deleted")
			return
		}
		if u.Renew != nil {
			s.key.Verifier = v
		}
		if step == 0 {
			started.Add(1)
		}
	}
}

// agreed expects the list of the user to be those of the sessions that say they are the user's.
func (e *env) agreed(user string, all []*session) {
	e.Helper()
	var live []*session
	for _, s := range all {
		rec, err := s.store().Load(e.ctx, e.now, s.key)
		switch {
		case err == nil && rec.User == user:
			s.want = rec
			live = append(live, s)
		case err != nil && !sameError(err, driver.ErrNotFound):
			e.Errorf("Load: %v", err)
		}
	}
	e.listed(user, live...)
}

func raceRebind(e *env) {
	s := e.create(doc(`{"n":0}`))
	users := []string{"ann", "bob", "eve", ""}
	contend(func(i, round int) {
		s.apply(i, &driver.Update{Ops: []driver.Op{inc("n", `1`)}, User: new(users[(i+round)%len(users)])})
	})
	s.holds(s.stored(), "n", driver.IntValue(workers*rounds))
	for _, user := range users[:3] {
		e.agreed(user, []*session{s})
	}
}

func raceDeleteMoved(e *env) {
	for range rounds {
		s := e.insertFor("ann", lifetime)
		var moved, deleted atomic.Int32
		parallel(8, func(i int) {
			if i == 4 {
				if _, err := s.apply(i, &driver.Update{User: new("bob")}, driver.ErrNotFound); err == nil {
					moved.Add(1)
				}
			} else if s.client(i).Delete(s.ctx, s.now, driver.UserKey(s.key.ID, "ann")) == nil {
				deleted.Add(1)
			}
		})
		if moved.Load()+deleted.Load() != 1 {
			s.Errorf("moved %d times and deleted %d times", moved.Load(), deleted.Load())
		}
	}
}
