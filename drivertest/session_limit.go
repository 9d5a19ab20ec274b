package drivertest

import (
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var sessionLimitCases = []testCase{
	{"refuse", "who has as many sessions as allowed gets no further one, and what was to become one is left as it was", limitRefuse},
	{"end", "who signs in once more loses the session that was not used for longest, and no other", limitEnd},
	{"who counts", "a session that is not there, or not the user's, or about to end, takes nobody's place", limitWhoCounts},
	{"copies", "a session and its copies are one: they take one place, and go together", limitCopies},
	{"ended", "a session that makes room has ended like any other", limitEnded},
	{"failed", "a sign-in that fails ends nobody's session", limitFailed},
	{"every way", "no way of making an update may forget the limit", limitEveryWay},
	{"unbound", "a limit is one on the sessions of a user: without one there is none", limitUnbound},
}

// some returns n sessions of ann, the first of them the one that was used longest ago, in no order of their IDs.
func (e *env) some(n int) []*session {
	e.Helper()
	list := make([]*session, n)
	for i := range list {
		k, r := e.record(doc(`{"a":1}`))
		k.ID[0] = byte(i * 101)
		r.ID, r.User, r.LastUsed = k.ID, "ann", e.after(time.Duration(i-n)*time.Minute)
		r.Created = e.after(-time.Duration(i+1) * time.Hour) // the other way round
		list[i] = e.insert(k, r)
	}
	return list
}

// signIn is an update that binds to ann what is nobody's, and leaves a mark wherever there is room for one.
func (e *env) signIn(limit driver.SessionLimit) *driver.Update {
	u := e.everything("ann")
	u.Authenticated, u.SessionLimit = e.now, limit
	return u
}

// underLimit expects an update with a limit to end just these of the sessions, or to be refused and to change nothing if refuse
// is set.
func (s *session) underLimit(u *driver.Update, refuse bool, among []*session, ended ...*session) {
	s.Helper()
	if refuse {
		_, err := s.store().Update(s.ctx, s.now, s.key, u)
		s.fails("an update past the limit", err, driver.ErrTooManySessions)
		if u.Renew != nil {
			_, err = s.store().Load(s.ctx, s.now, driver.Key{ID: s.key.ID, Verifier: *u.Renew})
			s.fails("Load with the secret of what was refused", err, driver.ErrNotFound)
		}
	} else {
		s.update(s.now, u)
	}
	s.check(s.now)
	for _, other := range among {
		other.gone = other.gone || slices.Contains(ended, other)
		other.check(s.now)
	}
	var live []*session
	for _, other := range append(slices.Clone(among), s) {
		if !other.ended(s.now) && other.want.User == "ann" && !slices.Contains(live, other) {
			live = append(live, other)
		}
	}
	s.listed("ann", live...)
}

// newcomer does that with a session of nobody, which leaves again.
func (e *env) newcomer(u *driver.Update, among []*session, ended ...*session) {
	e.Helper()
	s := e.create(doc(`{"a":1}`))
	s.underLimit(u, false, among, ended...)
	e.ok(s.store().Delete(e.ctx, e.now, s.key))
}

func limitRefuse(e *env) {
	for most := 1; most <= 3; most++ {
		all := e.some(most - 1)
		first := e.create(doc(`{"a":1}`))
		first.underLimit(e.signIn(driver.SessionLimit{Max: most}), false, all)
		all = append(all, first)
		for range 2 { // through both clients
			late := e.create(doc(`{"a":1}`))
			late.underLimit(e.signIn(driver.SessionLimit{Max: most}), true, all)
			late.turn++
			late.underLimit(e.signIn(driver.SessionLimit{Max: most}), true, all)
			late.underLimit(&driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: most}}, true, all)
			late.underLimit(&driver.Update{User: new("bob"), SessionLimit: driver.SessionLimit{Max: 1}}, false, all)
			late.underLimit(&driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: most}}, true, all) // bob's it stays
			e.ok(late.store().Delete(e.ctx, e.now, late.key))
		}
		late := e.create(doc(`{"a":1}`))
		e.ok(late.store().Delete(e.ctx, e.now, driver.UserKey(first.key.ID, "ann")))
		first.gone = true
		late.underLimit(e.signIn(driver.SessionLimit{Max: most}), false, all)
		if _, err := e.client(most).Load(e.ctx, e.now, late.key); err != nil {
			e.Errorf("where one has made room: %v", err)
		}
		for _, s := range append(all, late) {
			if !s.gone {
				e.ok(s.store().Delete(e.ctx, e.now, s.key))
			}
		}
	}
}

