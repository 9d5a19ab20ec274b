package drivertest

import (
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var renewalCases = []testCase{
	{"renew", "after a login the new secret opens the same session and the old one opens nothing", renew},
	{"renewed", "a request overtaken by a login must be told so for a while, or it would begin another session", renewed},
	{"sign-in", "who signed in twice at once, or missed the answer, must find what was in the session; nobody else may", signedIn},
	{"no sign-in", "the secret before must not open the session of somebody who was signed in with it", notSignedIn},
	{"again", "only the latest renewal is remembered, and what it was", renewedAgain},
	{"delete", "who signs out with a secret of before must not be told that the session has ended while it goes on", deleteRenewed},
	{"ended", "a session that has ended is not to be had by the secret before either", renewedEnded},
}

func renew(e *env) {
	s := e.create(doc(`{"a":1}`))
	old := s.key
	v := newVerifier()
	s.check(e.now) // both clients have seen the record with its old secret
	s.check(e.now)
	s.update(e.now, &driver.Update{Renew: &v})
	e.refused(old, e.now, driver.ErrRenewed)
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	e.ok(s.store().Delete(e.ctx, e.now, s.key))
	e.refused(old, e.now, driver.ErrNotFound)
}

func renewed(e *env) {
	s := e.create(doc(`{"a":1}`))
	first, last := s.key, e.after(driver.RenewalWindow-time.Millisecond)
	v, w := newVerifier(), newVerifier()
	s.update(e.now, &driver.Update{Renew: &v, MaxAge: 2 * lifetime})
	second := s.key
	s.update(last, &driver.Update{Ops: []driver.Op{inc("a", `1`)}}) // in use or not, the time runs
	e.refused(first, last, driver.ErrRenewed)
	s.replayed(first, e.after(driver.RenewalWindow))
	e.strange(driver.Key{ID: s.key.ID, Verifier: newVerifier()}, e.now)

	s.update(e.after(time.Second), &driver.Update{Renew: &w})
	e.refused(second, e.after(driver.RenewalWindow), driver.ErrRenewed)
	e.strange(first, e.after(2*time.Second)) // the latest renewal is all that is remembered
	s.check(last)
	failing := newVerifier()
	s.update(e.after(2*time.Second), &driver.Update{Renew: &failing, Ops: []driver.Op{push("a", `1`)}}) // changes nothing
	e.refused(second, e.after(3*time.Second), driver.ErrRenewed)
	s.replayed(second, e.after(driver.RenewalWindow+time.Second))
	e.refused(second, e.after(2*lifetime), driver.ErrNotFound) // expired

	for _, ops := range waysToUpdate {
		before, v := s.key, newVerifier()
		s.update(e.after(time.Second), &driver.Update{Ops: ops, Renew: &v})
		e.refused(before, e.after(2*time.Second), driver.ErrRenewed)
	}
}

// waysToUpdate are updates of {"a":1}, one after the other, that stores may make in ways of their own.
var waysToUpdate = [][]driver.Op{
	{set("a", `2`)},
	{set("a", `{"b":[3,1]}`)},
	{set("a.b.3", `2`)},
	{by("", false, push("a.b", `4`))},
	{pull("a.b", cond("", driver.Gt, `3`))},
	{set("c", `1`), take("a")},
}

// sorted is what some stores work out themselves.
var sorted = keep(3, by("", true, push("l", `2`, `1`)))

// renew replaces the secret by an update that does more, and returns the key before.
func (s *session) renew(now time.Time, u *driver.Update) driver.Key {
	s.Helper()
	old := s.key
	u.Renew = new(newVerifier())
	s.update(now, u)
	return old
}

// replayed expects a key that the latest renewal has replaced to be known as such, for all that the record lives, and to open
// nothing.
func (s *session) replayed(old driver.Key, now time.Time) {
	s.Helper()
	known := driver.Record{Meta: driver.Meta{ID: s.want.ID, User: s.want.User}}
	s.refusedBy(old, now, driver.ErrReplayed, driver.ErrRenewed, known)
}

// opens expects the key before a sign-in to be refused with the record as it is now.
func (s *session) opens(old driver.Key, now time.Time) {
	s.Helper()
	s.refusedWith(old, now, driver.ErrRenewed, s.want)
}

func signedIn(e *env) {
	k, r := e.record(doc(`{"a":1,"cart":["x",{"y":[1.0,null]}]}`))
	r.Deadline, r.Attrs, r.Authenticated = e.after(5*lifetime), driver.Attrs{"label": "Firefox"}, e.after(-time.Hour)
	s := e.insert(k, r)
	old := s.renew(e.now, &driver.Update{User: new("ann"), MaxAge: 2 * lifetime, Lifetime: 3 * lifetime, Ops: []driver.Op{inc("a", `1`)}})
	s.opens(old, e.now)
	last := e.after(driver.RenewalWindow - time.Millisecond)
	for _, u := range []*driver.Update{ // what comes after is seen as well
		{Ops: []driver.Op{inc("a", `1`), unset("cart.0"), set("new", `true`)}},
		{MaxAge: lifetime, Attrs: driver.Attrs{"label": "Chromium"}, Deadline: e.after(4 * lifetime)},
		{Ops: []driver.Op{push("cart", `2`), push("a", `1`)}}, // fails
		{User: new("bob")},
		{User: new("")},
	} {
		s.update(last, u)
		s.opens(old, e.now)
		s.opens(old, last)
		for _, wrong := range []driver.Verifier{newVerifier(), {}} {
			e.strange(driver.Key{ID: k.ID, Verifier: wrong}, last)
		}
	}
	s.replayed(old, e.after(driver.RenewalWindow))
	s.replayed(old, e.after(lifetime/2))
	s.check(e.now)

	for _, user := range someUsers[:4] {
		s := e.create(doc(`{"a":1}`))
		for _, ops := range waysToUpdate {
			s.opens(s.renew(e.after(time.Second), &driver.Update{User: &user, Ops: ops}), e.after(2*time.Second))
			s.update(e.after(time.Second), &driver.Update{User: new("")}) // nobody's again, which a sign-in may follow
		}
	}
}

func notSignedIn(e *env) {
	for _, by := range []struct {
		before string
		user   *string
	}{
		{"ann", new("ann")}, {"ann", new("bob")}, {"ann", new("")}, {"ann", nil}, {"", new("")}, {"", nil},
	} {
		k, r := e.record(doc(`{"a":1}`))
		r.User = by.before
		created := e.insert(k, r)
		bound := e.create(doc(`{"a":1}`))
		bound.update(e.now, &driver.Update{User: &by.before})
		for _, s := range []*session{created, bound} {
			old := s.renew(e.now, &driver.Update{User: by.user, Ops: []driver.Op{inc("a", `1`)}})
			e.refused(old, e.now, driver.ErrRenewed)
			s.update(e.now, &driver.Update{User: new("")}) // it is what the renewal did that counts
			s.update(e.now, &driver.Update{User: new("bob")})
			e.refused(old, e.now, driver.ErrRenewed)
			s.replayed(old, e.after(driver.RenewalWindow))
			s.check(e.now)
		}
	}
}

func renewedAgain(e *env) {
	s := e.create(doc(`{"a":1}`))
	first := s.renew(e.now, &driver.Update{User: new("ann")})
	second := s.renew(e.after(time.Second), &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	e.strange(first, e.after(time.Second))
	e.refused(second, e.after(time.Second), driver.ErrRenewed)
	s.update(e.after(time.Second), &driver.Update{User: new("")})
	third := s.renew(e.after(2*time.Second), &driver.Update{User: new("bob")})
	e.strange(second, e.after(2*time.Second))
	s.opens(third, e.after(2*time.Second))
	s.opens(third, e.after(driver.RenewalWindow+time.Second))
	fourth := s.renew(e.after(3*time.Second), &driver.Update{User: new("bob")})
	e.strange(third, e.after(3*time.Second))
	e.refused(fourth, e.after(3*time.Second), driver.ErrRenewed)
	s.check(e.now)
}

// deleteRenewed deletes with keys that are one, two and three renewals old, and with one that never was the record's.
func deleteRenewed(e *env) {
	for _, u := range []*driver.Update{{MaxAge: lifetime}, {User: new("ann"), Ops: []driver.Op{inc("a", `1`)}}} {
		s := e.create(doc(`{"a":1}`))
		keys := []driver.Key{{ID: s.key.ID}, {ID: s.key.ID, Verifier: newVerifier()}}
		refused := func(now time.Time, want error) {
			e.Helper()
			for i, k := range keys {
				what := fmt.Sprintf("Delete with verifier %d of %d", i+1, len(keys))
				e.fails(what, e.client(i).Delete(e.ctx, now, k), want)
				e.fails(what, e.client(i+1).Delete(e.ctx, now, k), want)
			}
		}
		refused(e.now, driver.ErrRenewed)
		for i := range 3 {
			now := e.after(time.Duration(i) * time.Second)
			again := *u
			keys = append(keys, s.renew(now, &again))
			refused(now, driver.ErrRenewed)
			refused(e.after(lifetime-time.Millisecond), driver.ErrRenewed)
			refused(s.want.Expires, driver.ErrNotFound)
			s.check(now)
		}
		e.ok(s.store().Delete(e.ctx, e.now, s.key))
		s.gone = true
		refused(e.now, driver.ErrNotFound)
		s.check(e.now)
		e.fails("Delete of what never was", s.store().Delete(e.ctx, e.now, newKey()), driver.ErrNotFound)
	}
}

func renewedEnded(e *env) {
	now := e.after(lifetime - time.Second)
	expired := e.create(doc(`{"a":1}`))
	old := expired.renew(now, &driver.Update{User: new("ann")})
	expired.opens(old, e.after(lifetime-time.Millisecond))
	e.refused(old, e.after(lifetime), driver.ErrNotFound)

	old = expired.renew(now, &driver.Update{User: new("ann")})
	e.refused(old, e.after(lifetime-time.Millisecond), driver.ErrRenewed)
	e.refused(old, e.after(lifetime), driver.ErrNotFound)

	fallen := e.create(doc(`{"a":1}`))
	old = fallen.renew(now, &driver.Update{User: new("ann"), MaxAge: time.Millisecond})
	fallen.opens(old, now)
	e.refused(old, now.Add(time.Millisecond), driver.ErrNotFound)

	deleted := e.create(doc(`{"a":1}`))
	old = deleted.renew(e.now, &driver.Update{User: new("eve")})
	deleted.opens(old, e.now)
	e.ok(deleted.store().Delete(e.ctx, e.now, deleted.key))
	e.refused(old, e.now, driver.ErrNotFound)

	ended := e.create(doc(`{"a":1}`))
	old = ended.renew(e.now, &driver.Update{User: new("eve")})
	e.ok(e.client(0).Delete(e.ctx, e.now, driver.UserKey(ended.key.ID, "eve")))
	e.refused(old, e.now, driver.ErrNotFound)
}
