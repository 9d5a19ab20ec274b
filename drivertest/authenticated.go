package drivertest

import (
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var authenticatedCases = []testCase{
	{"set", "when somebody last proved who they are is set by who asked for the proof, and by nothing else", authenticatedSet},
	{"unbound", "what somebody has proved is worth nothing once the session is nobody's, and nothing for the next", authenticatedUnbound},
	{"since", "who must have signed in of late is asked to, to the millisecond, and whoever never did is as well", authenticatedSince},
	{"since, every way", "no way of making an update may forget who has to sign in again first", authenticatedEveryWay},
	{"same step", "a sign-in cannot count as the one that it needs", authenticatedSameStep},
	{"since and more", "an update that is refused for several reasons changes nothing, and says one of them", authenticatedAndMore},
	{"race", "no change that needs a recent sign-in may slip in beside one that takes that sign-in away", raceAuthenticated},
}

func authenticatedSet(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.User, r.Authenticated = "ann", e.after(-time.Hour)
	created, plain := e.insert(k, r), e.insertFor("ann", lifetime)
	zone := time.FixedZone("", 7200)
	for i, u := range []*driver.Update{
		{},
		{Authenticated: e.now},
		{Ops: []driver.Op{inc("a", `1`)}},
		{Ops: []driver.Op{inc("a", `1`)}, Authenticated: e.after(time.Millisecond)},
		{MaxAge: 2 * lifetime, Lifetime: 3 * lifetime, Deadline: e.after(4 * lifetime)},
		{Authenticated: e.after(-2 * time.Hour)}, // it need not move forwards
		{User: new("ann")},
		{User: new("bob")},
		{User: new("ann"), Authenticated: e.after(time.Hour)},
		{Attrs: driver.Attrs{"label": "Firefox"}},
		{Renew: new(newVerifier())},
		{Renew: new(newVerifier()), User: new("ann"), Authenticated: e.after(time.Minute), Attrs: driver.Attrs{"label": ""}},
		{Authenticated: e.after(time.Second + 999*time.Microsecond).In(zone)},
		{Authenticated: e.after(-20 * 365 * lifetime), Ops: []driver.Op{currentDate("t")}},
		{Ops: []driver.Op{sorted}, Authenticated: e.now},
		{Ops: []driver.Op{inc("t", `1`)}, Authenticated: e.after(time.Hour)}, // fails
	} {
		for _, s := range []*session{created, plain} {
			if u.Renew != nil {
				u.Renew = new(newVerifier())
			}
			s.update(e.after(time.Duration(i)*time.Second), u)
		}
		if created.want.User == "ann" {
			e.listed("ann", created, plain)
		}
	}
}

func authenticatedUnbound(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.Authenticated = e.now // nobody's may have one
	for _, s := range []*session{e.create(doc(`{"a":1}`)), e.insert(k, r)} {
		for _, ops := range append(waysToUpdate, nil, []driver.Op{set("a", `1`)}) {
			s.update(e.now, &driver.Update{User: new("ann"), Authenticated: e.now})
			s.update(e.now, &driver.Update{User: new(""), Ops: ops})
			s.update(e.now, &driver.Update{User: new("bob"), AuthenticatedSince: time.UnixMilli(1)})
			s.update(e.now, &driver.Update{User: new("bob")})
			e.listed("bob", s)
			s.update(e.now, &driver.Update{User: new(""), Authenticated: e.after(time.Second), Renew: new(newVerifier())})
			s.update(e.now, &driver.Update{AuthenticatedSince: e.after(time.Second)})
		}
	}
}

func authenticatedSince(e *env) {
	for _, at := range []time.Time{e.now, e.after(-3 * lifetime), e.after(lifetime), e.after(-20 * 365 * lifetime), {}} {
		k, r := e.record(doc(`{"a":1}`))
		r.Authenticated = at
		created, updated := e.insert(k, r), e.create(doc(`{"a":1}`))
		updated.update(e.now, &driver.Update{Authenticated: at})
		for _, s := range []*session{created, updated} {
			for _, by := range []time.Duration{
				0, -time.Millisecond, time.Millisecond, 999 * time.Microsecond, -time.Microsecond, -lifetime, lifetime, time.Second,
			} {
				since := at.Add(by)
				if at.IsZero() {
					since = e.after(by)
				}
				s.update(e.now, &driver.Update{AuthenticatedSince: since, Ops: []driver.Op{inc("a", `1`)}, MaxAge: 2 * lifetime})
				s.update(e.now, &driver.Update{AuthenticatedSince: since})
			}
		}
	}
	s := e.create(doc(`{"a":1}`))
	for i, ops := range [][]driver.Op{nil, {inc("a", `1`)}} {
		_, err := e.client(i).Update(e.ctx, e.now, s.key, &driver.Update{AuthenticatedSince: e.now, Ops: ops})
		if op, ok := errors.AsType[*driver.OpError](err); !ok || op.Op != "if" {
			e.Errorf("the error is %v (%T), want an OpError of \"if\"", err, err)
		}
	}
}

func authenticatedEveryWay(e *env) {
	s := e.create(doc(`{"a":1}`))
	s.update(e.now, &driver.Update{User: new("ann"), Authenticated: e.now})
	for _, ops := range waysToUpdate {
		for _, u := range []driver.Update{
			{},
			{MaxAge: 2 * lifetime, Lifetime: 3 * lifetime},
			{If: []driver.Condition{cond("x", driver.Exists, `false`)}, Attrs: driver.Attrs{"label": "Firefox"}},
			{Renew: new(newVerifier()), User: new("bob"), Authenticated: e.after(time.Hour)},
		} {
			u.Ops, u.AuthenticatedSince = ops, e.after(time.Millisecond)
			s.update(e.after(time.Minute), &u)
			s.updateAs(driver.UserKey(s.key.ID, "ann"), e.after(time.Minute), &u)
			s.updateAs(driver.Key{ID: s.key.ID, Verifier: newVerifier()}, e.now, &u) // learns nothing of the sign-in
			s.updateAs(driver.UserKey(s.key.ID, "bob"), e.now, &u)
		}
		e.listed("ann", s)
		e.listed("bob")
		s.update(e.now, &driver.Update{Ops: ops, AuthenticatedSince: e.now})
	}
}

func authenticatedSameStep(e *env) {
	s := e.create(doc(`{"a":1}`))
	late := func() *driver.Update {
		return &driver.Update{
			AuthenticatedSince: e.now, Authenticated: e.after(time.Hour), Renew: new(newVerifier()), User: new("ann"),
			Ops: []driver.Op{inc("a", `1`)}, Attrs: driver.Attrs{"label": "Firefox"}, MaxAge: 2 * lifetime,
		}
	}
	s.update(e.now, late())
	s.update(e.now, &driver.Update{Authenticated: e.after(-time.Millisecond)})
	s.update(e.now, late())
	s.update(e.now, &driver.Update{Authenticated: e.now})
	s.update(e.now, late())
	u := late() // it is the time before that counts, also if what comes is none
	u.User, u.Authenticated = new(""), time.Time{}
	s.update(e.now, u)
	s.update(e.now, late())
}

func authenticatedAndMore(e *env) {
	s := e.create(doc(`{"a":1,"b":"x"}`))
	for _, u := range []driver.Update{
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}},
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}, Ops: []driver.Op{inc("a", `1`)}},
		{Ops: []driver.Op{inc("a", `1`), inc("b", `1`)}},
		{Ops: []driver.Op{inc("a", `1`), set("b.c", `1`), take("x")}},
		{If: []driver.Condition{cond("a", driver.Eq, `1`)}, Ops: []driver.Op{push("b", `1`)}},
	} {
		for _, at := range []time.Time{{}, e.after(-time.Hour), e.now} {
			if !at.IsZero() {
				s.update(e.now, &driver.Update{Authenticated: at})
			}
			u.AuthenticatedSince, u.Renew, u.User, u.MaxAge = e.now, new(newVerifier()), new("ann"), 2*lifetime
			s.update(e.after(time.Minute), &u)
		}
		s.update(e.now, &driver.Update{User: new("")})
	}
	e.listed("ann")
}