func limitEnd(e *env) {
	all := e.some(6)
	limit := func(most int) driver.SessionLimit { return driver.SessionLimit{Max: most, End: true} }
	s, third := e.create(doc(`{"a":1}`)), e.create(doc(`{"a":1}`))
	s.underLimit(e.signIn(limit(7)), false, all)
	all = append(all, s)
	all[0].update(e.now, &driver.Update{MaxAge: lifetime}) // used
	all[1].update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	all[2].updateAs(driver.UserKey(all[2].key.ID, "ann"), e.now, &driver.Update{Attrs: driver.Attrs{"label": "Firefox"}})
	other := e.create(doc(`{"a":1}`))
	other.underLimit(e.signIn(limit(7)), false, all, all[1]) // which was changed, not used
	all = append(all, other)
	third.underLimit(e.signIn(limit(4)), false, all, all[2], all[3], all[4], all[5])
	all = append(all, third)
	e.create(doc(`{"a":1}`)).underLimit(e.signIn(limit(1)), false, all, all[0], s, other, third)
}

func limitWhoCounts(e *env) {
	old, bobs, nobodys := e.insertFor("ann", time.Hour), e.insertFor("bob", lifetime), e.insertFor("", lifetime)
	e.now = e.after(time.Hour)
	all := append(e.some(2), bobs, nobodys)
	ann := all[:2]
	for _, end := range []bool{false, true} {
		s := e.create(doc(`{"a":1}`))
		s.underLimit(e.signIn(driver.SessionLimit{Max: 3, End: end}), false, all) // an expired one does not count
		again := &driver.Update{User: new("ann"), Renew: new(newVerifier()), SessionLimit: driver.SessionLimit{Max: 3, End: end}}
		s.underLimit(again, false, all) // nor does it itself
		e.ok(s.store().Delete(e.ctx, e.now, s.key))

		// nor what its end follows for, which may be nobody in particular
		e.newcomer(e.signIn(driver.SessionLimit{Max: 2, End: end, Except: ann[0].key.ID}), all)
		e.newcomer(e.signIn(driver.SessionLimit{Max: 3, End: end, Except: bobs.key.ID}), all)
	}
	s := e.create(doc(`{"a":1}`))
	s.underLimit(e.signIn(driver.SessionLimit{Max: 2, Except: newKey().ID}), true, all)
	s.underLimit(e.signIn(driver.SessionLimit{Max: 1, Except: ann[0].key.ID}), true, all)
	s.underLimit(e.signIn(driver.SessionLimit{Max: 1, End: true, Except: ann[0].key.ID}), false, all, ann[1])
	for i := range 2 { // who has left does not count either
		e.fails("Delete of an expired session", e.client(i).Delete(e.ctx, e.now, old.key), driver.ErrNotFound)
	}
	s.update(e.now, &driver.Update{User: new("bob")})
	e.create(doc(`{"a":1}`)).underLimit(e.signIn(driver.SessionLimit{Max: 2}), false, all)
}

func limitCopies(e *env) {
	copyOf := func(s *session, life time.Duration) *session {
		k, r := e.record(doc(`{"a":1}`))
		r.User, r.Attrs, r.Expires = "ann", driver.Attrs{driver.AttrOriginal: s.key.ID.String(), "label": "a copy"}, e.after(life)
		r.LastUsed = e.after(-time.Hour)
		return e.insert(k, r)
	}
	all := e.some(4)
	first := all[0]
	recent, other, orphan := copyOf(all[0], lifetime), copyOf(all[1], lifetime), copyOf(e.create(doc(`{}`)), lifetime)
	all = append(all, recent, other, orphan, copyOf(all[3], time.Hour))
	recent.update(e.now, &driver.Update{MaxAge: lifetime}) // which keeps its original alive
	e.now = e.after(time.Hour)

	s := e.create(doc(`{"a":1}`))
	s.underLimit(e.signIn(driver.SessionLimit{Max: 5}), true, all) // four and one whose original is nobody's
	s.underLimit(e.signIn(driver.SessionLimit{Max: 6}), false, all)
	all = append(all, s)

	again := e.create(doc(`{"a":1}`)) // it is one more of what is there
	u := e.signIn(driver.SessionLimit{Max: 6})
	u.Attrs = driver.Attrs{driver.AttrOriginal: s.key.ID.String()}
	again.underLimit(u, false, all)
	all = append(all, again)
	sameAgain := &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 6}}
	s.underLimit(sameAgain, false, all) // and so is its original
	again.underLimit(sameAgain, false, all)

	e.newcomer(e.signIn(driver.SessionLimit{Max: 6, Except: first.key.ID}), all) // and their copies
	e.newcomer(e.signIn(driver.SessionLimit{Max: 5, End: true, Except: first.key.ID}), all, orphan)

	last := e.create(doc(`{"a":1}`))
	u = e.signIn(driver.SessionLimit{Max: 3, End: true})
	u.Attrs = driver.Attrs{driver.AttrOriginal: all[2].key.ID.String()}
	last.underLimit(u, false, all, all[1], other, all[3], all[7]) // all[2] stays, though it was not used for longer than all[3]
	all = append(all, last)
	last.underLimit(&driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1, End: true}}, false, all, first, recent, s, again)
}

