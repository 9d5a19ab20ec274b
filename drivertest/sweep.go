package drivertest

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var sweepCases = []testCase{
	{"batches", "a sweep works in bounded steps, and says when it has come to the end", sweepBatches},
	{"only expired", "what was extended in the meantime is alive and must stay", sweepExtended},
	{"fallen", "a session whose time was cut short is swept when that is over", sweepFallen},
	{"user index", "a swept session leaves nothing behind", sweepUsers},
	{"race", "a sweep that races requests must never remove a session that one of them has extended", sweepRace},
}

// sweep sweeps in batches until none is left and returns how many were removed.
func (e *env) sweep(now time.Time, limit int) int {
	e.Helper()
	total := 0
	for i := 0; ; i++ {
		n, err := e.sweeper(i).Sweep(e.ctx, now, limit)
		e.ok(err)
		if n < 0 || n > limit {
			e.Errorf("Sweep removed %d records, want at most %d", n, limit)
		}
		total += n
		if n < limit {
			return total
		}
	}
}

func sweepBatches(e *env) {
	e.sweep(e.after(100*lifetime), 10) // nothing to do
	for range 250 {
		e.insertFor("ann", time.Hour)
	}
	if n, err := e.sweeper(0).Sweep(e.ctx, e.after(time.Hour), 249); n != 249 || err != nil {
		e.Errorf("removed %d of 250, want 249: %v", n, err)
	}
	e.sweep(e.after(time.Hour), 10)
	for _, count := range []int{0, 1, 3, 4, 10} {
		var dead, live []*session
		for range count {
			dead = append(dead, e.insertFor("ann", time.Hour))
		}
		for range 3 {
			live = append(live, e.insertFor("ann", lifetime))
		}
		if n := e.sweep(e.after(time.Hour-time.Millisecond), 4); n != 0 {
			e.Errorf("%d records removed, and none had expired", n)
		}
		if n := e.sweep(e.after(time.Hour), 4); n > count {
			e.Errorf("%d records removed, and %d had expired", n, count)
		}
		for _, s := range dead { // to a client whose clock is behind they are gone as well
			s.gone = true
			s.check(e.now)
		}
		for _, s := range live {
			s.check(e.now)
			e.ok(s.store().Delete(e.ctx, e.now, s.key))
		}
	}
}

func sweepExtended(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.Expires, r.Deadline = e.after(time.Hour), e.after(2*time.Hour)
	bounded := e.insert(k, r)
	dead, live := e.insertFor("ann", time.Hour), e.insertFor("ann", time.Hour)
	live.update(e.after(time.Minute), &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: 3 * time.Hour})
	bounded.update(e.after(time.Minute), &driver.Update{MaxAge: 3 * time.Hour})
	e.sweep(e.after(2*time.Hour-time.Millisecond), 10)
	dead.gone = true
	for _, s := range []*session{dead, live, bounded} {
		s.check(e.now)
	}
	e.sweep(e.after(2*time.Hour), 10)
	bounded.gone = true
	bounded.check(e.now)
	live.check(e.now)
}

func sweepFallen(e *env) {
	now := e.after(time.Hour)
	bound, live := e.insertFor("ann", 3*lifetime), e.insertFor("ann", 3*lifetime)
	short, old := e.insertFor("ann", 3*lifetime), e.insertFor("ann", 3*lifetime)
	bound.update(now, &driver.Update{MaxAge: time.Hour})
	short.update(now, &driver.Update{MaxAge: lifetime, Lifetime: time.Hour, User: new("bob")})
	old.update(now, &driver.Update{Deadline: e.after(2 * time.Hour)})
	e.listed("ann", bound, live, old)
	e.listed("bob", short)
	e.sweep(e.after(2*time.Hour-time.Millisecond), 10)
	fallen := []*session{bound, short, old}
	for _, s := range append(fallen, live) {
		s.check(e.now)
	}
	e.sweep(e.after(2*time.Hour), 2)
	for _, s := range fallen {
		s.gone = true
		s.check(e.now)
	}
	live.check(e.now)
	e.listed("ann", live)
	e.listed("bob")
}

func sweepUsers(e *env) {
	if _, ok := e.client(0).(driver.Finder); !ok {
		return
	}
	dead, live := e.insertFor("ann", time.Hour), e.insertFor("ann", lifetime)
	moved := e.insertFor("ann", time.Hour)
	moved.update(e.now, &driver.Update{User: new("bob")})
	e.sweep(e.after(time.Hour), 10)
	e.listed("ann", live)
	e.listed("bob")
	for _, s := range []*session{dead, moved} {
		s.gone = true
		s.update(e.now, e.everything("bob"))
	}
	e.listed("bob")
}

// sweepRace extends records at the last moment while they are swept by a clock that is ahead. Each is either extended
// and alive, or swept and gone: never acknowledged and gone.
func sweepRace(e *env) {
	for range rounds / 2 {
		var all [workers]*session
		var extended [workers]bool
		for i := range all {
			all[i] = e.insertFor("ann", time.Hour)
		}
		var left atomic.Int32
		left.Store(workers)
		parallel(workers+2, func(i int) {
			if i < workers {
				defer left.Add(-1)
				s := all[i]
				u := &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: 10 * time.Hour}
				_, err := s.apply(i, u, driver.ErrNotFound)
				extended[i] = err == nil
				return
			}
			for again := true; again && e.ctx.Err() == nil; runtime.Gosched() {
				again = left.Load() > 0
				if _, err := e.sweeper(i).Sweep(e.ctx, e.after(2*time.Hour), 2); err != nil {
					e.Errorf("Sweep under contention: %v", err)
					return
				}
			}
		})
		e.sweep(e.after(2*time.Hour), 100)
		for i, s := range all {
			s.gone = !extended[i]
			if extended[i] {
				s.want.Expires, s.want.Data = e.after(10*time.Hour), doc(`{"a":2}`)
			}
			s.check(e.now)
			s.check(e.after(9 * time.Hour))
		}
	}
}
