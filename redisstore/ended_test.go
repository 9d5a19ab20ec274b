package redisstore

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// ending is a context that ends when it is asked for the n-th time whether it has.
type ending struct {
	context.Context
	cancel   context.CancelFunc
	asked, n int
}

func (e *ending) Err() error {
	if e.asked++; e.asked == e.n {
		e.cancel()
	}
	return e.Context.Err()
}

// TestDeletionCutShort ends the context of DeleteUserSessions wherever it is looked at: no error means that all sessions are gone.
func TestDeletionCutShort(t *testing.T) {
	s := newStore(t, address, Options{})
	const sessions, most = 3, 100
	for n := 1; n <= most; n++ {
		user := fmt.Sprint("ann", n)
		k, now := create(t, s, user, `{}`)
		keys := []driver.Key{k}
		for len(keys) < sessions {
			k, _ := create(t, s, user, `{}`)
			keys = append(keys, k)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone, err := s.DeleteUserSessions(&ending{ctx, cancel, 0, n}, now, user, driver.ID{})
		whole := ctx.Err() == nil
		cancel()
		left := 0
		for _, k := range keys {
			if _, err := s.Load(t.Context(), now, k); err == nil {
				left++
			}
		}
		switch {
		case err == nil && (left > 0 || gone != sessions):
			t.Errorf("ended at %d: no error, but it says that %d are gone, and %d are left", n, gone, left)
		case err != nil && !errors.Is(err, context.Canceled):
			t.Errorf("ended at %d: error %v, want %v", n, err, context.Canceled)
		case whole:
			return
		}
	}
	t.Errorf("it looked at its context more than %d times", most)
}
