package pgstore

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

const (
	benchClients  = 16
	benchSessions = 256
	benchUpdates  = 50 // of each client in a round
)

// updateByHand is what an application would write by hand to set one field of a live session in the store's tables: no size,
// no operation ID that is looked up, no answer but that it was done.
const updateByHand = `
WITH live AS (
  UPDATE {schema}.session SET last_used = greatest(last_used, $3::bigint), expires = greatest(last_used, $3::bigint) + $4::bigint,
    ops = substr(ops, 17) || $5::bytea
  WHERE id = $1::bytea AND verifier = $2::bytea AND expires > $3::bigint
  RETURNING id
)
INSERT INTO {schema}.field (session, name, value) SELECT id, $6::text, $7::text FROM live
ON CONFLICT (session, name) DO UPDATE SET value = EXCLUDED.value`

// bench holds sessions of one size, and the same as one blob each: what session libraries load, change and save.
type bench struct {
	pool *pgxpool.Pool
	s    *Store
	keys []driver.Key
	now  time.Time
	size int
}

func newBench(b *testing.B, pool *pgxpool.Pool, size int) *bench {
	t := &bench{pool: pool, s: migrated(b, pool, freshSchema(b)), size: size}
	doc := driver.Doc{}.With("seen", driver.IntValue(1_000_000))
	for i := range 20 {
		filler := make([]byte, size/20)
		for j := range filler {
			filler[j] = byte('A' + rand.IntN(58)) // a server compresses what is too regular
		}
		doc = doc.With(fmt.Sprint("field", i), driver.StringValue(string(filler)))
	}
	exec(b, pool, t.sql("CREATE TABLE {schema}.blob (token text PRIMARY KEY, data bytea NOT NULL, expiry timestamptz NOT NULL); CREATE INDEX ON {schema}.blob (expiry)"))
	for range benchSessions {
		var k driver.Key
		k, t.now = create(b, t.s, "", doc.Text())
		t.keys = append(t.keys, k)
		_, err := pool.Exec(b.Context(), t.sql("INSERT INTO {schema}.blob VALUES ($1, $2, $3)"), k.ID.String(), []byte(doc.Text()), t.expiry())
		if err != nil {
			b.Fatal(err)
		}
	}
	return t
}

func (t *bench) sql(text string) string {
	return strings.ReplaceAll(text, "{schema}", quoteIdentifier(t.s.schema))
}

// maxAge is another one each time, as the expiry of a session in use is.
func (t *bench) maxAge() time.Duration {
	return (time.Hour - rand.N(time.Minute)).Truncate(time.Millisecond)
}

func (t *bench) expiry() time.Time { return t.now.Add(t.maxAge()) }

func (t *bench) store(ctx context.Context, k driver.Key, n int64) error {
	_, err := t.s.Update(ctx, t.now, k, &driver.Update{Ops: []driver.Op{driver.Set{Path: "seen", Value: driver.IntValue(n)}}, MaxAge: t.maxAge()})
	return err
}

// onlyUpdate returns the same sessions, with a store that has all updates done by update_v6.
func (t *bench) onlyUpdate(b *testing.B) *bench {
	other := *t
	other.s = migrated(b, t.pool, t.s.schema)
	slow := strings.NewReplacer("quick_v6", "update_v6", "$15::bigint)", "NULL, NULL) WHERE $15::bigint >= 0").Replace(t.s.sql.quick)
	other.s.sql.set, other.s.sql.quick = slow, slow
	return &other
}

// inFunction returns the same sessions, with a store whose connections keep nothing that they have prepared, as far as it knows.
func (t *bench) inFunction(b *testing.B) *bench {
	other := *t
	other.s = migrated(b, t.pool, t.s.schema)
	other.s.sql.set = t.s.sql.quick
	return &other
}

func (t *bench) ten(ctx context.Context, k driver.Key, n int64) error {
	u := driver.Update{MaxAge: t.maxAge()}
	for i := range 10 {
		u.Ops = append(u.Ops, driver.Set{Path: driver.Path(fmt.Sprint("field", i)), Value: driver.IntValue(n)})
	}
	_, err := t.s.Update(ctx, t.now, k, &u)
	return err
}

