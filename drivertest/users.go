package drivertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var userCases = []testCase{
	{"list", "a device list shows all live sessions of one user and nothing of anybody else", userList},
	{"pages", "a long list is read in pages, in the order of the IDs, without gaps or repeats", userPages},
	{"bind", "the list follows a session from one user to the next, and never shows it twice", userBind},
	{"ended", "a session that is deleted, expired or renewed must not leave an entry behind, nor lose the one it has", userEnded},
	{"delete all", "after a change of password every session of the user is gone, but for the one that asked", userDeleteAll},
	{"delete steps", "ending many sessions is many short steps, none of which may miss one or end another's", userDeleteSteps},
	{"delete half", "whoever signs out everywhere must know whether it may have happened, and no more sessions be counted than have ended", userDeleteHalf},
	{"names", "a user's name is a value: whatever it contains, it names this user and no other", userNames},
}

// insertFor creates a session of the user that lives for life.
func (e *env) insertFor(user string, life time.Duration) *session {
	e.Helper()
	k, r := e.record(doc(`{"a":1}`))
	r.User, r.Expires = user, e.after(life)
	return e.insert(k, r)
}

func userList(e *env) {
	e.listed("ann")
	a1, a2, a3 := e.insertFor("ann", lifetime), e.insertFor("ann", lifetime), e.insertFor("ann", 2*lifetime)
	b := e.insertFor("bob", lifetime)
	e.insertFor("", lifetime)
	e.listed("ann", a1, a2, a3)
	e.listed("bob", b)
	e.listed("an")
	e.listed("anna")

	a1.update(e.after(time.Minute), &driver.Update{Ops: []driver.Op{inc("a", `1`)}, MaxAge: 3 * lifetime})
	e.listed("ann", a1, a2, a3)
	list, err := e.users(0).List(e.ctx, e.after(lifetime), "ann", driver.ID{}, 10)
	e.ok(err)
	if len(list) != 2 {
		e.Errorf("%d sessions of ann are live, want 2: one has expired", len(list))
	}
}

func userPages(e *env) {
	var ids []driver.ID
	for _, first := range []byte{0x00, 0x7f, 0x80, 0xff, 0x41, 0x61, 0xfb, 0x3e} { // bytes whose order text forms may change
		for _, last := range []byte{0x00, 0xff} {
			k, r := e.record(driver.Doc{})
			k.ID[0], k.ID[15], r.User = first, last, "ann"
			r.ID = k.ID
			e.insert(k, r)
			ids = append(ids, k.ID)
			e.insertFor("bob", lifetime)
		}
	}
	e.pages(e.now, "ann", ids)
	for i := range 3 { // expired ones take no place in a page
		k, r := e.record(driver.Doc{})
		k.ID = driver.ID{0, 0, byte(i + 1)}
		r.ID, r.User, r.Expires = k.ID, "eve", e.after(time.Hour)
		e.insert(k, r)
	}
	live := e.insertFor("eve", lifetime)
	if page, err := e.users(0).List(e.ctx, e.after(time.Hour), "eve", driver.ID{}, 2); err != nil || len(page) != 1 || page[0].ID != live.key.ID {
		e.Errorf("the page is %v (%v), want the one that is live", page, err)
	}
	page, err := e.users(0).List(e.ctx, e.now, "ann", driver.ID{0x40}, 2) // which no session has
	e.ok(err)
	if len(page) != 2 || page[0].ID != ids[4] || page[1].ID != ids[5] {
		e.Errorf("after an ID that does not exist the page is %v, want the next two", page)
	}
}

// pages expects the user's list ("": everybody's) to have these IDs in their order, whatever the length of the pages in which it
// is read.
func (e *env) pages(now time.Time, user string, ids []driver.ID) {
	e.Helper()
	slices.SortFunc(ids, driver.ID.Compare)
	for i, limit := range []int{1, 2, 3, 7, len(ids) - 1, len(ids), len(ids) + 1} {
		var got []driver.ID
		for after := (driver.ID{}); ; after = got[len(got)-1] {
			page, err := e.users(i).List(e.ctx, now, user, after, limit)
			e.ok(err)
			if len(page) > limit {
				e.Fatalf("a page has %d sessions, want at most %d", len(page), limit)
			}
			for _, r := range page {
				got = append(got, r.ID)
			}
			if len(page) < limit || len(got) > len(ids) {
				break
			}
		}
		if !slices.Equal(got, ids) {
			e.Errorf("in pages of %d the IDs are\n\t%v, want\n\t%v", limit, got, ids)
		}
	}
}

func userBind(e *env) {
	s := e.create(doc(`{"a":1}`))
	for _, user := range []string{"ann", "bob", "bob", "", "", "ann", "ann"} {
		s.update(e.now, &driver.Update{User: &user})
		for _, other := range []string{"ann", "bob"} {
			if other == user {
				e.listed(other, s)
			} else {
				e.listed(other)
			}
		}
	}
	s.update(e.now, &driver.Update{Ops: []driver.Op{set("user", `"bob"`)}}) // a field of this name is just a field
	s.update(e.now, &driver.Update{Ops: []driver.Op{unset("user")}})
	e.listed("ann", s)
	e.listed("bob")
}

