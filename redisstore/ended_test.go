package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// ending is a context that ends when it is asked for the n-th time whether it has.
type ending struct {
	context.Context
	cancel context.CancelFunc
	n      int64
	asked  atomic.Int64
}

func (e *ending) Err() error {
	if e.asked.Add(1) == e.n {
		e.cancel()
	}
	return e.Context.Err()
}

// TestDeletionCutShort ends the context of DeleteMany wherever it is looked at: no error means that all sessions are gone.
func TestDeletionCutShort(t *testing.T) {
	s := newStore(t, address, Options{})
	const sessions, most = 3, 100
	for n := int64(1); n <= most; n++ {
		user := fmt.Sprint("ann", n)
		k, now := create(t, s, user, `{}`)
		keys := []driver.Key{k}
		for len(keys) < sessions {
			k, _ := create(t, s, user, `{}`)
			keys = append(keys, k)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone, next, err := s.DeleteMany(&ending{Context: ctx, cancel: cancel, n: n}, now, driver.Selection{User: user}, driver.ID{}, 10)
		whole := ctx.Err() == nil
		cancel()
		left := 0
		for _, k := range keys {
			if _, err := s.Load(t.Context(), now, k); err == nil {
				left++
			}
		}
		switch {
		case !next.IsZero():
			t.Errorf("ended at %d: it says that there is more to do", n)
		case err == nil && (left > 0 || gone != sessions):
			t.Errorf("ended at %d: no error, but it says that %d are gone, and %d are left", n, gone, left)
		case gone > sessions-left, !errors.Is(err, driver.ErrUnknownOutcome) && gone != sessions-left:
			t.Errorf("ended at %d: it says that %d are gone, and %d are left: %v", n, gone, left, err)
		case err != nil && !errors.Is(err, context.Canceled):
			t.Errorf("ended at %d: error %v, want %v", n, err, context.Canceled)
		case whole:
			return
		}
	}
	t.Errorf("it looked at its context more than %d times", most)
}
