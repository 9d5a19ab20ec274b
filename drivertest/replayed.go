package drivertest

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var replayedCases = []testCase{
	{"for all its life", "a secret that was replaced gives away a thief, however much later it comes", replayedLate},
	{"latest alone", "of all secrets that a session had, only the one before the latest tells whose it was", replayedLatest},
	{"race", "what an old secret meets was true at some moment while it was asked, and tells no later user", raceReplayed},
}

func replayedLate(e *env) {
	for _, user := range []string{"", "ann"} {
		s := e.insertFor(user, lifetime)
		old := s.renew(e.now, &driver.Update{MaxAge: 9 * lifetime})
		for i, ops := range waysToUpdate {
			s.replayed(old, e.after(driver.RenewalWindow+time.Duration(i)*lifetime))
			s.update(e.after(time.Hour), &driver.Update{Ops: ops, Attrs: driver.Attrs{"label": fmt.Sprint(i)}, Authenticated: e.now})
		}
		for _, other := range []string{"bob", "", "eve"} {
			s.update(e.after(time.Hour), &driver.Update{User: &other, MaxAge: 9 * lifetime})
			s.replayed(old, e.after(2*time.Hour)) // whose it is
		}
		s.replayed(old, s.want.Expires.Add(-time.Millisecond))
		e.refused(old, s.want.Expires, driver.ErrNotFound)
		u := &driver.Update{ // no reason to refuse an update comes before that
			If: []driver.Condition{cond("x", driver.Eq, `1`)}, Ops: []driver.Op{inc("c.x", `1`)}, AuthenticatedSince: e.after(lifetime),
		}
		s.updateAs(old, e.after(driver.RenewalWindow), u)
		e.ok(s.store().Delete(e.ctx, e.now, s.key))
		e.refused(old, e.after(driver.RenewalWindow), driver.ErrNotFound)
	}
}

func replayedLatest(e *env) {
	s := e.insertFor("ann", lifetime)
	var old []driver.Key
	for i := range 4 {
		now := e.after(time.Duration(i) * time.Minute)
		old = append(old, s.renew(now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}}))
		for _, k := range old[:i] {
			e.strange(k, now)
			e.strange(k, now.Add(driver.RenewalWindow))
		}
		e.refused(old[i], now, driver.ErrRenewed)
		s.replayed(old[i], now.Add(driver.RenewalWindow))
	}
}

// raceReplayed renews a session again and again, each time for another user, while others use the secrets that it has, had, and
// will have.
func raceReplayed(e *env) {
	const renewals = 8
	for turn := range rounds {
		s := e.insertFor("user 0", lifetime)
		keys := []driver.Key{s.key}
		for range renewals {
			keys = append(keys, driver.Key{ID: s.key.ID, Verifier: newVerifier()})
		}
		late := e.after(driver.RenewalWindow)
		var begun, done atomic.Int32
		var acked atomic.Int64
		parallel(workers, func(i int) {
			if i == 0 {
				for n := range renewals {
					begun.Store(int32(n + 1))
					u := &driver.Update{Renew: &keys[n+1].Verifier, User: new(fmt.Sprint("user ", n+1))}
					if _, err := e.client(turn+n).Update(e.ctx, e.now, keys[n], u); err != nil {
						s.Errorf("renewal %d: %v", n+1, err)
					}
					done.Store(int32(n + 1))
					runtime.Gosched()
				}
				return
			}
			n := i % (renewals + 1) // how many renewals make this the key
			for again := true; again && e.ctx.Err() == nil; runtime.Gosched() {
				from := done.Load()
				again = from < renewals
				var rec driver.Record
				var err error
				if i%4 == 0 {
					if _, err = e.client(i).Update(e.ctx, late, keys[n], &driver.Update{Ops: []driver.Op{inc("a", `1`)}}); err == nil {
						acked.Add(1)
					}
				} else {
					rec, err = e.client(i).Load(e.ctx, late, keys[n])
				}
				right := false
				for state := from; state <= begun.Load(); state++ {
					want, user := driver.ErrNotFound, ""
					switch int(state) {
					case n:
						want, user = nil, fmt.Sprint("user ", state)
					case n + 1:
						want, user = driver.ErrReplayed, fmt.Sprint("user ", state)
					}
					right = right || sameError(err, want) && (i%4 == 0 || rec.User == user)
				}
				if !right || err != nil && !rec.Created.IsZero() {
					s.Errorf("the secret after renewal %d, between renewals %d and %d, meets user %q, error %v", n, from, begun.Load(), rec.User, err)
					return
				}
			}
		})
		s.key = keys[renewals]
		s.holds(s.stored(), "a", driver.IntValue(1+acked.Load()))
	}
}
