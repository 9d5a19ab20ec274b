package faults

import (
	"errors"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

func recordCases() []faultCase {
	return []faultCase{
		{"create", "a second insert could bring back a session that has ended since", lostCreate},
		{"create, overtaken by the end", "a session that has ended meanwhile is not begun again", createEnded},
		{"delete", "a logout is known to be done, or said not to be", func(e *env) {
			lostDelete(e, func(s, _ session) error { return s.Far.Delete(s.ctx, s.now, s.key) })
		}},
		{"delete by user", "the same for a device that is signed out from another one", func(e *env) {
			lostDelete(e, func(s, _ session) error { return s.Far.Delete(s.ctx, s.now, driver.UserKey(s.key.ID, user)) })
		}},
		{"delete, overtaken", "whoever is told that the session has ended leaves the machine to the next: it must have ended", deleteOvertaken},
		{"delete by user, overtaken", "the same for a device that is signed out from another one", deleteMoved},
		{"load", "who is told that there is no session is signed out", lostLoad},
		{"update by user, overtaken", "what has become another user's is not changed for the one before", updateMoved},
	}
}

func lostCreate(e *env) {
	warm := func() { s := e.newSession(); _ = e.Far.Create(e.ctx, s.key.Verifier, s.record) }
	for _, l := range slices.Concat(losses, cuts) {
		e.each(l, warm, func(what string) {
			s := e.newSession()
			there := s
			there.gone = false
			e.lose(nil)
			err := e.Far.Create(e.ctx, s.key.Verifier, s.record)
			e.answers(what, err, nil)
			states := []session{s}
			switch {
			case err == nil:
				states[0] = there
			case errors.Is(err, driver.ErrUnknownOutcome):
				states = append(states, there)
			}
			for _, when := range []string{what, what + ", later"} {
				states[0].check(when, states[1:]...)
				e.arrive()
			}
			s.gone = !there.holds()
			s.listed(what)
			if !s.gone {
				e.answers(what+", the same again", e.Far.Create(e.ctx, s.key.Verifier, s.record), driver.ErrExists)
			}
		})
	}
}

// createEnded ends the session as soon as the server has it. A store that inserts again because it has no reply brings it back.
func createEnded(e *env) {
	warm := func() { s := e.newSession(); _ = e.Far.Create(e.ctx, s.key.Verifier, s.record) }
	for _, fault := range []faultproxy.Fault{faultproxy.DropReply, faultproxy.CutReply} {
		e.each(only(fault), warm, func(what string) {
			s := e.newSession()
			there := s
			there.gone = false
			ended := false
			e.lose(func() {
				if ended = there.holds(); ended {
					there.end()
				}
			})
			err := e.Far.Create(e.ctx, s.key.Verifier, s.record)
			e.Proxy.Plan(nil)
			e.answers(what, err, nil)
			switch {
			case ended, isUnchanged(err):
				s.check(what)
				s.listed(what)
			case err == nil:
				there.check(what)
			default:
				there.check(what, s)
			}
		})
	}
}

// lostDelete loses messages of a call that is to delete s and leave other alone.
func lostDelete(e *env, call func(s, other session) error) {
	for _, l := range slices.Concat(losses, cuts) {
		warm := func() {
			s, other := e.create(), e.create()
			_ = call(s, other)
			other.end()
		}
		e.each(l, warm, func(what string) {
			s, other := e.create(), e.create()
			e.lose(nil)
			err := call(s, other)
			e.answers(what, err, nil)
			e.mayKnow(what, err)
			since := e.create() // which a late copy of the call has no business with
			states := []session{s}
			switch {
			case err == nil:
				states[0] = s.ended()
			case errors.Is(err, driver.ErrUnknownOutcome):
				states = append(states, s.ended())
			}
			for _, when := range []string{what, what + ", later"} {
				states[0].check(when, states[1:]...)
				for _, live := range []session{other, since} {
					live.check(when)
					live.listed(when)
				}
				e.arrive()
			}
			if s.gone = s.ended().holds(); s.gone {
				s.listed(what)
			} else {
				s.end()
			}
			other.end()
			since.end()
		})
	}
}

// deleteOvertaken has something happen to the session after a message of its deletion was lost and before the client sends anything else.
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
		e.each(only(c.lost), func() { s := e.create(); _ = e.Far.Delete(e.ctx, s.now, s.key) }, func(what string) {
			what = c.what + ", " + what
			s := e.create()
			key, now := s.key, s.now
			happened := false
			e.lose(func() {
				if first := s.ended().holds(); first == (c.lost == faultproxy.DropReply) {
					s.gone = first
					s, happened = c.meanwhile(s), true
				}
			})
			err := e.Far.Delete(e.ctx, now, key)
			e.Proxy.Plan(nil)
			states := []session{s}
			if happened {
				exactly(e, what, err, c.answers...)
			} else {
				exactly(e, what, err, nil)
				switch {
				case err == nil:
					states[0] = s.ended()
				case errors.Is(err, driver.ErrUnknownOutcome):
					states = append(states, s.ended())
				}
			}
			for _, when := range []string{what, what + ", later"} {
				states[0].check(when, states[1:]...)
				e.arrive()
			}
			if !s.ended().holds() {
				s.end()
			}
		})
	}
}

// deleteMoved has the session get another user meanwhile.
func deleteMoved(e *env) {
	warm := func() { s := e.create(); _ = e.Far.Delete(e.ctx, s.now, driver.UserKey(s.key.ID, user)) }
	e.each(only(faultproxy.DropRequest), warm, func(what string) {
		s := e.create()
		moved := false
		e.lose(func() { s, moved = s.near(&driver.Update{User: new("eve")}), true })
		err := e.Far.Delete(e.ctx, s.now, driver.UserKey(s.key.ID, user))
		e.Proxy.Plan(nil)
		if moved {
			exactly(e, what, err, driver.ErrNotFound)
			s.check(what)
		}
	})
}

// updateMoved is deleteMoved for an update, which must not reach what is another user's by then.
func updateMoved(e *env) {
	for _, u := range []driver.Update{inc("n"), inc("a.n"), {User: new("eve"), Ops: inc("n").Ops}} {
		warm := func() { s := e.create(); s.byUser = true; _, _ = s.far(e.ctx, &u) }
		e.each(only(faultproxy.DropRequest), warm, func(what string) {
			s := e.create()
			moved := false
			e.lose(func() { s, moved = s.near(&driver.Update{User: new("eve")}), true })
			_, err := e.Far.Update(e.ctx, s.now, driver.UserKey(s.key.ID, user), &u)
			e.Proxy.Plan(nil)
			if moved {
				exactly(e, what, err, driver.ErrNotFound)
				s.check(what)
			}
		})
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
