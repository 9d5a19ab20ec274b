package mysqlstore

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestContention has clients increment two fields of one session, and expects every increment to be there.
func TestContention(t *testing.T) {
	for _, level := range []string{"READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"} {
		near := newStore(t)
		s := over(t, connect(t, param("tx_isolation", "'"+level+"'")), &Options{Prefix: near.opts.Prefix, Timeout: time.Minute})
		k, now := create(t, s, "ann", `{"a":{"n":0},"n":0}`)
		const clients, updates = 16, 25
		var done sync.WaitGroup
		for c := range clients {
			done.Go(func() {
				for range updates {
					if _, err := s.Update(within(t, time.Minute), now, k, inc([]driver.Path{"n", "a.n"}[c%2])); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		done.Wait()
		r, err := s.Load(t.Context(), now, k)
		must(t, err)
		for _, path := range []driver.Path{"n", "a.n"} {
			if n := r.Data.Lookup(path).Int(); n != clients/2*updates {
				t.Errorf("%s: %s is %d, want %d", level, path, n, clients/2*updates)
			}
		}
	}
}

// TestSweepBesideUpdates ends sessions in every way at once.
func TestSweepBesideUpdates(t *testing.T) {
	s := newStore(t)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	var keys []driver.Key
	for i := range 100 {
		k, r := storetest.NewRecord(t, "ann", `{"a":{"n":0},"n":0}`)
		if i%2 == 0 {
			r.Created, r.LastUsed, r.Expires = now.Add(-time.Hour), now.Add(-time.Hour), now.Add(-time.Minute)
		}
		must(t, s.Create(ctx, k.Verifier, r))
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
				_, err := s.Update(ctx, now, keys[(i+50*w)%len(keys)], inc([]driver.Path{"n", "a.n"}[i%2]))
				expect(err)
			}
		})
		done.Go(func() {
			for i := range keys {
				_, err := s.Update(ctx, now.Add(-2*time.Minute), keys[len(keys)-1-i], inc("n")) // one whose clock is behind
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
			for range 5 {
				k, r := storetest.NewRecord(t, "ann", `{}`)
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
