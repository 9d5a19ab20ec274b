package faults

import (
	"errors"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

func recordCases() []faultCase {
	deletion := func(f func(s, other session) error) func(e *env) {
		return func(e *env) { lostDelete(e, f) }
	}
	deleteAll := func(s, other session, user string) error {
		for {
			sel := driver.Selection{User: user, Except: other.key.ID, Before: s.record.Created.Add(time.Second)}
			_, _, err := s.Far.DeleteMany(s.ctx, s.now, sel, driver.ID{}, 10)
			if !errors.Is(err, driver.ErrUnknownOutcome) || s.ctx.Err() != nil {
				return err
			}
		}
	}
	return []faultCase{
		{"create", "a second insert could bring back a session that has ended since", lostCreate},
		{"create, overtaken by the end", "a session that has ended meanwhile is not begun again", createEnded},
		{"delete", "a logout is known to be done, or said not to be", deletion(func(s, _ session) error {
			return s.Far.Delete(s.ctx, s.now, s.key)
		})},
		{"delete by user", "the same for a device that is signed out from another one", deletion(func(s, _ session) error {
			return s.Far.Delete(s.ctx, s.now, driver.UserKey(s.key.ID, user))
		})},
		{"delete all of a user", "whoever signs out everywhere can go on until it is done, and the session that is in use stays", deletion(func(s, other session) error {
			return deleteAll(s, other, user)
		})},
		{"delete all", "the same for who signs out everybody", func(e *env) {
			if _, err := e.Near.List(e.ctx, time.Now(), "", driver.ID{}, 1); !errors.Is(err, errors.ErrUnsupported) {
				lostDelete(e, func(s, other session) error { return deleteAll(s, other, "") })
			}
		}},
		{"delete, overtaken", "whoever is told that the session has ended leaves the machine to the next: it must have ended", deleteOvertaken},
		{"delete by user, overtaken", "the same for a device that is signed out from another one", deleteMoved},
		{"update by user, overtaken", "what has become another user's is not changed for the one before", updateMoved},
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

// deleteOvertaken has something happen to the session after a message of its deletion was lost and before the client sends it again.
func deleteOvertaken(e *env) {
	renew := func(times int) func(s session) session {
		return func(s session) session {
			for i := range times {
				s = s.near(&driver.Update{Renew: new(driver.Secret{byte(i + 1)}.Verifier())})
			}
			return s
		}
	}
	again := func(s session) session { // nobody uses an ID twice, but a store cannot know
		s.key.Verifier = driver.Secret{1}.Verifier()
		return e.insert(s)
	}
	gone := func(s session) session { return s }
	for _, c := range []struct {
		what      string
		meanwhile func(s session) session
		lost      faultproxy.Fault
		answers   []error
	}{
		{"a renewal", renew(1), faultproxy.DropRequest, []error{driver.ErrRenewed}},
		{"two renewals", renew(2), faultproxy.DropRequest, []error{driver.ErrRenewed}},
		{"two renewals, and it arrives late", renew(2), faultproxy.LateRequest, []error{driver.ErrRenewed}},
		{"the end", session.end, faultproxy.DropRequest, []error{nil, driver.ErrNotFound}},
		{"the end and a new record", func(s session) session { return again(s.end()) }, faultproxy.DropRequest, []error{driver.ErrRenewed}},
		{"nothing", gone, faultproxy.DropReply, []error{nil}},
		{"a new record", again, faultproxy.DropReply, []error{nil, driver.ErrRenewed}},
	} {
		s := e.create()
		key, now := s.key, s.now
		e.loseBefore(func() {
			if c.lost == faultproxy.DropReply {
				if !eventually(s.ended().holds) {
					e.Error("the deletion whose reply is lost has not arrived")
				}
				s = s.ended()
			}
			s = c.meanwhile(s)
		}, DeleteRequest, c.lost)
		err := e.Far.Delete(e.ctx, now, key)
		e.wasMet()
		exactly(e, c.what, err, append(c.answers, driver.ErrUnknownOutcome)...)
		s.check(c.what)
		e.arrive()
		s.check(c.what + ", later")
		if !s.gone {
			s.end()
		}
	}
}

// deleteMoved has the session get another user meanwhile.
func deleteMoved(e *env) {
	s := e.create()
	e.loseBefore(func() { s = s.near(&driver.Update{User: new("eve")}) }, DeleteRequest, faultproxy.DropRequest)
	err := e.Far.Delete(e.ctx, s.now, driver.UserKey(s.key.ID, user))
	e.wasMet()
	exactly(e, "another user", err, driver.ErrNotFound, driver.ErrUnknownOutcome)
	s.check("another user")
}

// updateMoved is deleteMoved for an update, which must not reach what is another user's by then.
func updateMoved(e *env) {
	for _, u := range []driver.Update{inc("n"), inc("a.n"), {User: new("eve"), Ops: inc("n").Ops}} {
		s := e.create()
		s.byUser = true
		e.loseBefore(func() { s = s.near(&driver.Update{User: new("eve")}) }, UpdateRequest, faultproxy.DropRequest)
		_, err := e.Far.Update(e.ctx, s.now, driver.UserKey(s.key.ID, user), &u)
		e.wasMet()
		exactly(e, "another user", err, driver.ErrNotFound, driver.ErrUnknownOutcome)
		s.check("another user")
	}
}

// exactly is answers where ErrNotFound does not stand for ErrRenewed.
func exactly(e *env, what string, err error, allowed ...error) {
	e.Helper()
	if errors.Is(err, driver.ErrRenewed) && !slices.Contains(allowed, driver.ErrRenewed) {
		e.Errorf("%s: error %v, want one of %v", what, err, allowed)
	}
	e.answers(what, err, allowed...)
}
