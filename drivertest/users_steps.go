package drivertest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// deleteAll deletes all sessions of a selection, in steps of two.
func (e *env) deleteAll(client int, now time.Time, sel driver.Selection) (total int, err error) {
	e.Helper()
	for after := (driver.ID{}); ; {
		n, next, err := e.users(client).DeleteMany(e.ctx, now, sel, after, 2)
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
		n, next, err := e.users(limit).DeleteMany(e.ctx, now, driver.Selection{User: "ann", Except: exceptID}, afterID, limit)
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

// hurried is a context that ends at a look at it. What is under way at that moment comes to its end first, and who looks meanwhile
// waits: so the context ends between two things that a store does.
type hurried struct {
	context.Context
	end context.CancelFunc

	mu    sync.Mutex
	looks int // that are left
}

// endingAt returns a context that is over from its n-th look on, the first being 1.
func (e *env) endingAt(n int) *hurried {
	ctx, cancel := context.WithCancel(e.ctx)
	return &hurried{Context: ctx, end: cancel, looks: n}
}

// Err implements [context.Context].
func (c *hurried) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.looks--; c.looks == 0 {
		time.Sleep(5 * time.Millisecond)
		c.end()
	}
	return c.Context.Err()
}

// userDeleteHalf has a step's time be over while it is at work, at different moments. What it says must be true: no error other than
// ErrUnknownOutcome says that some sessions have ended, and no number is greater than that of those that have.
func userDeleteHalf(e *env) {
	const sessions = 24
	var none, some, all int
	for looks := 1; looks <= 96; looks += 1 + looks/8 {
		var ids []*session
		for range sessions {
			ids = append(ids, e.insertFor("ann", lifetime))
		}
		ctx := e.endingAt(looks)
		n, next, err := e.users(looks).DeleteMany(ctx, e.now, driver.Selection{User: "ann"}, driver.ID{}, 1000)
		ctx.end()
		left := 0
		for _, s := range ids {
			if _, err := s.store().Load(e.ctx, e.now, s.key); !sameError(err, driver.ErrNotFound) {
				e.ok(err)
				left++
			}
		}
		ended := sessions - left
		switch {
		case err == nil:
			all++
			if n != sessions || left > 0 || !next.IsZero() {
				e.Errorf("after %d looks at the context: %d ended, next %v, no error; but %d have of %d", looks, n, next, ended, sessions)
			}
		case errors.Is(err, driver.ErrUnknownOutcome):
			some++
			if n > ended {
				e.Errorf("after %d looks at the context: %d ended, error %v; but %d have", looks, n, err, ended)
			}
		default:
			none++
			if n > 0 || ended > 0 || !errors.Is(err, context.Canceled) {
				e.Errorf("after %d looks at the context: %d ended, error %v, which says that nothing was changed; but %d have ended", looks, n, err, ended)
			}
		}
		if _, err := e.deleteAll(looks, e.now, driver.Selection{User: "ann"}); err != nil {
			e.Errorf("once more: %v", err)
		}
		e.listed("ann")
	}
	e.Logf("of the steps %d ended none, %d some or all of an unknown number, %d all", none, some, all)
}
