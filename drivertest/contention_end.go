package drivertest

import (
	"cmp"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var contentionEndCases = []testCase{
	{"delete or renew", "a logout with the old secret must not end the session that a login has just renewed", contendDeleteRenew},
	{"whole", "nobody may see a login half done, nor what came after it by the old secret", contendWhole},
	{"renew", "a login must not lose the updates that are under way, nor let the old secret write after it", contendRenew},
	{"renew once", "of those who renew from one secret exactly one gets the session", contendRenewOnce},
	{"sign-in", "of those who sign in at once one does, and the others are handed what is in the session, whole", contendSignIn},
	{"delete", "updates that race a logout must not bring the session back", contendDelete},
	{"delete once", "exactly one logout ends the session", contendDeleteOnce},
}

// counter lets workers increment n in s and bind it to ann until the store no longer knows it.
type counter struct {
	acked   atomic.Int64
	refusal error // what the store answers in the end, ErrNotFound if nil
	// dead is set once the key is known to be refused: whoever starts after that must not succeed.
	dead atomic.Bool
}

func (c *counter) run(s *session, i int, k driver.Key) {
	u := &driver.Update{Ops: []driver.Op{inc("n", `1`)}, MaxAge: 2 * lifetime, User: new("ann")}
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
				c.run(s, i, old)
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

// contendSignIn has some sign in from one secret, while others load with it: they see the session as nobody's, or somebody's.
func contendSignIn(e *env) {
	for range rounds {
		s := e.create(doc(`{"n":0}`))
		var winners atomic.Int32
		parallel(workers, func(i int) {
			if i%4 == 0 {
				v, user := newVerifier(), fmt.Sprint("u", i)
				u := &driver.Update{Renew: &v, User: &user, Ops: []driver.Op{inc("n", `1`), driver.Set{Path: "by", Value: driver.StringValue(user)}}}
				if _, err := s.apply(i/4, u, driver.ErrRenewed); err == nil {
					winners.Add(1)
				}
			}
			for again := true; again && s.ctx.Err() == nil; runtime.Gosched() {
				again = winners.Load() == 0
				rec, err := s.client(i).Load(s.ctx, s.now, s.key)
				want, n := error(nil), driver.IntValue(0)
				if rec.User != "" {
					want, n = driver.ErrRenewed, driver.IntValue(1)
				}
				if !sameError(err, want) || rec.ID != s.key.ID || rec.Data.Get("by").Str() != rec.User || !driver.Identical(rec.Data.Get("n"), n) {
					s.Errorf("loaded with the secret of before: user %q, %v (error: %v)", rec.User, rec.Data.Text(), err)
					return
				}
			}
		})
		if n := winners.Load(); n != 1 {
			s.Errorf("%d signed in from the same secret, want exactly one", n)
		}
	}
}

func contendDelete(e *env) {
	for turn := range rounds / 2 {
		s := e.create(doc(`{"n":0}`))
		var c counter
		parallel(workers, func(i int) {
			if i > 0 {
				c.run(s, i, s.key)
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

func contendDeleteRenew(e *env) {
	for range rounds {
		s := e.create(driver.Doc{})
		old, v := s.key, newVerifier()
		var renewed, deleted atomic.Int32
		parallel(workers, func(i int) {
			if i == workers/2 {
				if _, err := s.apply(i, &driver.Update{Renew: &v}, driver.ErrNotFound); err == nil {
					renewed.Add(1)
				}
			} else if err := s.client(i).Delete(s.ctx, s.now, old); err == nil {
				deleted.Add(1)
			}
		})
		if renewed.Load()+deleted.Load() != 1 {
			s.Errorf("%d renewals and %d deletions with one secret succeeded, want one of them", renewed.Load(), deleted.Load())
		}
	}
}

func contendWhole(e *env) {
	for range rounds {
		s := e.create(doc(`{"n":"u0"}`))
		s.apply(0, &driver.Update{User: new("u0")})
		old, v := s.key, newVerifier()
		var done atomic.Bool
		parallel(8, func(i int) {
			if i == 0 {
				defer done.Store(true)
				for n := range 20 {
					user := fmt.Sprint("u", n)
					res, _ := s.apply(n, &driver.Update{User: &user, Ops: []driver.Op{driver.Set{Path: "n", Value: driver.StringValue(user)}}})
					if res.User != user {
						s.Errorf("an update to %q answers %q", user, res.User)
					}
				}
				s.apply(0, &driver.Update{Renew: &v, Ops: []driver.Op{set("login", `true`)}})
				return
			}
			for again := true; again && s.ctx.Err() == nil; runtime.Gosched() {
				again = !done.Load()
				rec, err := s.client(i).Load(s.ctx, s.now, old)
				if rec.Data.Get("login").Exists() || rec.Data.Get("n").Str() != rec.User || err != nil && rec.User != "" {
					s.Errorf("loaded with the old secret: user %q, %v", rec.User, rec.Data.Text())
					return
				}
			}
		})
	}
}
