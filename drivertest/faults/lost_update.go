package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// updates are one of every kind that a store may have a way of its own for.
var updates = []struct {
	name, why string
	u         driver.Update
}{
	{"touch", "it writes nothing but times, and still has a result", driver.Update{MaxAge: 2 * time.Hour}},
	{"shorter life", "it writes nothing but times, which may lie before those of the record", driver.Update{MaxAge: time.Minute, Lifetime: time.Hour}},
	{"set", "the result is known beforehand, but not whether it was written", update(driver.Set{Path: "n", Value: value(`2`)})},
	{"set an object", "some servers leave what is equal but for the kind of its numbers", update(driver.Set{Path: "o", Value: value(`{"b":1.0,"c":[1]}`)})},
	{"set if absent", "a second try finds it there", update(driver.SetIfAbsent{Path: "m", Value: value(`1`)})},
	{"inc", "what counts must count once", inc("n")},
	{"nested inc", "a store may have to read, and to compare before it writes (Redis)", inc("a.n")},
	{"inc of an element", "a store may have to read, and to compare before it writes (PostgreSQL, Redis)", inc("l.0")},
	{"push", "what is pushed must be there once", update(push("l"))},
	{"sorted push", "a store may have to read, and to compare before it writes (PostgreSQL, Redis)", update(driver.Push{Path: "l", Each: []driver.Value{value(`2`)}, Sort: []driver.Sort{{}}})},
	{"condition of order", "a store may have to read, and to compare before it writes (all of them)", given(driver.Condition{Path: "o", Is: driver.Gt, Value: value(`{"a":1}`)}, inc("n"))},
	{"once only", "the update itself makes its condition false", given(driver.Condition{Path: "n", Is: driver.Eq, Value: value(`1`)}, update(driver.Set{Path: "n", Value: value(`9`)}))},
	{"take", "what was taken is gone: a store that has not kept it must say so", update(driver.Take{Path: "f"})},
	{"swap", "the same for what is taken where something else is put in its place", update(sequence("n", driver.Take{Path: "n"}, driver.Set{Path: "n", Value: value(`2`)}))},
	{"elements", "what counts in a list must count once", update(raise("l"))},
	{"sequence", "what is done one after the other must be done once, all of it", update(sequence("l", raise("l"), push("l")))},
	{"nested sequence", "a store may have to read, and to compare before it writes (all of them)", update(sequence("a.l", driver.Take{Path: "a.l.0"}, push("a.l")))},
	{"renewal", "a second try has the wrong secret", renewing(driver.Update{})},
	{"renewal with set", "a second try has the wrong secret, and the result is known beforehand", renewing(update(driver.Set{Path: "n", Value: value(`2`)}))},
	{"renewal with inc", "a second try has the wrong secret, and the result is not known beforehand", renewing(inc("n"))},
	{"renewal with nested inc", "a second try has the wrong secret, and may have to compare before it writes", renewing(inc("a.n"))},
	{"sign-in", "user, secret, expiry and data change in one step, or none of them", signIn()},
	{"authentication", "the update itself makes its condition false", driver.Update{Authenticated: longAgo, AuthenticatedSince: longAgo.Add(time.Second)}},
	{"attributes", "some servers have a command of their own for what is set, and another one for what is removed", driver.Update{Attrs: driver.Attrs{"agent": "", "ip": "::1", "label": "mine"}}},
	{"batch", "all of it, once, or nothing", update(driver.Inc{Path: "n", By: value(`1`)}, driver.Unset{Path: "f"}, driver.Rename{Path: "o", To: "p"}, push("a.l"))},
}

func update(ops ...driver.Op) driver.Update { return driver.Update{Ops: ops} }

func inc(p driver.Path) driver.Update { return *storetest.Inc(p) }

func push(p driver.Path) driver.Op { return driver.Push{Path: p, Each: []driver.Value{value(`1`)}} }

func sequence(p driver.Path, do ...driver.Op) driver.Op { return driver.Sequence{Path: p, Do: do} }

// raise adds 1 to the elements from 1 on.
func raise(p driver.Path) driver.Op {
	return driver.Elements{
		Path:  p,
		Where: []driver.Condition{{Is: driver.Gte, Value: value(`1`)}},
		Do:    []driver.Op{driver.Inc{By: value(`1`)}},
	}
}

func given(c driver.Condition, u driver.Update) driver.Update {
	u.If = []driver.Condition{c}
	return u
}

func renewing(u driver.Update) driver.Update {
	u.Renew = new(driver.Secret{1}.Verifier())
	return u
}

func signIn() driver.Update {
	u := renewing(inc("n"))
	u.User, u.MaxAge, u.Lifetime = new("bob"), 2*time.Hour, 4*time.Hour
	u.Authenticated, u.Attrs = day, driver.Attrs{"label": "his"}
	return u
}

var longAgo = time.UnixMilli(0).UTC()

func lostUpdateCases() (cases []faultCase) {
	for _, c := range updates {
		cases = append(cases, faultCase{c.name, c.why, func(e *env) { lostUpdate(e, &c.u, false, losses) }})
	}
	const why = "the same by a key of the user; a second try may find another one's"
	for name, u := range map[string]driver.Update{
		"inc by user": inc("n"), "nested inc by user": inc("a.n"), "renewal by user": renewing(inc("n")),
		"bound by user": {User: new("bob"), Ops: inc("n").Ops}, "sign-in by user": signIn(), "unbound by user": {User: new("")},
	} {
		cases = append(cases, faultCase{name, why, func(e *env) { lostUpdate(e, &u, true, losses) }})
	}
	cases = append(cases, faultCase{"in mid-message", "half of a message is none, whoever has got it", func(e *env) {
		for _, u := range []driver.Update{inc("n"), inc("a.n"), update(driver.Take{Path: "f"}), renewing(inc("n"))} {
			lostUpdate(e, &u, false, cuts)
		}
	}})
	return append(cases, faultCase{"always", "a store that gives up must not have counted twice, nor say that it knows", lostAlways})
}

// lostUpdate loses messages of the update: it takes effect once, or not at all, as the answer says, however late copies arrive.
func lostUpdate(e *env, u *driver.Update, byUser bool, losses []loss) {
	create := func() session {
		s := e.createFor(u)
		s.byUser = byUser
		return s
	}
	for _, l := range losses {
		e.each(l, func() { _, _ = create().far(e.ctx, u) }, func(what string) {
			s := create()
			e.lose(nil)
			got, err := s.far(e.ctx, u)
			if !u.Takes() || !l.loses(faultproxy.DropReply, faultproxy.CutReply) { // what was taken is gone with the reply
				e.mayKnow(what, err)
			}
			s = s.settles(what, u, got, err)
			s = s.near(new(inc("k")))
			s.check(what + ", after another update")
			s.Near = s.Far
			s.check(what + ", as the client has it that lost the message")
		})
	}
}

// lostAlways loses messages until the store gives up.
func lostAlways(e *env) {
	for _, u := range []driver.Update{inc("n"), inc("a.n"), renewing(inc("n"))} {
		for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply, faultproxy.LateRequest} {
			_, _ = e.createFor(&u).far(e.ctx, &u)
			var s session
			var got driver.Result
			err := e.hastily(fault, func(ctx context.Context) (err error) {
				s = e.create()
				got, err = s.far(ctx, &u)
				return err
			})
			s.settles(fmt.Sprintf("%v, always %v", u.Ops, fault), &u, got, err)
		}
	}
}
