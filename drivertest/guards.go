package drivertest

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var guardCases = []testCase{
	{"unknown", "only Create inserts: an update that inserted would bring logged-out sessions back", guardUnknown},
	{"wrong secret", "an ID is public, so it must give no access without the secret", guardSecret},
	{"deleted", "after a logout, requests that are still under way must leave nothing behind", guardDeleted},
	{"conditions", "an update whose condition fails must change nothing, not even the time of last use", guardConditions},
	{"guard before condition", "who does not know the secret learns nothing of the data, not even by an error", guardFirst},
}

// everything is an update that leaves a mark wherever there is room for one.
func (e *env) everything(user string) *driver.Update {
	v := newVerifier()
	return &driver.Update{
		Ops: []driver.Op{set("a", `9`), push("l", `1`)}, MaxAge: 3 * lifetime, Lifetime: 2 * lifetime,
		Deadline: e.after(4 * lifetime), Renew: &v, User: &user, Attrs: driver.Attrs{"label": "a label"},
	}
}

// refused expects every method to refuse the key with the error, through both clients, and nothing to come with it.
func (e *env) refused(k driver.Key, now time.Time, want error) {
	e.Helper()
	e.refusedWith(k, now, want, driver.Record{})
}

// refusedWith is refused where Load returns a record as well.
func (e *env) refusedWith(k driver.Key, now time.Time, want error, rec driver.Record) {
	e.Helper()
	e.refusedBy(k, now, want, want, rec)
}

// strange expects a key to be refused whose ID a live record has, with another verifier that is not remembered: Delete must not say
// that there is none.
func (e *env) strange(k driver.Key, now time.Time) {
	e.Helper()
	e.refusedBy(k, now, driver.ErrNotFound, driver.ErrRenewed, driver.Record{})
}

// refusedBy is refusedWith where Delete has an error of its own.
func (e *env) refusedBy(k driver.Key, now time.Time, want, wantDelete error, rec driver.Record) {
	e.Helper()
	load := func(what string, k driver.Key, i int, want error, rec driver.Record) {
		e.Helper()
		got, err := e.load(e.client(i), now, k)
		e.fails(what, err, want)
		if diff := diffRecords(got, rec); diff != "" {
			e.Errorf("%s:%s", what, diff)
		}
	}
	for i := range 2 {
		c, u := e.client(i), e.everything("ann")
		load("Load", k, i, want, rec)
		_, err := c.Update(e.ctx, now, k, u)
		e.fails("Update", err, want)
		_, err = c.Update(e.ctx, now, k, &driver.Update{})
		e.fails("Update without operations", err, want)
		_, err = c.Update(e.ctx, now, k, &driver.Update{Ops: []driver.Op{inc("b.0.c", `1`)}, If: []driver.Condition{cond("x", driver.Eq, `1`)}})
		e.fails("Update with a condition", err, want)
		e.fails("Delete", c.Delete(e.ctx, now, k), wantDelete)
		load("Load after that", k, i, want, rec)
		for _, v := range []driver.Verifier{*u.Renew, {}} {
			load("Load with another secret", driver.Key{ID: k.ID, Verifier: v}, i, driver.ErrNotFound, driver.Record{})
		}
	}
}

func guardUnknown(e *env) {
	for range 3 {
		k := newKey()
		e.refused(k, e.now, driver.ErrNotFound)
		_, r := e.record(doc(`{"a":1}`)) // nothing of it is in the way of a session with this ID
		r.ID = k.ID
		e.insert(k, r).check(e.now)
	}
	e.refused(driver.Key{}, e.now, driver.ErrNotFound)
	e.listed("ann")
}

func guardSecret(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.User = "bob"
	s := e.insert(k, r)
	wrong := []driver.Key{{ID: k.ID}, {ID: k.ID, Verifier: newVerifier()}, k, k}
	wrong[2].Verifier[0] ^= 1
	wrong[3].Verifier[31] ^= 0x80
	for _, k := range wrong {
		e.strange(k, e.now)
		s.check(e.now)
	}
	e.listed("ann")
	e.listed("bob", s)
}

func guardDeleted(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.User = "bob"
	s := e.insert(k, r)
	e.ok(s.store().Delete(e.ctx, e.now, k))
	e.refused(k, e.now, driver.ErrNotFound)
	e.listed("ann")
	e.listed("bob")
}

func guardConditions(e *env) {
	s := e.create(doc(`{"a":1}`))
	for _, c := range []driver.Condition{
		cond("a", driver.Eq, `2`), cond("a", driver.Gt, `1`), cond("a", driver.Exists, `false`),
		cond("b", driver.Exists, `true`), cond("b", driver.Eq, `null`), cond("a.b", driver.Exists, `true`),
	} {
		u := e.everything("ann")
		u.If = []driver.Condition{c}
		s.update(e.after(lifetime/2), u)
	}
	e.listed("ann")
}

func guardFirst(e *env) {
	s := e.create(doc(`{"a":1,"b":"x"}`))
	wrong := driver.Key{ID: s.key.ID, Verifier: newVerifier()}
	for _, u := range []*driver.Update{
		{If: []driver.Condition{cond("a", driver.Eq, `1`)}},
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}},
		{Ops: []driver.Op{inc("b", `1`)}},
		{Ops: []driver.Op{set("b.c", `1`)}},
		{Ops: []driver.Op{set("c", `"a long text"`)}, Limits: driver.Limits{Size: 4}},
	} {
		s.updateAs(wrong, e.now, u)
		s.updateAs(s.key, e.after(lifetime), u)
		s.updateAs(newKey(), e.now, u)
	}
}
