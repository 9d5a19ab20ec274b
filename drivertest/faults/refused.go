package faults

import (
	"errors"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

func refusedCases() (cases []faultCase) {
	const why = "what was called a failure must stay one, although a first try of it arrives when it would be accepted"
	add := func(name string, u driver.Update, want error, accept driver.Op) {
		cases = append(cases, faultCase{name, why, func(e *env) { refused(e, &u, want, accept) }})
	}
	add("condition", given(driver.Condition{Path: "open", Is: driver.Eq, Value: value(`true`)}, inc("n")), driver.ErrCondition,
		driver.Set{Path: "open", Value: value(`true`)})
	add("type", inc("f"), driver.ErrType, driver.Set{Path: "f", Value: value(`1`)})
	return cases
}

// refused loses messages of an update that cannot be applied, and then has the session accept it.
func refused(e *env, u *driver.Update, want error, accept driver.Op) {
	for _, l := range losses {
		e.each(l, e.warmUpdate(u), func(what string) {
			s := e.create()
			e.lose(nil)
			_, err := s.far(e.ctx, u)
			e.answers(what, err, want)
			s.check(what)
			s = s.near(&driver.Update{Ops: []driver.Op{accept}})
			e.arrive()
			if errors.Is(err, driver.ErrUnknownOutcome) && l.loses(faultproxy.LateRequest) {
				applied, _ := s.after(u)
				s.check(what+", later", applied)
			} else {
				s.check(what + ", later")
			}
		})
	}
}
