package mysqlstore

import (
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
func TestSweepBesideUpdates(t *testing.T) { storetest.EndBesideUpdates(t, newStore(t)) }
