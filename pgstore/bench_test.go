package pgstore

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// leastByHand is what an application would write by hand to set one field of a live session in these tables: no size, no
// operation ID that is looked up, no answer but that it was done.
const leastByHand = `
WITH live AS (
  UPDATE {schema}.session SET used = greatest(used, $3::bigint), expires = greatest(expires, $4::bigint), ops = substr(ops, 17) || $5::bytea
  WHERE id = $1::bytea AND verifier = $2::bytea AND expires > $3::bigint
  RETURNING id
)
INSERT INTO {schema}.field (session, name, value) SELECT id, $6::text, $7::text FROM live
ON CONFLICT (session, name) DO UPDATE SET value = EXCLUDED.value`

const benchSessions = 256

// parallelUpdates divides b.N calls of f among clients, and the calls among sessions.
func parallelUpdates(b *testing.B, clients int, f func(session, n int) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				if err := f(n%benchSessions, n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}

// BenchmarkUpdate sets one small field of sessions of several sizes, always to another value, and extends their lives.
func BenchmarkUpdate(b *testing.B) {
	ctx := context.Background()
	pool := dial(b, serverURL, func(c *pgxpool.Config) { c.MaxConns = 16 })
	s := migrated(b, pool, freshSchema(b))
	for _, size := range []int{1, 2, 200} {
		doc := driver.Doc{}.With("seen", driver.IntValue(0))
		for i := range 20 {
			doc = doc.With(fmt.Sprint("field", i), driver.StringValue(strings.Repeat(fmt.Sprintf("%08x", i*7919), size<<10/160)))
		}
		keys := make([]driver.Key, benchSessions)
		now := time.Now()
		for i := range keys {
			keys[i], now = create(b, s, "", doc.String())
		}
		expiry := func(n int) time.Time { return now.Add(time.Hour + time.Duration(n)*time.Millisecond) }
		for _, clients := range []int{1, 16} {
			name := fmt.Sprintf("size=%dKB/clients=%d", size, clients)
			b.Run(name+"/store", func(b *testing.B) {
				parallelUpdates(b, clients, func(i, n int) error { // making the update takes 3 allocations
					u := &driver.Update{Ops: []driver.Op{driver.Set{Path: "seen", Value: driver.IntValue(int64(n))}}, Expires: expiry(n)}
					_, err := s.Update(ctx, now, keys[i], u)
					return err
				})
			})
			b.Run(name+"/the same by hand", func(b *testing.B) {
				parallelUpdates(b, clients, func(i, n int) error {
					id, text, k := newOpID(), fmt.Sprint(n), keys[i]
					var list []pgtype.Text
					err := pool.QueryRow(ctx, s.sql.update, k.ID[:], k.Verifier[:], now.UnixMilli(), now.UnixMilli()-10_000, id[:], false,
						expiry(n).UnixMilli(), nil, nil, 1<<20, []string{"seen"}, "s", []string{text}, []string{}).Scan(&list)
					if err == nil && list[0].String != "ok" {
						err = driver.ErrNotFound
					}
					return err
				})
			})
			b.Run(name+"/the least by hand", func(b *testing.B) {
				sql := strings.ReplaceAll(leastByHand, "{schema}", quoteIdentifier(s.schema))
				parallelUpdates(b, clients, func(i, n int) error {
					id, k := newOpID(), keys[i]
					tag, err := pool.Exec(ctx, sql, k.ID[:], k.Verifier[:], now.UnixMilli(), expiry(n).UnixMilli(), id[:], "seen", fmt.Sprint(n))
					if err == nil && tag.RowsAffected() != 1 {
						err = driver.ErrNotFound
					}
					return err
				})
			})
		}
	}
}
