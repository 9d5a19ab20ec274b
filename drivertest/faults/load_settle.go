package faults

import (
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// add adds to the account, and keeps the notes on what is wrong with it, as long as there are few.
func (l *Load) add(sum Account, notes ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum = l.sum.Plus(sum)
	l.notes = append(l.notes, notes[:min(len(notes), notesMax-len(l.notes))]...)
}

// look adds to the account what a session holds that nobody uses any more. It reports whether the store has answered.
func (l *Load) look(a *tally) bool {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	var sum Account
	r, err := l.near.Load(ctx, a.now, a.userKey())
	switch {
	case errors.Is(err, driver.ErrNotFound):
		note := a.gone(&sum)
		l.add(sum, note)
	case err != nil:
		return false
	default:
		notes := a.check(r.Data, &sum)
		l.add(sum, notes...)
	}
	return true
}

// lookAgain looks at the sessions that were deleted first, until no more than so many are left. Those of which the store does not
// answer stay.
func (l *Load) lookAgain(left int) {
	l.mu.Lock()
	n := max(0, len(l.ended)-left)
	first := l.ended[:n:n]
	l.ended = l.ended[n:]
	l.mu.Unlock()
	for _, s := range first {
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		_, err := l.near.Load(ctx, s.now, s.key)
		cancel()
		switch {
		case err == nil:
			l.add(Account{Back: 1}, fmt.Sprintf("session %v is there after its end", s.key.ID))
		case !errors.Is(err, driver.ErrNotFound):
			l.mu.Lock()
			l.ended = append(l.ended, s)
			l.mu.Unlock()
		}
	}
}

func (l *Load) settle() Account {
	l.t.Helper()
	l.Stop()
	left := l.pending
	for i := range l.places {
		if a := l.places[i].vacate(); a != nil {
			left = append(left, a)
		}
	}
	l.pending = nil
	for _, a := range left {
		storetest.WaitUntil(l.t, "the store tells what a session holds", func() bool { return l.look(a) })
	}
	storetest.WaitUntil(l.t, "the store tells whether sessions have come back", func() bool { l.lookAgain(0); return len(l.ended) == 0 })
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, note := range l.notes {
		l.t.Log(note)
	}
	l.t.Log(l.sum)
	return l.sum
}
