package atomicsession

import (
	"sync"
	"testing"
	"time"
)

// The turn goes to one at a time, in the order of waiting, and is never lost, though those who wait give up at the very moment when it
// is given to them.
func TestTurn(t *testing.T) {
	var turn turn
	waiting := func(n int32) {
		t.Helper()
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			turn.mu.Lock()
			now := turn.waiting
			turn.mu.Unlock()
			if now == n {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d wait, not %d", now, n)
			}
		}
	}
	turn.take(nil)
	var order []int
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			turn.take(nil)
			defer turn.give()
			order = append(order, i)
		})
		waiting(int32(i) + 1)
	}
	turn.give()
	group.Wait()
	for i, n := range order {
		if i != n {
			t.Fatalf("the order is %v", order)
		}
	}

	given := 0
	for range 2000 {
		turn.take(nil)
		done := make(chan struct{})
		for range 3 {
			group.Go(func() {
				if turn.take(done) {
					given++
					turn.give()
				}
			})
		}
		group.Go(func() { close(done) })
		turn.give()
		group.Wait()
	}
	if turn.taken || turn.waiting != 0 || len(turn.next) != 0 {
		t.Errorf("in the end the turn is %+v", &turn)
	}
	if given == 0 || given == 6000 {
		t.Errorf("the turn was given %d times of 6000: nothing met", given)
	}
}
