package memstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
	"github.com/atomicsession/atomicsession/memstore"
)

func BenchmarkNeighbour(b *testing.B) { heavy.BenchmarkNeighbour(b, memstore.New(nil)) }

// TestTurns has many update one session at once, some heavily, while its context ends for some and the session ends for all: every
// acknowledged update is there, each gets its turn, and none is left behind.
func TestTurns(t *testing.T) {
	s := memstore.New(nil)
	elems := make([]driver.Value, 20_000)
	for i := range elems {
		elems[i] = driver.IntValue(int64(i))
	}
	k := heavy.Create(t, s, driver.Doc{}.With("l", driver.ArrayValue(elems...)))
	count := driver.Inc{Path: "n", By: driver.IntValue(1)}
	sort := driver.Push{Path: "l", Each: []driver.Value{driver.IntValue(7)}, Slice: new(20_000), Sort: []driver.Sort{{}}}
	const writers, rounds = 32, 10
	var done sync.WaitGroup
	for i := range writers {
		done.Go(func() {
			for round := range rounds {
				u := &driver.Update{Ops: []driver.Op{count}}
				if (i+round)%2 == 0 {
					u.Ops = append(u.Ops, sort)
				}
				if i%8 == 0 { // it may give up while it waits
					ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
					u.Ops[0] = driver.Inc{Path: "m", By: driver.IntValue(1)}
					if _, err := s.Update(ctx, time.Now(), k, u); err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					cancel()
				} else if _, err := s.Update(t.Context(), time.Now(), k, u); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	r, err := s.Load(t.Context(), time.Now(), k)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Data.Get("n").Int(); n != writers*rounds*7/8 {
		t.Errorf("%d updates have taken effect, want %d", n, writers*rounds*7/8)
	}

	for range writers { // an end does not wait for its turn, and all who do learn of it
		done.Go(func() {
			for {
				_, err := s.Update(t.Context(), time.Now(), k, &driver.Update{Ops: []driver.Op{count, sort}})
				if errors.Is(err, driver.ErrNotFound) {
					return
				} else if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if err := s.Delete(t.Context(), time.Now(), k); err != nil {
		t.Error(err)
	}
	done.Wait()
}

// TestEndsMeanwhile ends a session while an update of it is worked out: nothing brings it back.
func TestEndsMeanwhile(t *testing.T) {
	s := memstore.New(nil)
	list := make([]driver.Value, 20_000)
	for i := range list {
		list[i] = driver.IntValue(int64(i))
	}
	k := heavy.Create(t, s, driver.Doc{})
	asked := 0
	ctx := asking{t.Context(), func() {
		if asked++; asked == 3 { // by the update, and twice by its evaluation
			if err := s.Delete(t.Context(), time.Now(), k); err != nil {
				t.Error(err)
			}
		}
	}}
	u := &driver.Update{Ops: []driver.Op{driver.AddToSet{Path: "l", Each: list}}}
	if _, err := s.Update(ctx, time.Now(), k, u); !errors.Is(err, driver.ErrNotFound) || asked < 3 {
		t.Errorf("error %v, want ErrNotFound; asked %d times", err, asked)
	}
	if _, err := s.Load(t.Context(), time.Now(), k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("Load afterwards: error %v, want ErrNotFound", err)
	}
}

// asking is a context that says when it is asked whether it has ended.
type asking struct {
	context.Context
	asked func()
}

func (c asking) Err() error {
	c.asked()
	return c.Context.Err()
}

// TestHeavyUpdateHoldsUpNobody reads and changes a small session while the heaviest updates of another one are made.
func TestHeavyUpdateHoldsUpNobody(t *testing.T) {
	s := memstore.New(nil)
	small := heavy.Create(t, s, driver.Doc{})
	for _, h := range heavy.Updates() {
		k := heavy.Create(t, s, h.Doc)
		ended := make(chan error, 1)
		go func() {
			_, err := s.Update(t.Context(), time.Now(), k, h.Update)
			ended <- err
		}()
		for running := true; running; {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			begin := time.Now()
			_, err := s.Load(ctx, begin, small)
			if err == nil {
				_, err = s.Update(ctx, begin, small, &driver.Update{Ops: []driver.Op{driver.CurrentDate{Path: "at"}}})
			}
			cancel()
			if took := time.Since(begin); err != nil || took > 2*time.Second {
				t.Errorf("beside %q a read and an update took %v: %v", h.Name, took, err)
			}
			select {
			case err := <-ended:
				if running = false; err != nil {
					t.Errorf("%s: %v", h.Name, err)
				}
			case <-time.After(time.Millisecond):
			}
		}
		if err := s.Delete(t.Context(), time.Now(), k); err != nil {
			t.Error(err)
		}
	}
}
