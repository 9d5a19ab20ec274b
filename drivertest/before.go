package drivertest

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var beforeCases = []testCase{
	{"moment", "what has signed in before a moment ends, and what has done so at it or later stays", func(e *env) { endBefore(e, "ann") }},
	{"race", "who has signed in since must not be signed out, and who has not must be", func(e *env) { raceEndBefore(e, "ann") }},
}

// endBefore ends sessions that have signed in before a moment: where it is not known, that were created before.
func endBefore(e *env, user string) {
	const ms = time.Millisecond
	var all []*session
	add := func(created, authenticated time.Duration, known bool) {
		k, r := e.record(doc(`{"a":1}`))
		r.User, r.Created = user, e.after(created)
		if known {
			r.Authenticated = e.after(authenticated)
		}
		all = append(all, e.insert(k, r))
	}
	for _, at := range []time.Duration{-time.Hour, -ms, 0, ms, time.Hour} {
		add(at, 0, false)
		add(-2*time.Hour, at, true)
		add(2*time.Hour, at, true)
	}
	for i, at := range []time.Duration{-ms, 0} { // set and removed by updates
		add(-time.Hour, 0, false)
		all[len(all)-1].update(e.now, &driver.Update{Authenticated: e.after(at)})
		if user != "" {
			add(time.Duration(i)*time.Minute-30*time.Second, -2*time.Hour, true)
			unbound := all[len(all)-1]
			unbound.update(e.now, &driver.Update{User: new("")})
			unbound.update(e.now, &driver.Update{User: &user})
		}
	}
	k, r := e.record(doc(`{"a":1}`))
	r.User, r.Created, r.Expires = user, e.after(-2*time.Hour), e.after(-time.Hour)
	all = append(all, e.insert(k, r))
	bobs := e.insertFor("bob", lifetime)
	if user == "" {
		all = append(all, bobs)
	}

	except := all[0]
	end := func(before time.Time, except driver.ID) {
		e.Helper()
		want := 0
		for _, s := range all {
			if s.key.ID != except && (before.IsZero() || s.want.SignedIn().Before(inMillis(before))) {
				if !s.ended(e.now) {
					want++
				}
				s.gone = true
			}
		}
		got, err := e.deleteAll(want, e.now, driver.Selection{User: user, Before: before, Except: except})
		e.ok(err)
		if got != want {
			e.Errorf("%d live sessions of before %v ended, want %d", got, before, want)
		}
		var live []*session
		for _, s := range all {
			s.check(e.now)
			if !s.ended(e.now) {
				live = append(live, s)
			}
		}
		e.listed(user, live...)
		if user != "" {
			bobs.check(e.now)
		}
	}
	end(e.after(-3*time.Hour), driver.ID{}) // none
	end(e.after(-time.Hour), except.key.ID)
	end(e.after(-ms), except.key.ID)
	end(e.now, except.key.ID)
	end(e.now, driver.ID{})
	end(e.now.Add(ms-time.Microsecond), driver.ID{}) // times are in milliseconds
	end(e.after(ms), driver.ID{})
	end(e.after(time.Hour), newKey().ID)
	end(time.Time{}, driver.ID{})
}

// raceEndBefore ends what has not signed in since a moment while half of the sessions do, and all are used.
func raceEndBefore(e *env, user string) {
	moment := e.after(time.Minute)
	for round := range rounds {
		all := make([]*session, workers)
		for i := range all {
			owner := user
			if user == "" {
				owner = []string{"ann", "bob", ""}[i%3]
			}
			all[i] = e.insertFor(owner, lifetime)
		}
		var again [workers]bool // signed in
		var ready atomic.Int32
		parallel(workers+2, func(i int) {
			if i >= workers {
				for ready.Load() < workers/4 && e.ctx.Err() == nil && !e.Failed() {
					time.Sleep(100 * time.Microsecond)
				}
				if _, err := e.deleteAll(i, e.now, driver.Selection{User: user, Before: moment}); err != nil {
					e.Errorf("DeleteMany under contention: %v", err)
				}
				return
			}
			s := all[i]
			for n := range 3 {
				s.apply(i+n, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: lifetime}, driver.ErrNotFound)
			}
			ready.Add(1)
			if (i+round)%2 == 0 {
				return
			}
			u := &driver.Update{Authenticated: moment.Add(time.Duration(i%3) * time.Millisecond), Attrs: driver.Attrs{"label": fmt.Sprint(i)}}
			if i%4 < 2 {
				u.Renew = new(newVerifier())
			}
			_, err := s.apply(i, u, driver.ErrNotFound)
			if again[i] = err == nil; again[i] && u.Renew != nil {
				s.key.Verifier = *u.Renew
			}
		})
		for i, s := range all {
			_, err := s.store().Load(e.ctx, e.now, s.key)
			if again[i] {
				e.fails("Load of a session that has signed in since", err, nil)
			} else {
				e.fails("Load of a session that has not signed in since", err, driver.ErrNotFound)
			}
		}
		_, _, err := e.users(round).DeleteMany(e.ctx, e.now, driver.Selection{User: user}, driver.ID{}, 1000)
		e.ok(err)
	}
}
