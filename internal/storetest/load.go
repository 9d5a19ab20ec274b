package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Load updates sessions from many goroutines while a test does something to the server, and keeps account of the answers.
// Every update adds 1 to the field n, and some do it elsewhere too.
type Load struct {
	Sessions []*Account

	t     *testing.T
	store driver.Store
	now   time.Time
	stop  atomic.Bool
	done  sync.WaitGroup
}

// Account is what became of the updates of one session.
type Account struct {
	key                            driver.Key
	deleted                        atomic.Bool
	acknowledged, unknown, refused atomic.Int64
}

// Sum is what became of all updates.
type Sum struct {
	Acknowledged, Unknown, Refused int64
	Lost                           int64 // acknowledged, and not there
	Back                           int64 // sessions that are there although they were deleted
}

// NewLoad creates sessions in the store, which is asked in the end what they hold.
func NewLoad(t *testing.T, s driver.Store, sessions int) *Load {
	t.Helper()
	l := &Load{t: t, store: s}
	for range sessions {
		a := &Account{}
		a.key, l.now = Create(t, s, "ann", `{"a":{"n":0},"n":0}`)
		l.Sessions = append(l.Sessions, a)
	}
	t.Cleanup(l.Stop)
	return l
}

// Start lets workers update all sessions through a client of the store.
func (l *Load) Start(s driver.Store, workers int) {
	for w := range workers {
		l.done.Go(func() {
			for i := w; !l.stop.Load(); i++ {
				u := Inc("n")
				if i%8 == 7 {
					u.Ops = append(u.Ops, Inc("a.n").Ops...)
				}
				l.Update(s, l.Sessions[i%len(l.Sessions)], u)
			}
		})
	}
}

// Update makes one update, which must add 1 to n.
func (l *Load) Update(s driver.Store, a *Account, u *driver.Update) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	gone := a.deleted.Load()
	_, err := s.Update(ctx, l.now, a.key, u)
	switch {
	case err == nil && gone:
		l.t.Error("an update of a deleted session succeeded")
	case err == nil:
		a.acknowledged.Add(1)
	case errors.Is(err, driver.ErrUnknownOutcome):
		a.unknown.Add(1)
	case errors.Is(err, driver.ErrUnavailable):
		a.refused.Add(1)
		time.Sleep(time.Millisecond)
	case !errors.Is(err, driver.ErrNotFound):
		l.t.Errorf("Update: %v", err)
	case !a.deleted.Load():
		time.Sleep(time.Second) // it may overtake the answer to Delete
		if !a.deleted.Load() && !l.t.Failed() {
			l.t.Error("a session is gone that nobody has deleted")
		}
	}
}

// Delete deletes one of the sessions.
func (l *Load) Delete(s driver.Store, a *Account) {
	l.t.Helper()
	if err := s.Delete(l.t.Context(), l.now, a.key); err != nil {
		l.t.Errorf("Delete: %v", err)
	}
	a.deleted.Store(true)
}

// Progress waits until n more updates are acknowledged.
func (l *Load) Progress(n int64) {
	l.t.Helper()
	want := l.Sum().Acknowledged + n
	WaitUntil(l.t, "more updates are acknowledged", func() bool { return l.Sum().Acknowledged >= want || l.t.Failed() })
}

// Stop ends the load and waits for the updates that are under way.
func (l *Load) Stop() {
	l.stop.Store(true)
	l.done.Wait()
}

// Sum returns what became of the updates until now.
func (l *Load) Sum() (sum Sum) {
	for _, a := range l.Sessions {
		sum.Acknowledged += a.acknowledged.Load()
		sum.Unknown += a.unknown.Load()
		sum.Refused += a.refused.Load()
	}
	return sum
}

// Settle ends the load and returns what became of the updates. No more may be there than were acknowledged or are unknown.
func (l *Load) Settle() Sum {
	l.t.Helper()
	l.Stop()
	sum := l.Sum()
	for _, a := range l.Sessions {
		r, err := l.store.Load(context.Background(), l.now, a.key)
		n, acknowledged := r.Data.Get("n").Int(), a.acknowledged.Load()
		switch {
		case errors.Is(err, driver.ErrNotFound) && a.deleted.Load():
			continue
		case err == nil && a.deleted.Load():
			sum.Back++
			continue
		case err != nil && !errors.Is(err, driver.ErrNotFound): // if so, its creation was lost
			l.t.Fatal(err)
		case n > acknowledged+a.unknown.Load():
			l.t.Errorf("%d are there, with %d acknowledged and %d unknown", n, acknowledged, a.unknown.Load())
		}
		sum.Lost += max(0, acknowledged-n)
	}
	l.t.Logf("%+v", sum)
	return sum
}

// SettleAll is Settle for servers that lose nothing.
func (l *Load) SettleAll() Sum {
	l.t.Helper()
	sum := l.Settle()
	if sum.Lost > 0 || sum.Back > 0 || sum.Acknowledged == 0 {
		l.t.Errorf("%+v, want some acknowledged, none lost and none back", sum)
	}
	return sum
}
