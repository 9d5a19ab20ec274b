package drivertest

import (
	"cmp"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var contentionEndCases = []testCase{
	{"renew", "a login must not lose the updates that are under way, nor let the old secret write after it", contendRenew},
	{"renew once", "of those who renew from one secret exactly one gets the session", contendRenewOnce},
	{"delete", "updates that race a logout must not bring the session back", contendDelete},
	{"delete once", "exactly one logout ends the session", contendDeleteOnce},
}

// counter lets workers increment n in s and bind it to the user until the store no longer knows it.
type counter struct {
	acked   atomic.Int64
	refusal error // what the store answers in the end, ErrNotFound if nil
	// dead is set once the key is known to be refused: whoever starts after that must not succeed.
	dead atomic.Bool
}

func (c *counter) run(s *session, i int, k driver.Key, user string) {
	u := &driver.Update{Ops: []driver.Op{inc("n", `1`)}, Expires: s.after(2 * lifetime), User: &user}
	for ; s.ctx.Err() == nil; runtime.Gosched() { // a store in memory would let nobody else in
		late := c.dead.Load()
		_, err := s.client(i).Update(s.ctx, s.now, k, u)
		switch {
		case err == nil && late:
			s.Error("an update succeeded that began after its key was dead")
			return
		case err == nil:
			c.acked.Add(1)
		case sameError(err, cmp.Or(c.refusal, driver.ErrNotFound)):
			return
		default:
			s.Errorf("Update under contention: %v", err)
			return
		}
	}
}

// end waits until the workers have got going, and calls f to end what they work at.
func (c *counter) end(s *session, f func() error) {
	for c.acked.Load() < 2*workers && s.ctx.Err() == nil && !s.Failed() {
		time.Sleep(time.Millisecond)
	}
	if err := f(); err != nil {
		s.Errorf("under contention: %v", err)
	}
	c.dead.Store(true)
}

func contendRenew(e *env) {
	for turn := range rounds / 2 {
		s := e.create(doc(`{"n":0}`))
		old, v := s.key, newVerifier()
		c := counter{refusal: driver.ErrRenewed}
		parallel(workers, func(i int) {
			if i > 0 {
				c.run(s, i, old, "ann")
				return
			}
			c.end(s, func() error {
				_, err := s.client(turn).Update(s.ctx, s.now, old, &driver.Update{Renew: &v, Ops: []driver.Op{set("login", `true`)}})
				return err
			})
		})
		s.key.Verifier = v
		d := s.stored()
		s.holds(d, "n", driver.IntValue(c.acked.Load()))
		s.holds(d, "login", driver.BoolValue(true))
	}
}

func contendRenewOnce(e *env) {
	for range rounds {
		s := e.create(driver.Doc{})
		var verifiers [workers]driver.Verifier
		var won [workers]bool
		parallel(workers, func(i int) {
			verifiers[i] = newVerifier()
			_, err := s.apply(i, &driver.Update{Renew: &verifiers[i], Ops: []driver.Op{inc("n", `1`)}}, driver.ErrRenewed)
			won[i] = err == nil
		})
		winners := 0
		for i, v := range verifiers {
			_, err := s.client(i).Load(s.ctx, s.now, driver.Key{ID: s.key.ID, Verifier: v})
			if won[i] {
				winners++
				s.fails("Load with the secret of the winner", err, nil)
			} else {
				s.fails("Load with the secret of a loser", err, driver.ErrNotFound)
			}
		}
		if winners != 1 {
			s.Errorf("%d of %d renewed from the same secret, want exactly one", winners, workers)
		}
	}
}

func contendDelete(e *env) {
	for turn := range rounds / 2 {
		s := e.create(doc(`{"n":0}`))
		var c counter
		parallel(workers, func(i int) {
			if i > 0 {
				c.run(s, i, s.key, "ann")
				return
			}
			c.end(s, func() error { return s.client(turn).Delete(s.ctx, s.now, s.key) })
		})
		s.gone = true
		s.check(e.now)
		s.check(e.now)
		e.listed("ann")
	}
}

func contendDeleteOnce(e *env) {
	for range rounds {
		s := e.create(driver.Doc{})
		var winners atomic.Int32
		parallel(workers, func(i int) {
			switch err := s.client(i).Delete(s.ctx, s.now, s.key); {
			case err == nil:
				winners.Add(1)
			case !sameError(err, driver.ErrNotFound):
				s.Errorf("Delete under contention: %v", err)
			}
		})
		if n := winners.Load(); n != 1 {
			s.Errorf("%d of %d deleted the record, want exactly one", n, workers)
		}
		s.gone = true
		s.check(e.now)
	}
}
