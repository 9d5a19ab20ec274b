package sqlitestore_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// TestBusy: another program holds the lock for writing.
func TestBusy(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &sqlitestore.Options{BusyTimeout: 50 * time.Millisecond})
	k := create(t, s, "x")
	other := connect(t, path)
	run(t, other, "BEGIN IMMEDIATE")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { is(t, "Update", update(t.Context(), s, k), driver.ErrUnavailable) })
	}
	wg.Wait()
	k2, r := newRecord("")
	is(t, "Create", s.Create(t.Context(), k2.Verifier, r), driver.ErrUnavailable)
	holds(t, s, k, 0, "x") // readers do not mind
	run(t, other, "COMMIT")
	if err := update(t.Context(), s, k); err != nil {
		t.Fatal(err)
	}
	holds(t, s, k, 1, "x")
}

// TestLockedReason: the lock is held for longer than the calls have time.
func TestLockedReason(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &sqlitestore.Options{BusyTimeout: time.Hour})
	k := create(t, s, "x")
	other := connect(t, path)
	run(t, other, "BEGIN IMMEDIATE")
	storetest.NamesRefusal(t, s, k, time.Now(), "locked by another process")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	run(t, other, "COMMIT")
	holds(t, s, k, 0, "x") // none was made
	<-ctx.Done()
	if err := update(ctx, s, k); err == nil || strings.Contains(err.Error(), "locked") {
		t.Errorf("with the lock free, late: error %v", err)
	}
}

// TestWithdrawn: a change that still waits when its context ends is never made.
func TestWithdrawn(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &sqlitestore.Options{BusyTimeout: time.Hour})
	k := create(t, s, "x")
	other := connect(t, path)
	run(t, other, "BEGIN IMMEDIATE")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { is(t, "Update", update(ctx, s, k), context.Canceled) })
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	wg.Wait() // returns although the lock is still held
	run(t, other, "COMMIT")
	if err := update(t.Context(), s, k); err != nil {
		t.Fatal(err)
	}
	holds(t, s, k, 1, "x")

	is(t, "Update", update(ctx, s, k), context.Canceled)
	_, err := s.Load(ctx, time.Now(), k)
	is(t, "Load", err, context.Canceled)
	_, err = s.Sweep(ctx, time.Now(), 10)
	is(t, "Sweep", err, context.Canceled)
	_, err = sqlitestore.Open(ctx, path, nil)
	is(t, "Open", err, context.Canceled)
	holds(t, s, k, 1, "x")
}

// TestCancelUnderLoad: an error that matches the context's means that nothing was done, whenever it ends.
func TestCancelUnderLoad(t *testing.T) {
	s := open(t, newPath(t), nil)
	k := create(t, s, "x")
	var acked, cancelled atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(2*time.Millisecond))
				switch err := update(ctx, s, k); {
				case err == nil:
					acked.Add(1)
				case errors.Is(err, context.DeadlineExceeded):
					cancelled.Add(1)
				default:
					t.Errorf("Update: %v", err)
				}
				if _, err := s.Load(ctx, time.Now(), k); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Load: %v", err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if acked.Load() == 0 || cancelled.Load() == 0 {
		t.Errorf("%d acknowledged, %d cancelled: nothing was put to the test", acked.Load(), cancelled.Load())
	}
	holds(t, s, k, acked.Load(), "x")
}

// TestCloseUnderLoad: every call is either carried out or refused.
func TestCloseUnderLoad(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	k := create(t, s, "x")
	var acked atomic.Int64
	var wg sync.WaitGroup
	worker := func(call func() error) {
		wg.Go(func() {
			for {
				if err := call(); err != nil {
					is(t, "call during Close", err, driver.ErrUnavailable)
					return
				}
			}
		})
	}
	for range 8 {
		worker(func() error {
			err := update(t.Context(), s, k)
			if err == nil {
				acked.Add(1)
			}
			return err
		})
		worker(func() error {
			_, err := s.Load(t.Context(), time.Now(), k)
			return err
		})
	}
	for acked.Load() < 50 {
		time.Sleep(time.Millisecond)
	}
	var closers sync.WaitGroup
	for range 2 {
		closers.Go(func() {
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	closers.Wait()
	wg.Wait()
	holds(t, open(t, path, nil), k, acked.Load(), "x")
}

// TestCloseWhileBusy: Close does not wait for another program's lock.
func TestCloseWhileBusy(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &sqlitestore.Options{BusyTimeout: time.Hour})
	k := create(t, s, "x")
	other := connect(t, path)
	run(t, other, "BEGIN IMMEDIATE")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { is(t, "Update", update(t.Context(), s, k), driver.ErrUnavailable) })
	}
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	run(t, other, "COMMIT")
	holds(t, open(t, path, nil), k, 0, "x")
}

func TestClosed(t *testing.T) {
	s := open(t, newPath(t), nil)
	k, r := newRecord("")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, now := t.Context(), time.Now()
	for name, call := range map[string]func() error{
		"Create":     func() error { return s.Create(ctx, k.Verifier, r) },
		"Load":       func() error { _, err := s.Load(ctx, now, k); return err },
		"Update":     func() error { return update(ctx, s, k) },
		"Delete":     func() error { return s.Delete(ctx, now, k) },
		"List":       func() error { _, err := s.List(ctx, now, "ann", driver.ID{}, 1); return err },
		"DeleteMany": func() error { _, _, err := s.DeleteMany(ctx, now, driver.Selection{}, driver.ID{}, 1); return err },
		"Sweep":      func() error { _, err := s.Sweep(ctx, now, 1); return err },
	} {
		is(t, name, call(), driver.ErrUnavailable)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close once more: %v", err)
	}
}
