package retry

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func TestTurnsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		id := driver.ID{1}
		leave, err := turns.Take(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []string
		note := func(name string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
		}
		var done sync.WaitGroup
		for _, name := range []string{"a", "light", "b"} {
			done.Go(func() {
				if name == "light" {
					turns.GiveWay(t.Context(), id)
					note(name)
					return
				}
				leave, err := turns.Take(t.Context(), id)
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(100 * time.Millisecond)
				note(name)
				leave()
			})
			synctest.Wait()
		}
		turns.GiveWay(t.Context(), driver.ID{2}) // another session's does not wait
		if len(order) > 0 {
			t.Errorf("%q did not wait", order)
		}
		leave()
		done.Wait()
		if len(order) != 3 || order[0] != "a" || order[1] != "light" || order[2] != "b" {
			t.Errorf("the order is %q", order)
		}
		if turns.count.Load() != 0 || len(turns.of) != 0 {
			t.Errorf("turns are left: %v", turns.of)
		}
	})
}

func TestTurnsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		id := driver.ID{1}
		leave, _ := turns.Take(t.Context(), id)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := turns.Take(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn after the context's end: %v", err)
		}
		begin := time.Now()
		turns.GiveWay(ctx, id)
		if waited := time.Since(begin); waited > 0 {
			t.Errorf("waited for %v after the context's end", waited)
		}
		turns.GiveWay(t.Context(), id)
		if waited := time.Since(begin); waited != longestWait {
			t.Errorf("waited for %v", waited)
		}
		leave()
		if turns.count.Load() != 0 || len(turns.of) != 0 {
			t.Errorf("turns are left: %v", turns.of)
		}
	})
}

// TestContend has somebody come between until it takes the turn, which others then let pass.
func TestContend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		id, p := driver.ID{1}, For(time.Minute)
		var version, stop atomic.Int64
		var done sync.WaitGroup
		done.Go(func() {
			for stop.Load() == 0 {
				turns.GiveWay(t.Context(), id)
				version.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
		tries := 0
		err := turns.Contend(t.Context(), id, &p, func() error {
			tries++
			before := version.Load()
			time.Sleep(100 * time.Millisecond)
			if version.Load() != before {
				return ErrChanged
			}
			return nil
		})
		if stop.Store(1); err != nil || tries > 3 {
			t.Errorf("%d tries, error %v", tries, err)
		}
		done.Wait()
		if turns.count.Load() != 0 {
			t.Error("turns are left")
		}

		p = For(time.Second)
		if err := turns.Contend(t.Context(), id, &p, func() error { return ErrChanged }); !errors.Is(err, ErrChanged) || !errors.Is(err, driver.ErrUnavailable) || turns.count.Load() != 0 {
			t.Errorf("after the patience: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p = For(time.Minute)
		err = turns.Contend(ctx, id, &p, func() error { return ErrChanged })
		if want := "store unavailable: context deadline exceeded; last: " + ErrChanged.Error(); err == nil || err.Error() != want {
			t.Errorf("after the context: %v, want %s", err, want)
		}
		other := errors.New("other")
		if err := turns.Contend(t.Context(), id, &p, func() error { return other }); !errors.Is(err, other) {
			t.Errorf("another error became %v", err)
		}
	})
}
