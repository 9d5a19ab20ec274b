package pgstore

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// BenchmarkDatabase measures an update of one small field over a database of each driver, as a part of what it takes over the pool, with 1 and
// with 16 clients. They take turns, so that a busy machine slows all of them. A round is 800 updates of each.
func BenchmarkDatabase(b *testing.B) {
	pool := dial(b, serverURL, func(c *pgxpool.Config) { c.MaxConns = benchClients })
	byPool := newBench(b, pool, 2<<10)
	over := func(w way, url string) *bench {
		other := *byPool
		other.s = w.open(b, url, benchClients, &Options{Schema: byPool.s.schema})
		return &other
	}
	pqDB := openDB(b, pqConnector(b, serverURL), benchClients)
	prepared, err := pqDB.PrepareContext(b.Context(), byPool.s.sql.quick)
	must(b, err)
	b.Cleanup(func() { must(b, prepared.Close()) })
	contenders := []struct {
		name string
		call func(ctx context.Context, k driver.Key, n int64) error
	}{
		{"pool", byPool.store},
		{"pgx", over(byPgx, serverURL).store},
		{"pgx-wrapped", over(byOther, serverURL).store},
		{"pq", over(byPq, serverURL).store},
		{"pq-binary", over(byPq, with(b, serverURL, "binary_parameters", "yes")).store},
		{"pq-prepared-by-hand", func(ctx context.Context, k driver.Key, n int64) error { return byPool.prepared(ctx, prepared, k, n) }},
	}
	for _, clients := range []int{1, benchClients} {
		b.Run(fmt.Sprint(clients, "-clients"), func(b *testing.B) {
			took := make([]time.Duration, len(contenders))
			round := func() {
				for i, c := range contenders {
					start := time.Now()
					var done sync.WaitGroup
					for client := range clients {
						done.Go(func() {
							for n := range benchClients * benchUpdates / clients {
								if err := c.call(b.Context(), byPool.keys[(client+n*clients)%benchSessions], 1_000_000+int64(n)); err != nil {
									b.Error(err)
									return
								}
							}
						})
					}
					done.Wait()
					took[i] += time.Since(start)
				}
			}
			round() // all connections are made
			clear(took)
			for b.Loop() {
				round()
			}
			for i, c := range contenders {
				b.ReportMetric(float64(took[i].Microseconds())/float64(b.N*benchClients*benchUpdates), c.name+"-µs")
				b.ReportMetric(float64(took[0])/float64(took[i]), "x-"+c.name)
			}
		})
	}
}

// prepared sets the field by a statement that each connection of the database keeps.
func (t *bench) prepared(ctx context.Context, statement *sql.Stmt, k driver.Key, n int64) error {
	id, seen := retry.NewOpID(nil), driver.IntValue(n).Text()
	args, err := encode([]any{
		k.ID[:], k.Verifier[:], t.now.UnixMilli(), recently(t.now), id[:], false, t.maxAge().Milliseconds(),
		nil, nil, int64(1 << 20),
		[]string{"seen"},
		[]string{kindSet},
		[]string{seen},
		[]string{},
		int64(len("seen") + len(seen)),
	})
	if err != nil {
		return err
	}
	var answer string
	return statement.QueryRowContext(ctx, args...).Scan(&answer)
}
