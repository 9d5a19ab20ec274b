package drivertest

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var expiryCases = []testCase{
	{"moment", "a session lives until just before it expires, and is gone at that millisecond, swept or not", expiryMoment},
	{"extended", "a session that is used lives on", expiryExtended},
	{"late use", "a slow request must not shorten the life that a faster one has given the session", expiryLateUse},
	{"lowered", "a shorter bound reaches every session at its next use, or an old one would live on for as long as it ever could", expiryLowered},
	{"lifetime", "a session with a time of its own lives no longer than that after a use, and no longer than all may", expiryLifetime},
	{"no use", "what is done to a session by others must not make it look used, nor let it live longer", expiryNoUse},
	{"short", "the times of a session are kept to the millisecond", expiryShort},
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
		s.update(now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: lifetime})
		s.check(now.Add(lifetime - time.Millisecond))
		s.check(now.Add(lifetime))
	}
}

func expiryLateUse(e *env) {
	s := e.create(doc(`{"a":1}`))
	s.update(e.after(2*time.Hour), &driver.Update{MaxAge: 3 * lifetime})
	for _, now := range []time.Time{e.after(time.Hour), e.after(2*time.Hour - time.Millisecond), e.after(2 * time.Hour), e.now, e.after(-time.Hour)} {
		for _, u := range []*driver.Update{
			{},
			{Ops: []driver.Op{inc("a", `1`), currentDate("t")}},
			{Renew: new(newVerifier())},
			{User: new("ann"), Renew: new(newVerifier()), Ops: []driver.Op{inc("a", `1`)}},
			{Attrs: driver.Attrs{"label": "Firefox"}},
		} {
			u.MaxAge = 3 * lifetime // from the time of the last use, which was later
			s.update(now, u)
		}
	}
	s.update(e.after(time.Hour), &driver.Update{MaxAge: lifetime}) // neither does a late use miss a shorter bound
	s.update(e.after(time.Hour), &driver.Update{MaxAge: 3 * lifetime})
	e.listed("ann", s)
	s.check(e.after(3*lifetime + 2*time.Hour - time.Millisecond))
	s.check(e.after(3*lifetime + 2*time.Hour))
}

func expiryLowered(e *env) {
	s := e.create(doc(`{"a":1}`))
	s.update(e.now, &driver.Update{MaxAge: 9 * lifetime, User: new("ann")})
	for i, age := range []time.Duration{3 * lifetime, 3*lifetime - 2*time.Hour, lifetime, 2 * lifetime, 8 * time.Hour, 8 * time.Hour, lifetime, 7 * time.Hour} {
		now := e.after(time.Duration(i) * time.Hour)
		u := &driver.Update{MaxAge: age}
		if i%2 == 1 {
			u.Ops = []driver.Op{inc("a", `1`)}
		}
		s.update(now, u)
		e.listed("ann", s)
		s.check(now.Add(age - time.Millisecond))
		s.check(now.Add(age))
	}
	s.update(e.after(14*time.Hour), &driver.Update{MaxAge: lifetime}) // it has ended at that moment
	s.check(e.after(14 * time.Hour))
}

func expiryLifetime(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.User, r.Lifetime = "ann", 2*lifetime
	s := e.insert(k, r)
	for i, u := range []*driver.Update{
		{MaxAge: 3 * lifetime}, // the shorter of the two
		{MaxAge: 2 * lifetime},
		{MaxAge: lifetime},
		{MaxAge: 3 * lifetime, Lifetime: 4 * lifetime}, // in the same step
		{MaxAge: 3 * lifetime, Lifetime: lifetime + time.Millisecond},
		{Lifetime: 9 * lifetime}, // from the next use on
		{Ops: []driver.Op{inc("a", `1`)}},
		{MaxAge: 5 * lifetime, Ops: []driver.Op{inc("a", `1`)}},
		{Lifetime: 2 * lifetime, Renew: new(newVerifier()), User: new("ann")},
		{MaxAge: 5 * lifetime},
		{MaxAge: longLife, Lifetime: longLife, Deadline: e.after(4 * lifetime)},
		{MaxAge: longLife, Lifetime: lifetime, Renew: new(newVerifier()), Attrs: driver.Attrs{"label": "Firefox"}},
	} {
		now := e.after(time.Duration(i) * time.Minute)
		s.update(now, u)
		e.listed("ann", s)
		s.check(now)
	}
	s.update(e.now, &driver.Update{MaxAge: longLife, Lifetime: 2 * lifetime, User: new("")}) // a late use, too, sets it
	s.check(s.want.Expires.Add(-time.Millisecond))
	s.check(s.want.Expires)

	k, r = e.record(doc(`{"a":1}`)) // which its creator lets live for longer at first
	r.Lifetime = lifetime / 2
	s = e.insert(k, r)
	s.update(e.after(time.Hour), &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	s.update(e.after(time.Hour), &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: lifetime})
}

