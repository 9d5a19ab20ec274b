package sqlitestore

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// TestAside has 32 clients of two stores update one session, heavily and lightly, so that what is worked out aside is often in vain, and
// some give up: every acknowledged update is there, and nothing is left behind.
func TestAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	var stores []*Store
	for range 2 {
		s, err := Open(t.Context(), path, &Options{BusyTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		stores = append(stores, s)
	}
	elems := make([]driver.Value, 20_000)
	for i := range elems {
		elems[i] = driver.IntValue(int64(i))
	}
	k := heavy.Create(t, stores[0], driver.Doc{}.With("l", driver.ArrayValue(elems...)))
	goroutines := runtime.NumGoroutine()
	count := driver.Inc{Path: "n", By: driver.IntValue(1)}
	sort := driver.Push{Path: "l", Each: []driver.Value{driver.IntValue(7)}, Slice: new(20_000), Sort: []driver.Sort{{}}}
	const writers, rounds = 32, 6
	var done sync.WaitGroup
	var mu sync.Mutex
	gaveUp := 0
	for i := range writers {
		done.Go(func() {
			for round := range rounds {
				u, ctx := &driver.Update{Ops: []driver.Op{count}}, t.Context()
				if (i/2+round)%2 == 0 {
					u.Ops = append(u.Ops, sort)
				}
				if i%8 == 0 {
					timed, cancel := context.WithTimeout(ctx, time.Duration(round)*10*time.Millisecond)
					defer cancel()
					ctx = timed
				}
				_, err := stores[i%2].Update(ctx, time.Now(), k, u)
				if errors.Is(err, context.DeadlineExceeded) && i%8 == 0 {
					mu.Lock()
					gaveUp++
					mu.Unlock()
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	r, err := stores[0].Load(t.Context(), time.Now(), k)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Data.Get("n").Int(); n != int64(writers*rounds-gaveUp) {
		t.Errorf("%d updates have taken effect of %d, %d gave up", n, writers*rounds, gaveUp)
	}
	for begin := time.Now(); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// TestAsideErrors: what is worked out aside fails as all else does.
func TestAsideErrors(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	k := heavy.Create(t, s, driver.Doc{}.With("n", driver.IntValue(1)))
	u := &driver.Update{Ops: []driver.Op{driver.Push{Path: "n", Each: make([]driver.Value, 4<<10)}}}
	for i := range u.Ops[0].(driver.Push).Each {
		u.Ops[0].(driver.Push).Each[i] = driver.IntValue(1)
	}
	if _, err := s.Update(t.Context(), time.Now(), k, u); !errors.Is(err, driver.ErrType) {
		t.Errorf("Push to a number: error %v, want ErrType", err)
	}
	k.ID[0]++
	if _, err := s.Update(t.Context(), time.Now(), k, u); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("no such session: error %v, want ErrNotFound", err)
	}
}