func limitEnded(e *env) {
	all := e.some(3)
	old := all[0].renew(e.now, &driver.Update{})
	e.newcomer(e.signIn(driver.SessionLimit{Max: 3, End: true}), all, all[0])
	for _, k := range []driver.Key{all[0].key, old, driver.UserKey(old.ID, "ann")} {
		e.refused(k, e.now, driver.ErrNotFound)
		e.refused(k, e.after(driver.RenewalWindow), driver.ErrNotFound)
	}
	if finder, ok := e.client(1).(driver.Finder); ok {
		n, _, err := finder.DeleteMany(e.ctx, e.now, driver.Selection{User: "ann"}, driver.ID{}, 10)
		e.ok(err)
		if n != 2 {
			e.Errorf("%d sessions are left to end, want 2", n)
		}
		return
	}
	for _, s := range all[1:] {
		e.ok(s.store().Delete(e.ctx, e.now, s.key))
	}
}

func limitFailed(e *env) {
	all := e.some(3)
	s := e.create(doc(`{"a":1,"b":"x"}`))
	for _, end := range []bool{true, false} {
		for _, c := range []struct {
			u    driver.Update
			want error
		}{
			{driver.Update{If: []driver.Condition{cond("a", driver.Eq, `2`)}}, driver.ErrCondition},
			{driver.Update{AuthenticatedSince: e.now}, driver.ErrReauthenticate},
			{driver.Update{Ops: []driver.Op{inc("a", `1`), inc("b", `1`)}}, driver.ErrType},
			{driver.Update{Ops: []driver.Op{set("b.c", `1`)}, Authenticated: e.now}, driver.ErrPath},
			{*limited(driver.Set{Path: "c", Value: text(2 * testLimit)}), driver.ErrTooLarge},
		} {
			c.u.User, c.u.Renew, c.u.Attrs = new("ann"), new(newVerifier()), driver.Attrs{"label": "Firefox"}
			c.u.SessionLimit, c.u.MaxAge = driver.SessionLimit{Max: 1, End: end}, 2*lifetime
			_, err := s.store().Update(e.ctx, e.now, s.key, &c.u)
			if end || !sameError(err, driver.ErrTooManySessions) { // of two reasons one is told
				e.fails("an update that fails", err, c.want)
			}
			for _, other := range append(all, s) {
				other.check(e.now)
			}
		}
		u := e.signIn(driver.SessionLimit{Max: 1, End: end})
		for _, k := range []driver.Key{newKey(), {ID: s.key.ID, Verifier: newVerifier()}, driver.UserKey(s.key.ID, "ann")} {
			s.updateAs(k, e.now, u)
		}
		s.updateAs(s.key, e.after(lifetime), u)
	}
	e.listed("ann", all...)
}

func limitEveryWay(e *env) {
	for _, ops := range append(waysToUpdate, nil, []driver.Op{set("a", `1`)}) {
		all := e.some(2)
		prepared := e.create(doc(`{"a":1}`))
		for _, before := range waysToUpdate {
			if len(ops) > 0 && &before[0] == &ops[0] {
				break
			}
			prepared.update(e.now, &driver.Update{Ops: before})
		}
		u := &driver.Update{Ops: ops, User: new("ann"), SessionLimit: driver.SessionLimit{Max: 2}}
		prepared.underLimit(u, true, all)
		u.Renew = new(newVerifier())
		prepared.underLimit(u, true, all)
		u.SessionLimit.End = true
		prepared.underLimit(u, false, all, all[0])
		for _, s := range append(all[1:], prepared) {
			e.ok(s.store().Delete(e.ctx, e.now, s.key))
		}
	}
	all := e.some(2) // who acts for somebody is under it as well
	s := e.create(doc(`{"a":1}`))
	s.updateAs(driver.UserKey(s.key.ID, ""), e.now, &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 2, End: true}})
	all[0].gone = true
	tighter := &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1}}
	_, err := s.store().Update(e.ctx, e.now, driver.UserKey(s.key.ID, "ann"), tighter)
	e.fails("an update by the user past the limit", err, driver.ErrTooManySessions)
	all[0].check(e.now)
	e.listed("ann", all[1], s)
}

func limitUnbound(e *env) {
	all := e.some(2)
	s := e.create(doc(`{"a":1}`))
	for _, u := range []*driver.Update{
		{User: new(""), SessionLimit: driver.SessionLimit{Max: 1}},
		{SessionLimit: driver.SessionLimit{Max: 1, End: true}},
		{User: new("ann"), SessionLimit: driver.SessionLimit{}},
		{User: new("ann"), SessionLimit: driver.SessionLimit{End: true, Except: all[0].key.ID}},
		{SessionLimit: driver.SessionLimit{Max: 1}}, // it is bound, but not by this
	} {
		s.underLimit(u, false, all)
	}
}