func expiryNoUse(e *env) {
	s := e.create(doc(`{"a":1,"b":"x"}`))
	s.update(e.after(time.Minute), &driver.Update{MaxAge: lifetime})
	for _, now := range []time.Time{e.after(time.Hour), e.now, e.after(lifetime)} {
		for _, u := range []*driver.Update{
			{},
			{Ops: []driver.Op{inc("a", `1`), push("c.l", `1`)}},
			{Ops: []driver.Op{take("b"), currentDate("t")}},
			{If: []driver.Condition{cond("a", driver.Gt, `0`)}, Ops: []driver.Op{set("b", `1`)}},
			{Renew: new(newVerifier()), User: new("ann")},
			{Renew: new(newVerifier()), Ops: []driver.Op{inc("a", `1`)}},
			{Attrs: driver.Attrs{"label": "Firefox"}},
			{Lifetime: 3 * lifetime},
			{Lifetime: time.Hour},
			{Deadline: e.after(9 * lifetime)},
		} {
			s.update(now, u)
		}
		e.listed("ann", s)
	}
	s.check(e.after(lifetime + time.Minute - time.Millisecond))
	s.check(e.after(lifetime + time.Minute))
	s.update(e.after(lifetime+time.Minute), &driver.Update{})
}

// expiryShort has lives that are short, but end in the future of whatever clock a server has.
func expiryShort(e *env) {
	for _, u := range []*driver.Update{
		{MaxAge: time.Millisecond},
		{MaxAge: lifetime, Lifetime: time.Millisecond},
		{MaxAge: time.Millisecond, Lifetime: time.Millisecond},
		{MaxAge: lifetime, Deadline: e.after(lifetime/2 + time.Millisecond)},
	} {
		s := e.create(doc(`{"a":1}`))
		now := e.after(lifetime / 2)
		s.update(now, u)
		s.check(now)
		s.check(now.Add(time.Millisecond))
		s.update(now.Add(time.Millisecond), &driver.Update{MaxAge: lifetime, Lifetime: lifetime})
		s.update(now, &driver.Update{MaxAge: 999 * time.Millisecond, Lifetime: 1001 * time.Millisecond})
		s.update(now.Add(500*time.Millisecond), &driver.Update{MaxAge: 1001 * time.Millisecond})
		s.check(s.want.Expires.Add(-time.Millisecond))
		s.check(s.want.Expires)
	}
}

func expiryDeadline(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.Deadline = e.after(2 * lifetime)
	s := e.insert(k, r)
	s.update(e.now, &driver.Update{MaxAge: 2*lifetime - time.Millisecond})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: 9 * lifetime})
	s.update(e.now, &driver.Update{Renew: new(newVerifier()), User: new("ann"), MaxAge: 9 * lifetime})
	s.update(e.now, &driver.Update{MaxAge: lifetime})
	s.update(e.now, &driver.Update{MaxAge: 2 * lifetime})
	s.update(e.after(lifetime), &driver.Update{MaxAge: lifetime + time.Millisecond})
	s.update(e.after(2*lifetime-time.Millisecond), &driver.Update{MaxAge: 9 * lifetime})
	s.check(e.after(2*lifetime - time.Millisecond))
	s.check(e.after(2 * lifetime))
	s.update(e.after(2*lifetime), &driver.Update{MaxAge: 9 * lifetime})
}

func expiryNewDeadline(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.Deadline = e.after(lifetime + time.Hour)
	s := e.insert(k, r)
	v := newVerifier()
	s.update(e.now, &driver.Update{MaxAge: 9 * lifetime}) // as far as the first lets it
	s.update(e.now, &driver.Update{Renew: &v, User: new("ann"), Deadline: e.after(3 * lifetime), MaxAge: 2 * lifetime})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: 9 * lifetime})
	e.listed("ann", s)
	s.update(e.now, &driver.Update{Deadline: e.after(4 * lifetime)}) // extends nothing by itself
	s.update(e.now, &driver.Update{Deadline: e.after(2 * lifetime)}) // nothing outlives it
	e.listed("ann", s)
	s.check(e.after(2*lifetime - time.Millisecond))
	s.check(e.after(2 * lifetime))
	s.update(e.after(2*lifetime), &driver.Update{Deadline: e.after(5 * lifetime), MaxAge: 5 * lifetime})

	s = e.create(doc(`{"a":1}`)) // with none so far
	s.update(e.now, &driver.Update{Deadline: e.after(2 * lifetime), Ops: []driver.Op{inc("a", `1`)}})
	s.update(e.now, &driver.Update{MaxAge: 3 * lifetime})
	s.check(e.after(2 * lifetime))
}

func expiryNoRevival(e *env) {
	s := e.create(doc(`{"a":1}`))
	v := newVerifier()
	for i := range 2 {
		now := e.after(lifetime + time.Duration(i)*lifetime)
		s.update(now, &driver.Update{Ops: []driver.Op{set("a", `2`)}, MaxAge: 9 * lifetime, Lifetime: 9 * lifetime})
		s.update(now, &driver.Update{Renew: &v, User: new("ann"), MaxAge: 9 * lifetime, Deadline: e.after(9 * lifetime)})
		s.check(now)
		e.listed("ann")
	}
}
