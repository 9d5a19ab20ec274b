// Package turn is about whose turn it is in a request: what changes a session goes one after another, and what ends one goes on though
// the visitor has gone.
package turn

import (
	"context"
	"sync"
	"sync/atomic"
)

// Turn is the lock of a session: whoever has it is alone with what the request knows of it. The zero value is free.
// Those who wait get it in the order in which they came.
type Turn struct {
	phase   atomic.Int32 // of the response, which goes on also while somebody has the turn
	mu      sync.Mutex   // of these fields, held for no longer than it takes to look at them
	taken   bool
	waiting int32
	next    chan struct{} // gives the turn to one who waits; made for the first of them
}

// Phase is that of a response. Only while it is Open can it still get a cookie.
type Phase int32

// The phases, in the order in which a response goes through them.
const (
	Open Phase = iota
	HeaderOut
	Returned // the handler has
)

// Take waits for the turn; false if ctx ended first.
func (t *Turn) Take(ctx context.Context) bool {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return true
	}
	if t.next == nil {
		t.next = make(chan struct{}, 1)
	}
	t.waiting++
	t.mu.Unlock()
	select {
	case <-t.next:
		return true
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == 0 { // it has just been given, and nobody else is there to take it
		<-t.next
		return true
	}
	t.waiting--
	return false
}

// Give passes the turn on.
func (t *Turn) Give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == 0 {
		t.taken = false
		return
	}
	t.waiting--
	t.next <- struct{}{}
}

// Phase returns the phase.
func (t *Turn) Phase() Phase { return Phase(t.phase.Load()) }

// Pass returns the phase, and goes on to p if that comes later.
func (t *Turn) Pass(p Phase) (before Phase) {
	for {
		before = t.Phase()
		if before >= p || t.phase.CompareAndSwap(int32(before), int32(p)) {
			return before
		}
	}
}
