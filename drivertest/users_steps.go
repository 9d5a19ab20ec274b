package drivertest

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// deleteAll deletes all sessions of a user, in steps of two.
func (e *env) deleteAll(client int, now time.Time, user string, except driver.ID) (total int, err error) {
	e.Helper()
	for after := (driver.ID{}); ; {
		n, next, err := e.users(client).DeleteUserSessions(e.ctx, now, user, except, after, 2)
		total += n
		if next.IsZero() || err != nil {
			return total, err
		}
		if n > 2 || next.Compare(after) <= 0 {
			e.Fatalf("a step deleted %d sessions of at most 2, and goes from %v to %v", n, after, next)
		}
		after = next
	}
}

// userDeleteSteps holds single steps to what they say of themselves.
func userDeleteSteps(e *env) {
	var ann []*session
	for i := range 7 {
		k, r := e.record(driver.Doc{})
		k.ID[0] = byte(20 * (i + 1))
		r.ID, r.User = k.ID, "ann"
		if i == 1 {
			r.Expires = e.after(time.Hour)
		}
		ann = append(ann, e.insert(k, r))
	}
	now := e.after(time.Hour)
	step := func(except, after *session, limit, wantN int, wantNext *session, gone ...*session) {
		e.Helper()
		var exceptID, afterID, wantID driver.ID
		if except != nil {
			exceptID = except.key.ID
		}
		if after != nil {
			afterID = after.key.ID
		}
		if wantNext != nil {
			wantID = wantNext.key.ID
		}
		n, next, err := e.users(limit).DeleteUserSessions(e.ctx, now, "ann", exceptID, afterID, limit)
		e.ok(err)
		if n != wantN || next != wantID {
			e.Errorf("a step of %d deleted %d and goes on after %v, want %d and %v", limit, n, next, wantN, wantID)
		}
		for _, s := range gone {
			s.gone = true
		}
		for _, s := range ann {
			if s != ann[1] {
				s.check(now)
			}
		}
	}
	step(ann[2], nil, 3, 2, ann[3], ann[0], ann[1], ann[3]) // the expired one is dealt with, and not counted; the exception takes no room
	step(ann[2], ann[5], 3, 1, nil, ann[6])
	step(ann[2], ann[6], 3, 0, nil)
	step(nil, ann[2], 2, 2, nil, ann[4], ann[5])
	step(nil, nil, 1, 1, nil, ann[2])
	step(nil, nil, 1, 0, nil)
}