// raceAuthenticated has some sign in again, some take the sign-in away, and others make changes that need one. Each notes in the
// record what it was, in the step in which it is made: so the notes are in the order of what has happened, and tell who should
// have been refused.
func raceAuthenticated(e *env) {
	s := e.create(driver.Doc{})
	s.apply(0, &driver.Update{User: new("ann")})
	at := func(n int) time.Time { return e.after(time.Duration(n) * time.Millisecond) }
	var acked, asking atomic.Int32
	asking.Store(workers / 2)
	change := func(i, round int) bool {
		n := 1 + (i*7+round*5)%9
		var u *driver.Update
		switch i % 8 {
		case 0, 1:
			u = &driver.Update{Authenticated: at(n), Ops: []driver.Op{note(n)}}
		case 2:
			u = &driver.Update{User: new(""), Ops: []driver.Op{note(0)}}
		case 3:
			u = &driver.Update{User: new("ann"), Authenticated: at(n), Ops: []driver.Op{note(n)}}
		default:
			u = &driver.Update{AuthenticatedSince: at(n), Ops: []driver.Op{note(-n)}}
			if i%8 == 4 {
				u.Ops = append(u.Ops, sorted)
			}
		}
		_, err := s.apply(i, u, driver.ErrReauthenticate)
		if err == nil {
			acked.Add(1)
		}
		return err == nil
	}
	parallel(workers, func(i int) {
		if i%8 >= 4 {
			defer asking.Add(-1)
			for round, made := 0, 0; made < rounds && e.ctx.Err() == nil && !e.Failed(); round++ {
				if change(i, round) {
					made++
				}
				runtime.Gosched()
			}
			return
		}
		for round := 0; asking.Load() > 0 && e.ctx.Err() == nil && !e.Failed(); round++ {
			change(i, round)
			time.Sleep(min(100*time.Millisecond, time.Duration(round)*200*time.Microsecond)) // a slow store comes to an end, too
		}
	})
	notes, last := s.stored().Get("notes").Elems(), 0
	for i, v := range notes {
		n := int(v.Int())
		if n >= 0 {
			last = n
		} else if last == 0 || last < -n {
			s.Errorf("change %d needed a sign-in of time %d, and the last was of %d (0: none)", i, -n, last)
		}
	}
	if len(notes) != int(acked.Load()) {
		s.Errorf("%d changes are noted, %d were acknowledged", len(notes), acked.Load())
	}
	rec, err := s.client(0).Load(e.ctx, e.now, s.key)
	e.ok(err)
	if last == 0 != rec.Authenticated.IsZero() || last != 0 && !rec.Authenticated.Equal(at(last)) {
		s.Errorf("the record was last authenticated %v, want time %d after %v (0: never)", rec.Authenticated, last, e.now)
	}
}
