package mysqlstore

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestSignInRace has sessions of nobody sign in as one user, all at once, over two pools: none gets past the limit, whatever the isolation.
func TestSignInRace(t *testing.T) {
	for _, level := range []string{"READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"} {
		for _, end := range []bool{true, false} {
			const most, together = 3, 25
			near := newStore(t)
			opts := &Options{Prefix: near.opts.Prefix, Timeout: time.Minute}
			stores := []*Store{over(t, connect(t, param("tx_isolation", "'"+level+"'")), opts), over(t, connect(t), opts)}
			var done sync.WaitGroup
			var in atomic.Int64
			for i := range together {
				k, now := create(t, near, "", `{}`)
				done.Go(func() {
					_, err := stores[i%2].Update(within(t, time.Minute), now, k, signIn("ann", driver.SessionLimit{Max: most, End: end}))
					if err == nil {
						in.Add(1)
					} else if end || !errors.Is(err, driver.ErrTooManySessions) {
						t.Error(err)
					}
				})
			}
			done.Wait()
			list, err := near.List(t.Context(), time.Now(), "ann", driver.ID{}, 100)
			if want := int64(map[bool]int{true: together, false: most}[end]); err != nil || len(list) != most || in.Load() != want {
				t.Errorf("%s: %d sessions, want %d; %d sign-ins, want %d (error: %v)", level, len(list), most, in.Load(), want, err)
			}
		}
	}
}

// TestNoTurns has somebody empty the table of turns: nobody signs in past a limit.
func TestNoTurns(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "", `{"n":1}`)
	exec(t, s.db, s.sql.names.Replace("DELETE FROM {turn}"))
	if _, err := s.Update(t.Context(), now, k, signIn("ann", driver.SessionLimit{Max: 1})); !errors.Is(err, driver.ErrCorrupt) {
		t.Errorf("error %v, want %v", err, driver.ErrCorrupt)
	}
	counts(t, s, k, now, 1)
}
