package drivertest

import (
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var recordCases = []testCase{
	{"round trip", "all that is known of a session must come back as it went in, metadata to the millisecond and in UTC", roundTrip},
	{"create exists", "an ID that is taken is never taken over: its session would change hands", createExists},
	{"apart", "two sessions have nothing in common", apart},
	{"update", "what an update returns is all a handler knows of the session without another round trip", updateAnswers},
	{"touch", "an update without operations keeps a session alive and changes nothing else", touch},
	{"bind", "user, secret, expiry and data change in one step, or a login could be seen half done", bind},
	{"delete", "a logout that was acknowledged is a fact for every client at once", deleteGone},
	{"failed update", "an update that failed must leave no trace: not in the data, the user, the secret or the times", failedUpdate},
	{"arguments", "a caller may use its update and its key again: stores neither change nor keep them", arguments},
	{"results", "what a store returned is the caller's to change", results},
	{"errors", "errors end up in logs, where no value, secret or verifier may be", quietErrors},
}

func roundTrip(e *env) {
	k, r := e.record(doc(`{"a":1,"b":{"c":[1.0,null]}}`))
	r.User, r.Authenticated = "ann", e.after(-2*time.Hour-7*time.Millisecond)
	r.Attrs = driver.Attrs{"label": "Firefox on Linux", "agent": "Mozilla/5.0"}
	r.Created = e.after(-3*time.Hour - time.Millisecond)
	r.LastUsed = e.after(-time.Hour - 2*time.Millisecond)
	r.Expires = e.after(lifetime + 3*time.Millisecond)
	r.Lifetime = 2*lifetime + 5*time.Millisecond
	r.Deadline = e.after(3*lifetime + 4*time.Millisecond)
	s := e.insert(k, r)
	s.check(e.now)
	s.check(e.after(time.Hour))

	k, r = e.record(driver.Doc{})
	s = e.insert(k, r) // nothing in it, no user, no label, no deadline
	s.check(e.now)
	s.check(e.now)
}

func createExists(e *env) {
	s := e.create(doc(`{"a":1}`))
	_, other := e.record(doc(`{"a":2}`))
	other.ID = s.key.ID
	for i := range 2 {
		e.fails("Create with another secret", e.client(i).Create(e.ctx, newVerifier(), other), driver.ErrExists)
		e.fails("Create with the same secret", e.client(i).Create(e.ctx, s.key.Verifier, other), driver.ErrExists)
	}
	s.check(e.now)
}

func apart(e *env) {
	var all []*session
	for range 5 {
		all = append(all, e.create(doc(`{"a":0}`)))
	}
	near := newKey() // IDs that differ in their last bit
	near.ID = all[0].key.ID
	near.ID[15] ^= 1
	_, r := e.record(doc(`{"a":0}`))
	r.ID = near.ID
	all = append(all, e.insert(near, r))
	all[1].update(e.now, &driver.Update{Ops: []driver.Op{inc("a", `1`)}, User: new("ann"), MaxAge: 2 * lifetime})
	all[0].update(e.now, &driver.Update{Ops: []driver.Op{set("b", `1`)}})
	e.ok(e.client(0).Delete(e.ctx, e.now, all[2].key))
	all[2].gone = true
	for _, s := range all {
		s.check(e.now)
	}
}

func updateAnswers(e *env) {
	s := e.create(doc(`{"a":{"b":1,"c":[1,2]},"d":"x","e":5,"f":6}`))
	for i, ops := range [][]driver.Op{
		{inc("a.b", `1`)}, // answers with all of a
		{set("n.m", `1`), set("n.o", `2`)},
		{unset("d")}, // answers with nothing
		{unset("nothing")},
		{rename("e", "g")},
		{take("f"), take("a.c"), take("a.x"), set("h", `1`)},
		{push("list", `1`), inc("a.b", `1`)},
		{rename("list", "a.list")},
	} {
		s.update(e.after(time.Duration(i)*time.Second), &driver.Update{Ops: ops, MaxAge: lifetime + time.Duration(i)*time.Hour})
	}
}

func touch(e *env) {
	s := e.create(doc(`{"a":[1]}`))
	s.update(e.after(time.Minute), &driver.Update{})
	s.update(e.after(time.Hour), &driver.Update{MaxAge: 2*lifetime + time.Millisecond})
}

func bind(e *env) {
	s := e.create(doc(`{"a":1}`))
	v := newVerifier()
	s.update(e.after(time.Minute), &driver.Update{
		If:     []driver.Condition{cond("a", driver.Eq, `1`)},
		Ops:    []driver.Op{set("user_id", `42`), take("a")},
		MaxAge: 2 * lifetime,
		Renew:  &v,
		User:   new("ann"),
		Attrs:  driver.Attrs{"label": "Firefox"},
	})
	s.update(e.now, &driver.Update{User: new("bob"), Ops: []driver.Op{inc("n", `1`)}})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("n", `1`)}}) // leaves the user alone
	s.update(e.now, &driver.Update{User: new("")})
}

func deleteGone(e *env) {
	s := e.create(doc(`{"a":1}`))
	s.check(e.now) // both clients have seen it
	s.check(e.now)
	e.ok(s.store().Delete(e.ctx, e.now, s.key))
	s.gone = true
	for i := range 2 {
		s.check(e.now)
		s.update(e.now, &driver.Update{Ops: []driver.Op{set("a", `1`)}, MaxAge: 2 * lifetime})
		e.fails("Delete once more", e.client(i).Delete(e.ctx, e.now, s.key), driver.ErrNotFound)
	}
}

