package faults

import (
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

func overtakenCases() (cases []faultCase) {
	const why = "what a store finds later is not what its update has left, and no update failed because of what came after it"
	for _, c := range []struct {
		name string
		u    driver.Update
	}{
		{"inc", inc("n")},
		{"nested inc", inc("a.n")},
		{"touch", driver.Update{MaxAge: 2 * time.Hour}},
		{"label", driver.Update{Attrs: driver.Attrs{"label": "mine"}}},
		{"set", update(driver.Set{Path: "s", Value: value(`5`)}, driver.Unset{Path: "f"})},
		{"take", update(driver.Take{Path: "f"})},
		{"swap", update(sequence("f", driver.Take{Path: "f"}, driver.Set{Path: "f", Value: value(`2`)}))},
		{"elements", update(sequence("l", raise("l"), push("l")))},
		{"renewal", renewing(inc("n"))},
		{"sign-in", signIn()},
	} {
		cases = append(cases, faultCase{c.name, why, func(e *env) {
			for _, others := range []int{1, 40} { // a few, or more than the session can remember
				overtaken(e, &c.u, fmt.Sprintf("by %d", others), func(s session) session {
					for range others {
						s = s.near(new(inc("n")))
					}
					return s
				})
			}
			overtaken(e, &c.u, "by the end", session.end, driver.ErrNotFound)
			renewal := new(driver.Secret{2}.Verifier())
			for _, later := range []struct {
				name     string
				u        driver.Update
				refusals []error
			}{
				{"by a renewal", driver.Update{Renew: renewal}, []error{driver.ErrRenewed}},
				{"by a touch", driver.Update{MaxAge: 3 * time.Hour}, nil},
				{"by a shorter life", driver.Update{MaxAge: 30 * time.Minute, Lifetime: 20 * time.Minute, Deadline: day}, nil},
				{"by a label", driver.Update{Attrs: driver.Attrs{"label": "another"}}, nil},
				{
					"by a sign-in",
					driver.Update{Renew: renewal, User: new("eve"), Attrs: driver.Attrs{"label": "hers"}, MaxAge: 3 * time.Hour, Lifetime: 5 * time.Hour},
					[]error{driver.ErrRenewed},
				},
			} {
				overtaken(e, &c.u, later.name, func(s session) session { return s.nearLater(&later.u) }, later.refusals...)
			}
		}})
	}
	return cases
}

// day is a deadline after all that sessions of the suite live.
var day = time.Now().UTC().Truncate(time.Millisecond).Add(24 * time.Hour)

// nearLater is near by a client that asks a minute later. The session is looked at as before.
func (s session) nearLater(u *driver.Update) session {
	s.Helper()
	now := s.now
	s.now = now.Add(time.Minute)
	after := s.near(u)
	after.now = now
	return after
}

// overtaken has something happen to the session after a message was lost and before the client sends anything else, such as the question
// what became of its update. If that has not taken effect by then, one of the refusals is the truth.
func overtaken(e *env, u *driver.Update, by string, meanwhile func(s session) session, refusals ...error) {
	for _, fault := range []faultproxy.Fault{faultproxy.DropReply, faultproxy.DropRequest} {
		e.each(only(fault), e.warmUpdate(u), func(what string) {
			what = by + ", " + what
			s := e.createFor(u)
			applied, want := s.after(u)
			happened, first := false, false
			e.lose(func() {
				happened, first = true, applied.holds()
				if first {
					applied = meanwhile(applied)
				} else {
					s = meanwhile(s)
				}
			})
			got, err := e.Far.Update(e.ctx, s.now, s.key, u)
			e.Proxy.Plan(nil)
			switch {
			case first:
				applied.gives(what, got, err, want)
				applied.check(what)
				if isUnchanged(err) {
					e.Errorf("%s: error %v, as if nothing had changed", what, err)
				}
			case happened && len(refusals) > 0:
				e.answers(what, err, refusals...)
				s.check(what)
			default:
				s.settles(what, u, got, err)
			}
		})
	}
}
