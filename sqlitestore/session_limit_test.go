package sqlitestore_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// TestSessionLimit has 1000 sign-ins of one user at once, through two stores on one file: none gets past the limit, and none that had to
// end has left anything behind.
func TestSessionLimit(t *testing.T) {
	const signIns, most, clients = 1000, 3, 16
	for _, end := range []bool{false, true} {
		t.Run(fmt.Sprintf("end=%t", end), func(t *testing.T) {
			path := newPath(t)
			opts := &sqlitestore.Options{BusyTimeout: time.Minute}
			stores := []*sqlitestore.Store{open(t, path, opts), open(t, path, opts)}
			u := &driver.Update{User: new("eve"), SessionLimit: driver.SessionLimit{Max: most, End: end}}
			var next, bound, past atomic.Int64
			var done sync.WaitGroup
			for client := range clients {
				done.Go(func() {
					s := stores[client%2]
					for next.Add(1) <= signIns {
						k, r := newRecord("x")
						if err := s.Create(t.Context(), k.Verifier, r); err != nil {
							t.Error(err)
							return
						}
						switch _, err := s.Update(t.Context(), time.Now(), k, u); {
						case err == nil:
							bound.Add(1)
						case end || !errors.Is(err, driver.ErrTooManySessions):
							t.Error(err)
							return
						default:
							holds(t, s, k, 0, "x")
						}
						list, err := s.List(t.Context(), time.Now(), "eve", driver.ID{}, signIns)
						if err != nil {
							t.Error(err)
						}
						if len(list) > most {
							past.Add(1)
						}
					}
				})
			}
			done.Wait()
			want := int64(most)
			if end {
				want = signIns
			}
			list, err := stores[0].List(t.Context(), time.Now(), "eve", driver.ID{}, signIns)
			if past.Load() != 0 || bound.Load() != want || len(list) != most || err != nil {
				t.Errorf("%d of %d are bound, want %d; %d times there were more than %d, and %d are left (error: %v)",
					bound.Load(), signIns, want, past.Load(), most, len(list), err)
			}
			c := connect(t, path)
			if n := query(t, c, "SELECT count(*) FROM fields WHERE session NOT IN (SELECT n FROM session)"); n != 0 {
				t.Errorf("%d fields of sessions that have ended", n)
			}
		})
	}
}

// TestLimitUnreadable: who cannot be counted keeps others out, and nothing is ended.
func TestLimitUnreadable(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	damaged, k := create(t, s, "x"), create(t, s, "x")
	run(t, connect(t, path), fmt.Sprintf("UPDATE session SET attrs = '{' WHERE id = x'%x'", damaged.ID[:]))
	u := &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1, End: true}}
	_, err := s.Update(t.Context(), time.Now(), k, u)
	is(t, "Update", err, driver.ErrCorrupt)
	if n := query(t, connect(t, path), "SELECT count(*) FROM session"); n != 2 {
		t.Errorf("%d sessions are left, want both", n)
	}
}
