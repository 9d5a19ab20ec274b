package drivertest

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var sessionLimitRaceCases = []testCase{
	{"refuse", "of those who sign in at once as many do as may, not one more and not one less", raceLimitRefuse},
	{"end", "of those who sign in at once all do, and as many stay as may", raceLimitEnd},
	{"ends", "whatever ends sessions meanwhile, there are never too many, and none comes back", raceLimitEnds},
}

// nobodys returns n sessions of nobody.
func (e *env) nobodys(n int) []*session {
	e.Helper()
	list := make([]*session, n)
	for i := range list {
		list[i] = e.create(doc(`{"a":1}`))
	}
	return list
}

// watch lists the user's sessions until done, and expects never to see more than there may be.
func (e *env) watch(i int, user string, most int, done func() bool) {
	finder, ok := e.client(i).(driver.Finder)
	for again := ok; again && e.ctx.Err() == nil; time.Sleep(100 * time.Microsecond) {
		again = !done()
		list, err := finder.List(e.ctx, e.now, user, driver.ID{}, 1000)
		if err != nil || len(list) > most {
			e.Errorf("%d sessions of %q are live, want at most %d (error: %v)", len(list), user, most, err)
			return
		}
	}
}

// live returns how many of the sessions are the user's.
func (e *env) live(user string, all []*session) int {
	e.Helper()
	n := 0
	for i, s := range all {
		if _, err := e.client(i).Load(e.ctx, e.now, driver.UserKey(s.key.ID, user)); !sameError(err, driver.ErrNotFound) {
			e.ok(err)
			n++
		}
	}
	return n
}

func raceLimitRefuse(e *env) {
	for round := range rounds {
		most, user := 1+round%4, fmt.Sprint("user ", round)
		all := e.nobodys(workers)
		var signedIn, left atomic.Int32
		left.Store(workers)
		parallel(workers+2, func(i int) {
			if i >= workers {
				e.watch(i, user, most, func() bool { return left.Load() == 0 })
				return
			}
			defer left.Add(-1)
			u := &driver.Update{User: &user, SessionLimit: driver.SessionLimit{Max: most}, Ops: []driver.Op{inc("a", `1`)}}
			if i%4 == 0 {
				u.Ops = append(u.Ops, sorted)
			}
			if _, err := all[i].apply(i, u, driver.ErrTooManySessions); err == nil {
				signedIn.Add(1)
			}
		})
		if n := e.live(user, all); n != most || signedIn.Load() != int32(most) {
			e.Errorf("%d of %d have signed in, and %d are live, want %d", signedIn.Load(), workers, n, most)
		}
		if n := e.live("", all); n != workers-most {
			e.Errorf("%d are nobody's still, want %d", n, workers-most)
		}
		e.agreed(user, all)
	}
}

func raceLimitEnd(e *env) {
	for round := range rounds {
		most, user := 1+round%4, fmt.Sprint("user ", round)
		all := e.nobodys(workers)
		var left atomic.Int32
		left.Store(workers)
		parallel(workers+2, func(i int) {
			if i >= workers {
				e.watch(i, user, most, func() bool { return left.Load() == 0 })
				return
			}
			defer left.Add(-1)
			v := newVerifier()
			s := all[i]
			_, err := e.client(i).Update(e.ctx, e.after(time.Duration(i)*time.Millisecond), s.key, &driver.Update{
				User: &user, SessionLimit: driver.SessionLimit{Max: most, End: true}, Renew: &v, Authenticated: e.now, MaxAge: lifetime,
			})
			if err != nil {
				e.Errorf("a sign-in that ends others: %v", err)
			}
			s.key.Verifier = v
		})
		if n := e.live(user, all); n != most {
			e.Errorf("%d of %d are live, want %d", n, workers, most)
		}
		e.agreed(user, all)
	}
}

// raceLimitEnds has sessions be ended in every other way while others sign in: all of them, single ones, and by their time. Half
// of the clocks are behind: who is live by the one that is ahead is live by all, so there are never too many of those.
func raceLimitEnds(e *env) {
	behind := e.now
	e.now = e.after(2 * time.Hour)
	for round := range rounds / 2 {
		const most, all = 3, 2 * workers
		end, user := round%2 == 0, fmt.Sprint("user ", round)
		sessions := e.nobodys(all)
		var signedIn [all]atomic.Bool
		var left atomic.Int32
		left.Store(all)
		running := func() bool { return left.Load() > 0 && e.ctx.Err() == nil && !e.Failed() }
		parallel(all+4, func(i int) {
			finder, _ := e.client(i).(driver.Finder)
			switch {
			case i < all:
				defer left.Add(-1)
				u := &driver.Update{User: &user, SessionLimit: driver.SessionLimit{Max: most, End: end}, Ops: []driver.Op{inc("a", `1`)}}
				now := e.now
				if i%2 == 0 {
					now = behind
				}
				if i%3 == 0 {
					u.Deadline = behind.Add(time.Hour)
				}
				_, err := e.client(i/2).Update(e.ctx, now, sessions[i].key, u)
				if err != nil && !sameError(err, driver.ErrTooManySessions) {
					e.Errorf("a sign-in under contention: %v", err)
				}
				signedIn[i].Store(err == nil)
			case i == all:
				e.watch(i, user, most, func() bool { return !running() })
			case i == all+1 && finder != nil:
				for ; running(); time.Sleep(200 * time.Microsecond) {
					if _, _, err := finder.DeleteMany(e.ctx, e.now, driver.Selection{User: user}, driver.ID{}, 10); err != nil {
						e.Errorf("DeleteMany under contention: %v", err)
					}
				}
			default:
				for n := i; running(); n++ {
					k, done := driver.UserKey(sessions[n%all].key.ID, user), signedIn[n%all].Load()
					if err := e.client(n).Delete(e.ctx, e.now, k); err != nil && !sameError(err, driver.ErrNotFound) {
						e.Errorf("Delete under contention: %v", err)
					}
					if _, err := e.client(n+1).Load(e.ctx, e.now, k); done && !sameError(err, driver.ErrNotFound) {
						e.Errorf("Load of a session that had signed in and was ended: error is %v, want ErrNotFound", err)
					}
				}
			}
		})
		if n := e.live(user, sessions); n > most {
			e.Errorf("%d are live, want at most %d", n, most)
		}
		for i, s := range sessions {
			rec, err := e.client(i).Load(e.ctx, e.now, s.key)
			if bound := rec.User == user; err == nil && bound != signedIn[i].Load() {
				e.Errorf("the sign-in was acknowledged: %v; the session is the user's: %v", signedIn[i].Load(), bound)
			}
		}
		e.agreed(user, sessions)
	}
}
