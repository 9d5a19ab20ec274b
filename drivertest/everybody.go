package drivertest

import (
	"errors"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var everybodyCases = []testCase{
	{"list", "whoever looks after all sessions sees each of them once, and nobody's as well", everybodyList},
	{"pages", "a long list is read in pages, in the order of the IDs, without gaps or repeats, whosever they are", everybodyPages},
	{"delete", "when all have to sign in again, no session of before is left, whosever it is", everybodyDelete},
	{"before", "what has signed in before a moment ends, and what has done so at it or later stays", func(e *env) { endBefore(e, "") }},
	{"before race", "who has signed in since must not be signed out, whatever happened meanwhile", func(e *env) { raceEndBefore(e, "") }},
}

var notEverybodyCases = []testCase{
	{"unsupported", "a store that finds the sessions of a user only must say so, and not pass nobody's for everybody's", everybodyUnsupported},
}

// crowd returns sessions of several users and of nobody, in the order of their IDs; every fifth has but an hour to live.
func (e *env) crowd(n int) []*session {
	e.Helper()
	var all []*session
	for i := range n {
		k, r := e.record(doc(`{"a":1}`))
		r.User = []string{"ann", "", "bob", "eve", "", "ann"}[i%6]
		if i%3 == 0 {
			r.Attrs, r.Authenticated = driver.Attrs{"label": "Firefox"}, e.after(time.Duration(-i)*time.Minute)
		}
		if i%5 == 4 {
			r.Expires = e.after(time.Hour)
		}
		all = append(all, e.insert(k, r))
	}
	slices.SortFunc(all, func(a, b *session) int { return a.key.ID.Compare(b.key.ID) })
	return all
}

func everybodyList(e *env) {
	e.listed("")
	all := e.crowd(12)
	e.listed("", all...)
	for i, user := range []string{"ann", "bob", ""} { // each in a place of its own, whoever it comes to belong to
		all[i].update(e.now, &driver.Update{User: &user, Attrs: driver.Attrs{"label": "Chromium"}, Authenticated: e.now})
		all[i+3].update(e.now, &driver.Update{Renew: new(newVerifier()), MaxAge: 2 * lifetime})
		e.listed("", all...)
	}
	e.ok(e.client(0).Delete(e.ctx, e.now, all[11].key))
	e.listed("", all[:11]...)
	var live []*session
	e.now = e.after(time.Hour)
	for _, s := range all[:11] {
		if !s.ended(e.now) {
			live = append(live, s)
		}
	}
	e.listed("", live...)
}

func everybodyPages(e *env) {
	all := e.crowd(23)
	now := e.after(time.Hour)
	var ids []driver.ID
	for _, s := range all {
		if !s.ended(now) {
			ids = append(ids, s.key.ID)
		}
	}
	e.pages(now, "", ids)
}

func everybodyDelete(e *env) {
	now := e.after(time.Hour)
	for i, limit := range []int{1, 2, 3, 7, 23, 100} {
		all := e.crowd(23)
		except := all[(i*5)%len(all)]
		live, ended := 0, 0
		for _, s := range all {
			if s != except && !s.ended(now) {
				live++
			}
		}
		for after := (driver.ID{}); ; {
			n, next, err := e.users(i).DeleteMany(e.ctx, now, driver.Selection{Except: except.key.ID}, after, limit)
			e.ok(err)
			if ended += n; n > limit || !next.IsZero() && next.Compare(after) <= 0 {
				e.Fatalf("a step ended %d sessions of at most %d, and goes from %v to %v", n, limit, after, next)
			}
			upTo := 0
			for _, s := range all { // what it has passed is gone, and what it has not is there
				passed := s != except && (next.IsZero() || s.key.ID.Compare(next) <= 0)
				if passed {
					upTo++
				}
				if s.gone = passed; limit < 10 {
					s.check(e.now)
				}
			}
			if !next.IsZero() && upTo%limit != 0 {
				e.Errorf("%d sessions are gone after steps of %d", upTo, limit)
			}
			if after = next; next.IsZero() {
				break
			}
		}
		if ended != live {
			e.Errorf("in steps of %d %d live sessions ended, want %d", limit, ended, live)
		}
		for _, s := range all {
			s.check(e.now)
		}
		e.listed("", except)
		for _, user := range []string{"ann", "bob", "eve"} {
			if except.want.User == user {
				e.listed(user, except)
			} else {
				e.listed(user)
			}
		}
		e.ok(except.store().Delete(e.ctx, e.now, except.key))
	}
}

func everybodyUnsupported(e *env) {
	all := e.crowd(6)
	for i := range 2 {
		list, err := e.users(i).List(e.ctx, e.now, "", driver.ID{}, 10)
		e.fails("List of everybody's", err, errors.ErrUnsupported)
		if len(list) > 0 {
			e.Errorf("List of everybody's returns %d sessions", len(list))
		}
		for _, s := range []driver.Selection{{}, {Before: e.after(lifetime)}, {Except: all[0].key.ID}} {
			n, next, err := e.users(i).DeleteMany(e.ctx, e.now, s, driver.ID{}, 10)
			e.fails("DeleteMany of everybody's", err, errors.ErrUnsupported)
			if n != 0 || !next.IsZero() {
				e.Errorf("DeleteMany of everybody's ended %d and goes on after %v", n, next)
			}
		}
		for _, s := range all {
			s.check(e.now)
		}
	}
}