func (t *bench) touch(ctx context.Context, k driver.Key, _ int64) error {
	_, err := t.s.Update(ctx, t.now, k, &driver.Update{MaxAge: t.maxAge()})
	return err
}

func (t *bench) inc(ctx context.Context, k driver.Key, n int64) error {
	_, err := t.s.Update(ctx, t.now, k, &driver.Update{Ops: []driver.Op{driver.Inc{Path: "seen", By: driver.IntValue(n & 1)}}, MaxAge: t.maxAge()})
	return err
}

func (t *bench) same(ctx context.Context, k driver.Key, n int64) error {
	id, seen := retry.NewOpID(nil), driver.IntValue(n).Text()
	var list []pgtype.Text
	err := t.pool.QueryRow(ctx, t.s.sql.set, k.ID[:], k.Verifier[:], t.now.UnixMilli(), recently(t.now), id[:], false, t.maxAge().Milliseconds(),
		nil, nil, 1<<20, []string{"seen"}, []string{kindSet}, []string{seen}, []string{}, int64(len("seen")+len(seen))).Scan(&list)
	if err == nil && list[0].String != "ok" {
		err = driver.ErrNotFound
	}
	return err
}

func (t *bench) least(ctx context.Context, k driver.Key, n int64) error {
	id := retry.NewOpID(nil)
	tag, err := t.pool.Exec(ctx, t.sql(updateByHand), k.ID[:], k.Verifier[:], t.now.UnixMilli(), t.maxAge().Milliseconds(), id[:], "seen", fmt.Sprint(n))
	if err == nil && tag.RowsAffected() != 1 {
		err = driver.ErrNotFound
	}
	return err
}

func (t *bench) loadAndSave(ctx context.Context, k driver.Key, n int64) error {
	var data []byte
	err := t.pool.QueryRow(ctx, t.sql("SELECT data FROM {schema}.blob WHERE token = $1 AND expiry > current_timestamp"), k.ID.String()).Scan(&data)
	if err != nil {
		return err
	}
	copy(data[len(data)-8:], fmt.Sprint(n))
	_, err = t.pool.Exec(ctx, t.sql("INSERT INTO {schema}.blob VALUES ($1, $2, $3) ON CONFLICT (token) DO UPDATE SET data = EXCLUDED.data, expiry = EXCLUDED.expiry"),
		k.ID.String(), data, t.expiry())
	return err
}

