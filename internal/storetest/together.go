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

// Finite is a store whose sessions can be found and swept.
type Finite interface {
	driver.Store
	driver.Finder
	driver.Sweeper
}

// EndBesideUpdates ends sessions in every way at once, beside updates of them and beside new ones: no call may fail, and what has expired is
// gone in the end.
func EndBesideUpdates(t *testing.T, s Finite) {
	t.Helper()
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	var keys []driver.Key
	for i := range 200 {
		k, r := NewRecord(t, "ann", `{"a":{"n":0},"n":0}`)
		if i%2 == 0 {
			r.Created, r.LastUsed, r.Expires = now.Add(-time.Hour), now.Add(-time.Hour), now.Add(-time.Minute)
		}
		if err := s.Create(ctx, k.Verifier, r); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	expect := func(err error) {
		if err != nil && !errors.Is(err, driver.ErrNotFound) {
			t.Error(err)
		}
	}
	var done sync.WaitGroup
	for w := range 2 {
		done.Go(func() {
			for i := range keys {
				_, err := s.Update(ctx, now, keys[(i+50*w)%len(keys)], Inc([]driver.Path{"n", "a.n"}[i%2]))
				expect(err)
			}
		})
		done.Go(func() {
			for i := range keys {
				_, err := s.Update(ctx, now.Add(-2*time.Minute), keys[len(keys)-1-i], Inc("n")) // one whose clock is behind
				expect(err)
			}
		})
		done.Go(func() {
			for n := 7; n == 7; {
				var err error
				n, err = s.Sweep(ctx, now, 7)
				expect(err)
			}
		})
		done.Go(func() {
			for range 10 {
				k, r := NewRecord(t, "ann", `{}`)
				expect(s.Create(ctx, k.Verifier, r))
				_, _, err := s.DeleteMany(ctx, now.Add(-2*time.Minute), driver.Selection{User: "ann", Except: keys[w].ID}, driver.ID{}, 1000)
				expect(err)
			}
		})
		done.Go(func() {
			for i := range keys {
				expect(s.Delete(ctx, now, driver.UserKey(keys[(i*7+w)%len(keys)].ID, "ann")))
			}
		})
	}
	done.Wait()
	if n, err := s.Sweep(ctx, now, 1000); n != 0 || err != nil {
		t.Errorf("%d expired sessions were left (error: %v)", n, err)
	}
}

// SortBesidePushes has one store sort an array, which it may have to work out itself, while so many clients of another program never stop
// to push to it: each counts once.
func SortBesidePushes(t *testing.T, s, other driver.Store, clients int) {
	t.Helper()
	k, now := Create(t, s, "", `{"l":[]}`)
	push := func(sorted ...driver.Sort) *driver.Update {
		return &driver.Update{Ops: []driver.Op{driver.Push{Path: "l", Each: []driver.Value{driver.IntValue(1)}, Sort: sorted}}}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var done sync.WaitGroup
	var theirs atomic.Int64
	for range clients {
		done.Go(func() {
			for ctx.Err() == nil {
				if _, err := other.Update(t.Context(), now, k, push()); err != nil {
					t.Error(err)
				}
				theirs.Add(1)
			}
		})
	}
	for range 20 {
		if _, err := s.Update(t.Context(), now, k, push(driver.Sort{})); err != nil {
			t.Error(err)
		}
	}
	stop()
	done.Wait()
	r, err := s.Load(t.Context(), now, k)
	if n := len(r.Data.Get("l").Elems()); err != nil || int64(n) != theirs.Load()+20 {
		t.Errorf("%d elements are there, want %d of them and 20 (error: %v)", n, theirs.Load(), err)
	}
}

// FillUp creates sessions with the text in a field, and 1 in another, n, until the store has no room, and returns their keys.
func FillUp(t *testing.T, s driver.Store, text string) (keys []driver.Key) {
	t.Helper()
	for {
		k, r := NewRecord(t, "ann", `{"n":1}`)
		r.Data = r.Data.With("text", driver.StringValue(text))
		err := s.Create(t.Context(), k.Verifier, r)
		if err == nil {
			keys = append(keys, k)
			continue
		}
		if !errors.Is(err, driver.ErrFull) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Fatalf("Create without room: error %v, want %v", err, driver.ErrFull)
		}
		if _, err := s.Load(t.Context(), r.Created, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("what there was no room for is there (error: %v)", err)
		}
		t.Logf("there was room for %d sessions", len(keys))
		return keys
	}
}
