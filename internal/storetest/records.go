package storetest

import (
	"errors"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
)

func recordCases() []faultCase {
	deletion := func(f func(s, other session) error) func(e *env) {
		return func(e *env) { lostDelete(e, f) }
	}
	return []faultCase{
		{"create", "a second insert could bring back a session that has ended since", lostCreate},
		{"create, overtaken by the end", "a session that has ended meanwhile is not begun again", createEnded},
		{"delete", "a logout is known to be done, or said not to be", deletion(func(s, _ session) error {
			return s.Far.Delete(s.ctx, s.now, s.key)
		})},
		{"delete by user", "the same for a device that is signed out from another one", deletion(func(s, _ session) error {
			return s.Far.DeleteUserSession(s.ctx, s.now, user, s.key.ID)
		})},
		{"delete all of a user", "whoever signs out everywhere can go on until it is done, and the session that is in use stays", deletion(func(s, other session) error {
			for {
				_, _, err := s.Far.DeleteUserSessions(s.ctx, s.now, user, other.key.ID, driver.ID{}, 10)
				if !errors.Is(err, driver.ErrUnknownOutcome) || s.ctx.Err() != nil {
					return err
				}
			}
		})},
	}
}

func lostCreate(e *env) {
	for _, l := range losses[:3] { // there is no second try
		s := e.newSession()
		there := s
		there.gone = false
		e.lose(CreateRequest, l.faults...)
		err := e.Far.Create(e.ctx, s.key.Verifier, s.record)
		e.wasMet()
		if l.faults[0] == faultproxy.DropReply {
			s = there
			e.answers(l.name, err, nil)
		} else {
			e.answers(l.name, err, driver.ErrUnknownOutcome)
		}
		s.check(l.name)
		s.listed(l.name)
		if n := e.asked.Load(); n != 1 {
			e.Errorf("%s: it was sent %d times, want once", l.name, n)
		}
		e.arrive()
		if l.faults[0] == faultproxy.LateRequest {
			s = there
		}
		s.check(l.name + ", later")
		s.listed(l.name + ", later")
		if !s.gone {
			e.answers(l.name+", the same again", e.Far.Create(e.ctx, s.key.Verifier, s.record), driver.ErrExists)
		}
	}
}

func createEnded(e *env) {
	s := e.newSession()
	e.loseBefore(func() {
		there := s
		there.gone = false
		if !eventually(there.holds) {
			e.Error("the session whose reply is lost has not arrived")
		}
		there.end()
	}, CreateRequest, faultproxy.DropReply)
	err := e.Far.Create(e.ctx, s.key.Verifier, s.record)
	e.wasMet()
	e.answers("reply", err, nil, driver.ErrUnknownOutcome)
	s.check("reply")
	s.listed("reply")
}

// lostDelete loses messages of a call that is to delete s and leave other alone.
func lostDelete(e *env, call func(s, other session) error) {
	for _, l := range losses {
		s, other := e.create(), e.create()
		e.lose(DeleteRequest, l.faults...)
		e.answers(l.name, call(s, other), nil)
		e.wasMet()
		since := e.create() // which a late copy of the call has no business with
		for _, when := range []string{l.name, l.name + ", later"} {
			s.ended().check(when)
			s.ended().listed(when)
			for _, live := range []session{other, since} {
				live.check(when)
				live.listed(when)
			}
			e.arrive()
		}
		other.end()
		since.end()
	}
}
