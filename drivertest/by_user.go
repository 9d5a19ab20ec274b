package drivertest

import (
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var byUserCases = []testCase{
	{"guard", "who acts for a user reaches the sessions of that user, and nobody else's", byUserGuard},
	{"rebound", "a session that has changed hands is no longer the one before's to change", byUserRebound},
	{"renewed", "who acts for a user needs no secret, and learns nothing about any", byUserRenewed},
	{"update", "what is done to a session from outside is what is done to it from inside", byUserUpdate},
	{"no use", "what is done to a session from another device must neither keep it alive nor make it look used", byUserNoUse},
	{"revoke race", "a session that was ended from another device stays ended, whatever is done to it from there", raceByUserRevoke},
	{"rebind race", "what is meant for a user's session never lands on the session of another", raceByUserRebind},
	{"renew race", "a sign-in must not lose what is done from outside meanwhile, nor its own secret to it", raceByUserRenew},
}

func byUserGuard(e *env) {
	for _, owner := range []string{"ann", ""} {
		s := e.insertFor(owner, lifetime)
		s.update(e.now, &driver.Update{Attrs: driver.Attrs{"label": "Firefox"}})
		for i := range 2 {
			rec, err := e.load(e.client(i), e.now, driver.UserKey(s.key.ID, owner))
			e.fails("Load by its user", err, nil)
			if diff := diffRecords(rec, s.want); diff != "" {
				e.Errorf("Load by its user:%s", diff)
			}
		}
		for _, user := range []string{"ann", "bob", "", "Ann", "ann ", "an", "0", "null"} {
			if user != owner {
				e.refused(driver.UserKey(s.key.ID, user), e.now, driver.ErrNotFound)
			}
		}
		by := driver.UserKey(s.key.ID, owner)
		by.Verifier = s.key.Verifier // which does not matter
		_, err := s.store().Update(e.ctx, e.now, by, &driver.Update{})
		e.fails("Update by its user, with its verifier", err, nil)
		s.check(e.now)

		k := s.key // neither does the user where the key is not by it
		k.User = "bob"
		_, err = s.store().Load(e.ctx, e.now, k)
		e.fails("Load by its verifier", err, nil)

		for _, at := range []time.Time{e.after(lifetime), e.after(2 * lifetime)} { // nobody revives it
			e.refused(driver.UserKey(s.key.ID, owner), at, driver.ErrNotFound)
		}
		s.check(e.now)
		e.ok(s.store().Delete(e.ctx, e.now, driver.UserKey(s.key.ID, owner)))
		for _, user := range []string{"ann", "bob", ""} {
			e.refused(driver.UserKey(s.key.ID, user), e.now, driver.ErrNotFound)
			e.refused(driver.UserKey(newKey().ID, user), e.now, driver.ErrNotFound)
		}
		e.listed("ann")
	}
	for i, user := range someUsers {
		s := e.insertFor(user, lifetime)
		s.updateAs(driver.UserKey(s.key.ID, user), e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
		s.updateAs(driver.UserKey(s.key.ID, someUsers[(i+1)%len(someUsers)]), e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	}
}

func byUserRebound(e *env) {
	s := e.create(doc(`{"a":1}`))
	for i, user := range []string{"ann", "bob", "", "ann", "bob"} {
		before := driver.UserKey(s.key.ID, s.want.User)
		if i%2 == 0 {
			s.update(e.now, &driver.Update{User: &user, Ops: []driver.Op{inc("a", `1`)}})
		} else { // by who has it, to whom gets it
			s.updateAs(before, e.now, &driver.Update{User: &user, Ops: []driver.Op{inc("a", `1`)}})
		}
		e.refused(before, e.now, driver.ErrNotFound)
		s.updateAs(driver.UserKey(s.key.ID, user), e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
		s.check(e.now)
	}
}

func byUserRenewed(e *env) {
	s := e.insertFor("ann", lifetime)
	by := driver.UserKey(s.key.ID, "ann")
	for i := range 3 {
		now := e.after(time.Duration(i) * time.Minute)
		s.renew(now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
		s.updateAs(by, now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
		s.updateAs(by, now.Add(2*driver.RenewalWindow), &driver.Update{Attrs: driver.Attrs{"label": fmt.Sprint(i)}})
		e.refused(driver.UserKey(s.key.ID, "bob"), now, driver.ErrNotFound)
		e.refused(driver.UserKey(s.key.ID, ""), now.Add(2*driver.RenewalWindow), driver.ErrNotFound)
	}
	// A renewal by a user's key is one: the secret of before is remembered, and what the renewal did.
	for _, user := range []string{"", "ann"} {
		s := e.insertFor(user, lifetime)
		old := s.key
		s.updateAs(driver.UserKey(s.key.ID, user), e.now, &driver.Update{Renew: new(newVerifier()), User: new("ann")})
		if user == "" {
			s.opens(old, e.now)
		} else {
			e.refused(old, e.now, driver.ErrRenewed)
		}
		s.replayed(old, e.after(driver.RenewalWindow))
		s.check(e.now)
	}
}

func byUserUpdate(e *env) {
	for _, owner := range []string{"ann", ""} {
		s := e.insertFor(owner, lifetime)
		by := driver.UserKey(s.key.ID, owner)
		for _, ops := range waysToUpdate {
			s.updateAs(by, e.now, &driver.Update{Ops: ops})
			s.updateAs(driver.UserKey(s.key.ID, "bob"), e.now, &driver.Update{Ops: ops})
			s.updateAs(by, e.now, &driver.Update{Ops: []driver.Op{inc("c.x", `1`), push("a.b", `1`)}, Attrs: driver.Attrs{"label": "Firefox"}})
		}
		s.updateAs(by, e.now, &driver.Update{Ops: []driver.Op{take("c"), inc("n", `1`)}, Authenticated: e.now})
		s.updateAs(by, e.now, &driver.Update{If: []driver.Condition{cond("n", driver.Eq, `2`)}, Ops: []driver.Op{inc("n", `1`)}})
		s.updateAs(by, e.now, &driver.Update{If: []driver.Condition{cond("n", driver.Eq, `1`)}, AuthenticatedSince: e.now})
		s.updateAs(by, e.after(time.Hour), &driver.Update{MaxAge: 2 * lifetime, Lifetime: 3 * lifetime, Deadline: e.after(4 * lifetime)})
		s.updateAs(by, e.after(time.Hour), e.everything(owner))
		s.updateAs(by, e.after(time.Hour), &driver.Update{User: new("bob")})
		s.updateAs(by, e.after(time.Hour), &driver.Update{Ops: []driver.Op{inc("n", `1`)}})
		e.listed("bob", s)
		e.listed("ann")
		e.ok(s.store().Delete(e.ctx, e.now, driver.UserKey(s.key.ID, "bob")))
	}
}

func byUserNoUse(e *env) {
	s := e.insertFor("ann", lifetime)
	s.update(e.after(time.Minute), &driver.Update{MaxAge: lifetime})
	by := driver.UserKey(s.key.ID, "ann")
	for _, now := range []time.Time{e.after(time.Hour), e.now, e.after(lifetime)} {
		for _, u := range []*driver.Update{
			{},
			{Ops: []driver.Op{inc("a", `1`)}},
			{Ops: []driver.Op{sorted}},
			{Attrs: driver.Attrs{"label": "Firefox"}},
			{Authenticated: e.now},
			{Lifetime: 3 * lifetime},
			{Deadline: e.after(9 * lifetime)},
		} {
			s.updateAs(by, now, u)
		}
		_, err := s.store().Load(e.ctx, now, by)
		e.fails("Load by its user", err, nil)
		e.listed("ann", s)
	}
	s.check(e.after(lifetime + time.Minute - time.Millisecond))
	s.check(e.after(lifetime + time.Minute))
	s.updateAs(by, e.after(lifetime+time.Minute), &driver.Update{MaxAge: lifetime})
}

func raceByUserRevoke(e *env) {
	for turn := range rounds / 2 {
		s := e.insertFor("ann", lifetime)
		by := driver.UserKey(s.key.ID, "ann")
		var c counter
		parallel(workers, func(i int) {
			switch {
			case i%2 == 1:
				c.run(s, i, by)
			case i > 0:
				c.run(s, i, s.key)
			case turn%2 == 0:
				c.end(s, func() error { return s.client(turn/2).Delete(s.ctx, s.now, by) })
			default:
				c.end(s, func() error { return s.client(turn/2).Delete(s.ctx, s.now, s.key) })
			}
		})
		s.gone = true
		s.check(e.now)
		e.refused(by, e.now, driver.ErrNotFound)
		e.listed("ann")
	}
}

// note notes a number in the step of the update.
func note(n int) driver.Op { return push("notes", strconv.Itoa(n)) }

// raceByUserRebind has a session change hands while others act for those who have it. Each notes who it was, in the step in which
// it is made: so the notes are in the order of what has happened.
func raceByUserRebind(e *env) {
	s := e.insertFor("ann", lifetime)
	users := []string{"ann", "bob", "eve", ""}
	var acked atomic.Int32
	contend(func(i, round int) {
		n := (i + round) % len(users)
		k, u := driver.UserKey(s.key.ID, users[n]), &driver.Update{Ops: []driver.Op{note(n)}}
		switch i % 4 {
		case 0:
			k, u = s.key, &driver.Update{User: &users[n], Ops: []driver.Op{note(10 + n)}}
		case 1:
			u.Ops = append(u.Ops, sorted)
		}
		_, err := s.client(i).Update(e.ctx, e.now, k, u)
		switch {
		case err == nil:
			acked.Add(1)
		case !k.ByUser || !sameError(err, driver.ErrNotFound):
			s.Errorf("Update %s under contention: %v", describe(u), err)
		}
		runtime.Gosched()
	})
	notes, owner := s.stored().Get("notes").Elems(), 0
	for i, v := range notes {
		if n := int(v.Int()); n >= 10 {
			owner = n - 10
		} else if n != owner {
			s.Errorf("change %d was for %q, and the session belonged to %q", i, users[n], users[owner])
		}
	}
	if len(notes) != int(acked.Load()) {
		s.Errorf("%d changes are noted, %d were acknowledged", len(notes), acked.Load())
	}
	for _, user := range users[:3] {
		e.agreed(user, []*session{s})
	}
}

func raceByUserRenew(e *env) {
	s := e.insertFor("ann", lifetime)
	by := driver.UserKey(s.key.ID, "ann")
	var done atomic.Bool
	var acked atomic.Int64
	parallel(workers, func(i int) {
		if i == 0 {
			defer done.Store(true)
			for n := range 2 * rounds {
				v := newVerifier()
				if _, err := s.apply(n, &driver.Update{Renew: &v, User: new("ann"), Ops: []driver.Op{inc("renewed", `1`)}}); err != nil {
					return
				}
				s.key.Verifier = v
				runtime.Gosched()
			}
			return
		}
		for again := true; again && e.ctx.Err() == nil; runtime.Gosched() {
			again = !done.Load()
			if _, err := e.client(i).Update(e.ctx, e.now, by, &driver.Update{Ops: []driver.Op{inc("a", `1`)}}); err != nil {
				s.Errorf("Update by the user under contention: %v", err)
				return
			}
			acked.Add(1)
		}
	})
	d := s.stored()
	s.holds(d, "a", driver.IntValue(1+acked.Load()))
	s.holds(d, "renewed", driver.IntValue(2*rounds))
}