// BenchmarkUpdate measures an update of one small field by 16 clients, beside the same by hand and beside what session libraries
// do. They take turns, so that a busy machine slows all of them. A round is 800 updates of each.
func BenchmarkUpdate(b *testing.B) {
	pool := dial(b, serverURL, func(c *pgxpool.Config) { c.MaxConns = benchClients })
	small, middle, large := newBench(b, pool, 1<<10), newBench(b, pool, 2<<10), newBench(b, pool, 200<<10)
	slow, called := middle.onlyUpdate(b), middle.inFunction(b)
	contenders := []struct {
		name  string
		bench *bench
		call  func(ctx context.Context, k driver.Key, n int64) error
		took  time.Duration
	}{
		{name: "1KB", bench: small, call: small.store},
		{name: "2KB", bench: middle, call: middle.store},
		{name: "200KB", bench: large, call: large.store},
		{name: "2KB-same-by-hand", bench: middle, call: middle.same},
		{name: "2KB-least-by-hand", bench: middle, call: middle.least},
		{name: "2KB-load-and-save", bench: middle, call: middle.loadAndSave},
		{name: "200KB-load-and-save", bench: large, call: large.loadAndSave},
		{name: "2KB-update_v6", bench: middle, call: slow.store},
		{name: "2KB-inc", bench: middle, call: middle.inc},
		{name: "2KB-inc-update_v6", bench: middle, call: slow.inc},
		{name: "2KB-touch", bench: middle, call: middle.touch},
		{name: "2KB-touch-update_v6", bench: middle, call: slow.touch},
		{name: "2KB-quick_v6", bench: middle, call: called.store},
		{name: "2KB-touch-quick_v6", bench: middle, call: called.touch},
		{name: "2KB-ten", bench: middle, call: middle.ten},
		{name: "2KB-ten-quick_v6", bench: middle, call: called.ten},
	}
	for b.Loop() {
		for i := range contenders {
			c := &contenders[i]
			start := time.Now()
			var done sync.WaitGroup
			for client := range benchClients {
				done.Go(func() {
					for n := range benchUpdates {
						k := c.bench.keys[(client+n*benchClients)%benchSessions]
						if err := c.call(b.Context(), k, 1_000_000+rand.Int64N(9_000_000)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			done.Wait()
			c.took += time.Since(start)
		}
	}
	ratio := func(name string, of, to int) {
		b.ReportMetric(float64(contenders[to].took)/float64(contenders[of].took), name)
	}
	for _, c := range contenders {
		b.ReportMetric(float64(c.took.Microseconds())/float64(b.N*benchClients*benchUpdates), c.name+"-µs")
	}
	ratio("x-same-by-hand", 1, 3)
	ratio("x-least-by-hand", 1, 4)
	ratio("x-load-and-save-2KB", 1, 5)
	ratio("x-load-and-save-200KB", 2, 6)
	ratio("x-200KB-costs-of-1KB", 0, 2)
	ratio("x-update_v6", 1, 7)
	ratio("x-inc-update_v6", 8, 9)
	ratio("x-touch-update_v6", 10, 11)
	ratio("x-quick_v6", 1, 12)
	ratio("x-touch-quick_v6", 10, 13)
	ratio("x-ten-quick_v6", 14, 15)
}

// smoke reports whether one round is all that was asked for.
func smoke() bool { return flag.Lookup("test.benchtime").Value.String() == "1x" }

// insertSessions creates sessions of 1 KB in 10 fields each, of the user $1 and with the numbers from $2 to $3.
const insertSessions = `
WITH created AS (
  INSERT INTO {schema}.session (id, verifier, username, created, last_used, expires, expires_hour, lifetime, bytes, ops)
  SELECT decode(md5(n::text), 'hex'), decode(repeat(md5(n::text), 2), 'hex'), coalesce($1, 'user' || n), 0, 0, 1::bigint << 50, (1::bigint << 50) / 3600000, 3600000, 1070, decode(md5(n::text), 'hex')
  FROM generate_series($2::bigint, $3) n
  RETURNING id
)
INSERT INTO {schema}.field SELECT id, 'field' || n, '"' || repeat(substr(id::text, 3), 3) || '"' FROM created, generate_series(0, 9) n`

// BenchmarkDeleteMany ends sessions of 1 KB in 10 fields each in steps of 500, beside as many of others who have signed in since: 10 000 of one
// user, and 100 000 of everybody. An iteration is all of them, and its time is that of ending them.
func BenchmarkDeleteMany(b *testing.B) {
	for _, c := range []struct {
		name     string
		user     any
		sessions int
		sel      driver.Selection
	}{
		{"ann", "ann", 10_000, driver.Selection{User: "ann"}},
		{"everybody", nil, 100_000, driver.Selection{Before: time.UnixMilli(1)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if smoke() {
				c.sessions /= 100
			}
			pool := connect(b)
			s := migrated(b, pool, freshSchema(b))
			t := &bench{s: s}
			insert := func(user any, from int) {
				if _, err := pool.Exec(b.Context(), t.sql(insertSessions), user, from, from+c.sessions-1); err != nil {
					b.Fatal(err)
				}
			}
			insert(nil, c.sessions+1)
			exec(b, pool, t.sql("UPDATE {schema}.session SET authenticated = 1"))
			var longest time.Duration
			for b.Loop() {
				b.StopTimer()
				insert(c.user, 1)
				exec(b, pool, t.sql("VACUUM ANALYZE {schema}.session, {schema}.field"))
				b.StartTimer()
				ended, after := 0, driver.ID{}
				for more := true; more; more = !after.IsZero() {
					start := time.Now()
					n, next, err := s.DeleteMany(b.Context(), start, c.sel, after, 500)
					if err != nil {
						b.Fatal(err)
					}
					longest = max(longest, time.Since(start))
					ended, after = ended+n, next
				}
				if ended != c.sessions {
					b.Fatalf("%d sessions ended, want %d", ended, c.sessions)
				}
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-step")
		})
	}
}