func userEnded(e *env) {
	kept, deleted := e.insertFor("ann", 3*lifetime), e.insertFor("ann", 3*lifetime)
	v := newVerifier()
	kept.update(e.now, &driver.Update{Renew: &v})
	e.ok(deleted.store().Delete(e.ctx, e.now, deleted.key))
	e.listed("ann", kept)
	e.insertFor("ann", lifetime)
	for i := range 2 {
		list, err := e.users(i).List(e.ctx, e.after(lifetime), "ann", driver.ID{}, 10)
		e.ok(err)
		if len(list) != 1 {
			e.Errorf("%d sessions are live, want 1", len(list))
		}
	}
}

func userDeleteAll(e *env) {
	deleteAll := func(now time.Time, except driver.ID, want int) {
		e.Helper()
		n, err := e.deleteAll(want, now, driver.Selection{User: "ann", Except: except})
		e.ok(err)
		if n != want {
			e.Errorf("%d live sessions deleted, want %d", n, want)
		}
	}
	deleteAll(e.now, driver.ID{}, 0)
	var ann []*session
	for range 5 {
		ann = append(ann, e.insertFor("ann", 3*lifetime))
	}
	old, bob, nobody := e.insertFor("ann", time.Hour), e.insertFor("bob", lifetime), e.insertFor("", lifetime)
	end := func(list ...*session) {
		for _, s := range list {
			s.gone = true
			s.update(e.now, e.everything("ann"))
		}
	}
	deleteAll(e.after(time.Hour), ann[2].key.ID, 4) // the expired one goes too, and is not counted
	end(ann[0], ann[1], ann[3], ann[4], old)
	e.listed("ann", ann[2])
	ann[2].check(e.now)
	deleteAll(e.now, bob.key.ID, 1) // an exception that is not the user's excepts nothing
	end(ann[2])
	e.listed("ann")
	deleteAll(e.now, driver.ID{}, 0)
	bob.check(e.now)
	nobody.check(e.now)
	e.listed("bob", bob)
	e.listed("ann", e.insertFor("ann", lifetime)) // the user may log in again
}

var someUsers = []string{
	"ann", "Ann", "ANN", "ann ", " ann", "a", "0", "00", "null", "*", "a*", "?nn", "[a]nn", "%", "a_n", "ann:1", ":", "ann:", "{ann}", "a}b{c", "'", "''",
	"\"", "\"ann\"", "\\", "\\\\", "ann\\", "$ann", "$ne", "{\"$ne\":null}", "a.b", "a/b", "\n", "\t", "\x01", "é", "e\u0301", "漢字", "😀", "'; --",
	"\uffff", "\ufeffann", strings.Repeat("x", driver.MaxUser), strings.Repeat("x", driver.MaxUser-1), strings.Repeat("é", driver.MaxUser/2),
}

func userNames(e *env) {
	var all []*session
	for i, user := range someUsers {
		if i%2 == 0 {
			all = append(all, e.insertFor(user, lifetime))
			continue
		}
		s := e.create(doc(`{"a":1}`))
		s.update(e.now, &driver.Update{User: &user})
		all = append(all, s)
	}
	for i, user := range someUsers {
		e.listed(user, all[i])
	}
	for i, user := range someUsers {
		if i%2 == 0 {
			n, err := e.deleteAll(i/2, e.now, driver.Selection{User: user})
			if err != nil || n != 1 {
				e.Errorf("%d sessions of %q deleted, want 1 (error: %v)", n, user, err)
			}
		} else {
			e.fails(fmt.Sprintf("delete the session of %q", user), e.client(i/2).Delete(e.ctx, e.now, driver.UserKey(all[i].key.ID, user)), nil)
		}
		all[i].gone = true
		e.listed(user)
		if i+1 < len(all) {
			all[i+1].check(e.now)
		}
	}
}

// listed expects the user's list to hold just these sessions, through both clients, if the store keeps one.
func (e *env) listed(user string, want ...*session) {
	e.Helper()
	slices.SortFunc(want, func(a, b *session) int { return a.key.ID.Compare(b.key.ID) })
	for _, client := range e.clients {
		finder, ok := client.(driver.Finder)
		if !ok {
			continue
		}
		got, err := finder.List(e.ctx, e.now, user, driver.ID{}, len(want)+10)
		e.ok(err)
		if len(got) != len(want) {
			e.Errorf("%q has %d sessions, want %d", user, len(got), len(want))
			continue
		}
		for i, s := range want {
			if diff := diffListed(got[i], s.want); diff != "" {
				e.Errorf("session %d of %q:%s", i, user, diff)
			}
		}
	}
}
