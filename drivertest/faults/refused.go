package faults

import (
	"errors"
	"slices"

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
		s := e.create()
		e.lose(UpdateRequest, l.faults...)
		_, err := s.far(e.ctx, u)
		e.wasMet()
		e.answers(l.name, err, want, driver.ErrUnknownOutcome)
		s.check(l.name)
		s = s.near(&driver.Update{Ops: []driver.Op{accept}})
		e.arrive()
		var others []session
		if errors.Is(err, driver.ErrUnknownOutcome) && slices.Contains(l.faults, faultproxy.LateRequest) {
			applied, _ := s.after(u)
			others = append(others, applied)
		}
		s.check(l.name+", later", others...)
	}
}
