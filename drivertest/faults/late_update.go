package faults

import (
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
			what := fmt.Sprintf("%v, after %d others", u.Ops, others)
			s := e.create()
			e.lose(UpdateRequest, faultproxy.LateRequest)
			got, err := s.far(e.ctx, &u)
			e.wasMet()
			s, want := s.after(&u)
			s.gives(what, got, err, want)
			for range others {
				s = s.near(new(inc("n")))
			}
			e.arrive()
			s.check(what)
		}
	}
}

func lateAfterEnd(e *env) {
	for _, u := range append(harmful, signIn()) {
		s := e.create()
		e.lose(UpdateRequest, faultproxy.LateRequest)
		_, err := s.far(e.ctx, &u)
		e.wasMet()
		e.ok("Update", err)
		s, _ = s.after(&u)
		s = s.end()
		e.arrive()
		what := fmt.Sprint(u.Ops)
		s.check(what)
		s.listed(what)
	}
}
