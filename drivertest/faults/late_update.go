package faults

import (
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

var lateUpdateCases = []faultCase{
	{"copy", "a copy that comes when others have updated the session neither counts again nor writes over what they wrote", lateCopy},
	{"after the end", "nothing that was under way brings a session back", lateAfterEnd},
}

// harmful are updates that would do harm if they were done late.
var harmful = []driver.Update{inc("n"), inc("a.n"), update(driver.Set{Path: "n", Value: value(`5`)}), update(push("l"))}

// lateCopy has a copy of an update arrive when others have updated the session: a few, or more than it can remember.
func lateCopy(e *env) {
	for _, u := range harmful {
		for _, others := range []int{1, 40} {
			e.each(only(faultproxy.LateRequest), e.warmUpdate(&u), func(what string) {
				what = fmt.Sprintf("%v, %s, after %d others", u.Ops, what, others)
				s := e.create()
				e.lose(nil)
				got, err := s.far(e.ctx, &u)
				after, want := s.after(&u)
				after.gives(what, got, err, want)
				there := after.holds()
				if there {
					s = after
				}
				for range others {
					s = s.near(new(inc("n")))
				}
				e.arrive()
				if after, _ := s.after(&u); !there && errors.Is(err, driver.ErrUnknownOutcome) {
					s.check(what, after)
				} else {
					s.check(what)
				}
				if err == nil && !there {
					e.Errorf("%s: it was acknowledged, and had not taken effect", what)
				}
			})
		}
	}
}

// warmUpdate returns a function that makes the update of a session of its own.
func (e *env) warmUpdate(u *driver.Update) func() {
	return func() { _, _ = e.createFor(u).far(e.ctx, u) }
}

func lateAfterEnd(e *env) {
	for _, u := range append(harmful, signIn()) {
		e.each(only(faultproxy.LateRequest), e.warmUpdate(&u), func(what string) {
			s := e.createFor(&u)
			e.lose(nil)
			_, err := s.far(e.ctx, &u)
			e.answers(what, err, nil)
			if after, _ := s.after(&u); after.holds() {
				s = after
			}
			s = s.end()
			e.arrive()
			what = fmt.Sprintf("%v, %s", u.Ops, what)
			s.check(what)
			s.listed(what)
		})
	}
}
