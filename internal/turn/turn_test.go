package turn

import (
	"context"
	"sync"
	"testing"
	"time"
)

// The turn goes to one at a time, in the order of waiting, and is never lost, though those who wait give up at the very moment when it
// is given to them.
func TestTurn(t *testing.T) {
	var turn Turn
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
	turn.Take(t.Context())
	var order []int
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			turn.Take(t.Context())
			defer turn.Give()
			order = append(order, i)
		})
		waiting(int32(i) + 1)
	}
	turn.Give()
	group.Wait()
	for i, n := range order {
		if i != n {
			t.Fatalf("the order is %v", order)
		}
	}

	given := 0
	for i := range 20 {
		turn.Take(t.Context())
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			group.Go(func() {
				if turn.Take(ctx) {
					given++
					turn.Give()
				}
			})
		}
		waiting(3)
		turn.mu.Lock() // so that nobody has given up yet when the turn is given
		cancel()
		turn.waiting--
		turn.next <- struct{}{}
		turn.mu.Unlock()
		group.Wait()
		if given != i+1 || turn.taken || turn.waiting != 0 || len(turn.next) != 0 {
			t.Fatalf("the turn was given %d times instead of %d, and is %+v", given, i+1, &turn)
		}
	}
}