func failedUpdate(e *env) {
	s := e.create(doc(`{"a":1,"b":"x","c":[1]}`))
	v := newVerifier()
	for _, u := range []*driver.Update{
		{Ops: []driver.Op{inc("a", `1`), push("c", `2`), inc("b", `1`), set("d", `1`)}},
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}, Ops: []driver.Op{inc("a", `1`)}},
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}},
		{Ops: []driver.Op{take("c"), set("c2", `1`), set("b.x", `1`)}},
	} {
		u.MaxAge, u.Lifetime, u.Deadline = 2*lifetime, 3*lifetime, e.after(4*lifetime)
		u.Renew, u.User, u.Attrs, u.Authenticated = &v, new("ann"), driver.Attrs{"label": "Firefox"}, e.now
		s.update(e.after(time.Hour), u)
		_, err := s.store().Load(e.ctx, e.now, driver.Key{ID: s.key.ID, Verifier: v})
		e.fails("Load with the secret of a failed update", err, driver.ErrNotFound)
		e.listed("ann")
	}
}

func arguments(e *env) {
	v := newVerifier()
	build := func() *driver.Update {
		renewed := v
		return &driver.Update{
			If: []driver.Condition{cond("a", driver.Eq, `1`)},
			Ops: []driver.Op{
				push("f", `1`), inc("a", `1`), by("", true, keep(3, at(0, push("b", `2`, `1`)))), addToSet("c", `2`, `1`),
				pullAll("d", `2`, `1`), pull("e", cond("", driver.Gt, `1`), cond("", driver.Lt, `9`)),
			},
			Renew: &renewed, User: new("ann"), Attrs: driver.Attrs{"label": "Firefox"}, MaxAge: 2 * lifetime,
		}
	}
	s := e.create(doc(`{"a":1,"b":[3],"d":[1,2,3],"e":[1,2]}`))
	u := build()
	s.update(e.now, u)
	if !reflect.DeepEqual(u, build()) {
		e.Error("Update changed its argument")
	}
	// From here on it is ours again.
	*u.Renew, *u.User, u.Attrs["label"] = newVerifier(), "mallory", "Mallory's"
	u.Ops[0].(driver.Push).Each[0] = driver.StringValue("changed")
	u.Ops[2].(driver.Push).Each[0] = driver.StringValue("changed")
	u.Ops[3].(driver.AddToSet).Each[0] = driver.StringValue("changed")
	u.Ops[0], u.If[0] = unset("a"), cond("a", driver.Eq, `5`)
	s.check(e.now)
	s.check(e.now)
}

func results(e *env) {
	s := e.create(doc(`{"a":[1,2],"b":1}`))
	res, _ := s.update(e.now, &driver.Update{Ops: []driver.Op{take("b"), push("a", `3`)}, User: new("ann"), Attrs: driver.Attrs{"label": "Firefox"}})
	for i := range res.Taken {
		res.Taken[i] = driver.StringValue("changed")
	}
	s.check(e.now)
	if users, ok := s.store().(driver.Finder); ok {
		list, err := users.List(e.ctx, e.now, "ann", driver.ID{}, 10)
		e.ok(err)
		for i := range list {
			list[i].Attrs["label"] = "changed"
		}
		s.check(e.now)
		e.listed("ann", s)
	}
}

func quietErrors(e *env) {
	s := e.create(doc(`{"a":"confidential","b":[{"$binary":"Y29uZmlkZW50aWFs"}],"c":{"confidential":1}}`))
	v := newVerifier()
	var errs []error
	update := func(k driver.Key, u *driver.Update) {
		u.Renew = &v
		_, err := s.store().Update(e.ctx, e.now, k, u)
		errs = append(errs, err)
	}
	update(s.key, &driver.Update{Ops: []driver.Op{inc("a", `1`)}})
	update(s.key, &driver.Update{Ops: []driver.Op{set("a.b", `"confidential"`)}})
	update(s.key, &driver.Update{Ops: []driver.Op{set("b.x", `"confidential"`)}})
	update(s.key, &driver.Update{Ops: []driver.Op{push("c", `"confidential"`)}})
	update(s.key, &driver.Update{Ops: []driver.Op{set("d", `"confidential"`), set("b.9999", `"confidential"`)}})
	update(s.key, &driver.Update{If: []driver.Condition{cond("a", driver.Eq, `"confidential!"`)}})
	update(s.key, &driver.Update{Ops: []driver.Op{set("d", `"confidential confidential"`)}, Limits: driver.Limits{Size: 1}})
	wrong := driver.Key{ID: s.key.ID, Verifier: newVerifier()}
	update(wrong, &driver.Update{Ops: []driver.Op{set("a", `"confidential"`)}})
	_, err := s.store().Load(e.ctx, e.now, wrong)
	_, r := e.record(doc(`{"a":"confidential"}`))
	r.ID = s.key.ID
	errs = append(errs, err, s.store().Delete(e.ctx, e.now, wrong), s.store().Create(e.ctx, wrong.Verifier, r))

	secrets := []string{"confidential", "Y29uZmlkZW50aWFs"}
	for _, v := range []driver.Verifier{s.key.Verifier, wrong.Verifier, v} {
		secrets = append(secrets, hex.EncodeToString(v[:]), string(v[:]),
			strings.TrimRight(base64.StdEncoding.EncodeToString(v[:]), "="), base64.RawURLEncoding.EncodeToString(v[:]))
	}
	for _, err := range errs {
		if err == nil {
			e.Error("no error where there should be one")
			continue
		}
		for _, secret := range secrets {
			if strings.Contains(err.Error(), secret) {
				e.Errorf("an error gives away what it should keep: %v", err)
			}
		}
	}
}
