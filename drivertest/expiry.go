package drivertest

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var expiryCases = []testCase{
	{"moment", "a session lives until just before it expires, and is gone at that millisecond, swept or not", expiryMoment},
	{"extended", "a session that is used lives on", expiryExtended},
	{"never back", "a slow request must not shorten the life that a faster one has given the session", expiryNeverBack},
	{"deadline", "nothing extends a session beyond its deadline", expiryDeadline},
	{"new deadline", "who signs in gets the full time from then on, not what an earlier visit has left", expiryNewDeadline},
	{"no revival", "what has expired stays expired, whatever it is asked to become", expiryNoRevival},
}

func expiryMoment(e *env) {
	s := e.create(doc(`{"a":1}`))
	last, end := e.after(lifetime-time.Millisecond), e.after(lifetime)
	s.check(last)
	s.check(end)
	s.check(e.after(10 * lifetime))
	s.update(end, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	s.update(last, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	e.fails("Delete at the moment of expiry", s.store().Delete(e.ctx, end, s.key), driver.ErrNotFound)
	e.ok(s.store().Delete(e.ctx, last, s.key))
}

func expiryExtended(e *env) {
	s := e.create(doc(`{"a":1}`))
	for i := range 4 { // each extension reaches past the one before
		now := e.after(time.Duration(i+1) * (lifetime - time.Hour))
		s.update(now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, Expires: now.Add(lifetime)})
		s.check(now.Add(lifetime - time.Millisecond))
		s.check(now.Add(lifetime))
	}
}

func expiryNeverBack(e *env) {
	s := e.create(doc(`{"a":1}`))
	s.update(e.after(2*time.Hour), &driver.Update{Expires: e.after(3 * lifetime)})
	s.update(e.after(time.Hour), &driver.Update{Ops: []driver.Op{inc("a", `1`), currentDate("t")}, Expires: e.after(2 * lifetime)})
	s.update(e.after(time.Hour), &driver.Update{Expires: e.after(time.Minute)})
	s.update(e.after(-time.Hour), &driver.Update{Expires: e.after(-time.Minute)})
	s.update(e.after(3*time.Hour), &driver.Update{}) // extends nothing
	s.update(e.after(3*time.Hour), &driver.Update{Expires: e.after(3*lifetime + time.Millisecond)})
	for _, u := range []*driver.Update{{Renew: new(newVerifier())}, {User: new("ann")}, {Renew: new(newVerifier()), User: new("bob"), Ops: []driver.Op{inc("a", `1`)}}} {
		u.Expires = e.after(2 * lifetime)
		s.update(e.after(3*time.Hour), u)
	}
	s.check(e.after(3 * lifetime))
}

func expiryDeadline(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.Deadline = e.after(2 * lifetime)
	s := e.insert(k, r)
	s.update(e.now, &driver.Update{Expires: e.after(2*lifetime - time.Millisecond)})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, Expires: e.after(9 * lifetime)})
	s.update(e.now, &driver.Update{Renew: new(newVerifier()), User: new("ann"), Expires: e.after(9 * lifetime)})
	s.update(e.now, &driver.Update{Expires: e.after(lifetime)})
	s.update(e.after(2*lifetime-time.Millisecond), &driver.Update{Expires: e.after(9 * lifetime)})
	s.check(e.after(2*lifetime - time.Millisecond))
	s.check(e.after(2 * lifetime))
	s.update(e.after(2*lifetime), &driver.Update{Expires: e.after(9 * lifetime)})
}

func expiryNewDeadline(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.Deadline = e.after(lifetime + time.Hour)
	s := e.insert(k, r)
	v := newVerifier()
	s.update(e.now, &driver.Update{Expires: e.after(9 * lifetime)}) // as far as the first lets it
	s.update(e.now, &driver.Update{Renew: &v, User: new("ann"), Deadline: e.after(3 * lifetime), Expires: e.after(2 * lifetime)})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, Expires: e.after(9 * lifetime)})
	e.listed("ann", s)
	s.update(e.now, &driver.Update{Deadline: e.after(4 * lifetime)}) // extends nothing by itself
	s.update(e.now, &driver.Update{Deadline: e.after(2 * lifetime)}) // nothing outlives it
	e.listed("ann", s)
	s.check(e.after(2*lifetime - time.Millisecond))
	s.check(e.after(2 * lifetime))
	s.update(e.after(2*lifetime), &driver.Update{Deadline: e.after(5 * lifetime), Expires: e.after(5 * lifetime)})

	s = e.create(doc(`{"a":1}`)) // with none so far
	s.update(e.now, &driver.Update{Deadline: e.after(2 * lifetime), Ops: []driver.Op{inc("a", `1`)}})
	s.update(e.now, &driver.Update{Expires: e.after(3 * lifetime)})
	s.check(e.after(2 * lifetime))
}

func expiryNoRevival(e *env) {
	s := e.create(doc(`{"a":1}`))
	v := newVerifier()
	for i := range 2 {
		now := e.after(lifetime + time.Duration(i)*lifetime)
		s.update(now, &driver.Update{Ops: []driver.Op{set("a", `2`)}, Expires: e.after(9 * lifetime)})
		s.update(now, &driver.Update{Renew: &v, User: new("ann"), Expires: e.after(9 * lifetime)})
		s.check(now)
		e.listed("ann")
	}
}
