package sqlitestore

import (
	"context"
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// Every iteration is one round of measuring all that is compared, one after the other, where something is compared. The
// metrics are medians of the rounds, so a run for figures is `go test -run=- -bench=. -benchtime=9x`; with -benchtime=1x it
// is a smoke test of a small database.

// smoke reports whether one round is all that was asked for.
func smoke() bool { return flag.Lookup("test.benchtime").Value.String() == "1x" }

// dataset is a database of sessions that all look alike.
type dataset struct {
	path      string
	sessions  int
	fields    int
	fieldSize int
}

// build makes a database of about 100 MB of fields, quickly: without caring for a crash.
func build(b *testing.B, fields, fieldSize int) dataset {
	b.Helper()
	total := 1_000_000 // fields of 100 bytes
	if smoke() {
		total /= 50
	}
	d := dataset{filepath.Join(b.TempDir(), "sessions.db"), total * 100 / (fields * fieldSize), fields, fieldSize}
	s := d.open(b, defaultBatch)
	d.fill(b, s, 0, d.sessions, func(i int) string { return "user" + strconv.Itoa(i) })
	return d
}

// fill creates the sessions from one number up to another, with their users, while nobody else uses the store.
func (d dataset) fill(b *testing.B, s *Store, from, to int, user func(i int) string) {
	b.Helper()
	c := s.file.writer.conn
	exec := func(sql string) {
		if err := c.Exec(sql); err != nil {
			b.Fatal(err)
		}
	}
	exec("PRAGMA synchronous = off; BEGIN")
	now, direct := time.Now(), tables.New(directly{c}, "")
	for i := from; i < to; i++ {
		k := d.key(i)
		r := driver.Record{Meta: driver.Meta{ID: k.ID, User: user(i), Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
		var list []driver.Field
		for f := range d.fields {
			list = append(list, driver.Field{Name: d.field(f), Value: d.value()})
		}
		r.Data, _ = driver.NewDoc(list...)
		if err := direct.Create(b.Context(), k.Verifier, r); err != nil {
			b.Fatal(err)
		}
	}
	exec("COMMIT; PRAGMA synchronous = full; PRAGMA wal_checkpoint(truncate)")
}

// directly is a database that makes no transactions of its own.
type directly struct{ *conn }

func (d directly) Read(_ context.Context, f func(tables.Conn) error) error  { return f(d) }
func (d directly) Write(_ context.Context, f func(tables.Conn) error) error { return f(d) }

func (d dataset) open(b *testing.B, batch int) *Store {
	b.Helper()
	s, err := open(b.Context(), d.path, Options{BusyTimeout: time.Minute}, batch)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func (d dataset) key(i int) driver.Key {
	var k driver.Key
	r := rand.New(rand.NewPCG(1, uint64(i)))
	binary.LittleEndian.PutUint64(k.ID[:], r.Uint64())
	binary.LittleEndian.PutUint64(k.ID[8:], r.Uint64())
	k.Verifier[0] = byte(i)
	return k
}

func (d dataset) field(i int) string { return "field" + strconv.Itoa(1000+i) }

var counter atomic.Int64

// value returns a string that was never there before: SQLite does not write pages that stay the same.
func (d dataset) value() driver.Value {
	text := make([]byte, d.fieldSize)
	for i := range text {
		text[i] = 'a' + byte(i%26)
	}
	strconv.AppendInt(text[:0], counter.Add(1), 10)
	return driver.StringValue(string(text))
}

func (d dataset) update(s *Store) error {
	u := driver.Update{Ops: []driver.Op{driver.Set{Path: driver.Path(d.field(rand.IntN(d.fields))), Value: d.value()}}}
	_, err := s.Update(context.Background(), time.Now(), d.key(rand.IntN(d.sessions)), &u)
	return err
}

func (d dataset) load(s *Store) error {
	_, err := s.Load(context.Background(), time.Now(), d.key(rand.IntN(d.sessions)))
	return err
}

// rate returns how often per second n goroutines together can do f.
func rate(b *testing.B, n int, s *Store, f func(*Store) error) float64 {
	length := 400 * time.Millisecond
	if smoke() {
		length = 50 * time.Millisecond
	}
	var count atomic.Int64
	measure := func(length time.Duration) float64 {
		count.Store(0)
		var wg sync.WaitGroup
		start := time.Now()
		for range n {
			wg.Go(func() {
				for time.Since(start) < length {
					if err := f(s); err != nil {
						b.Error(err)
						return
					}
					count.Add(1)
				}
			})
		}
		wg.Wait()
		return float64(count.Load()) / time.Since(start).Seconds()
	}
	measure(length / 4) // the cache was another store's
	return measure(length)
}

// rounds holds what was measured under a name, one rate per round.
type rounds map[string][]float64

func (r rounds) add(name string, rate float64) { r[name] = append(r[name], rate) }

// ratio reports the median over the rounds of how many times faster a is than b.
func (r rounds) ratio(b *testing.B, unit, name, other string) {
	var list []float64
	for i := range r[name] {
		list = append(list, r[name][i]/r[other][i])
	}
	b.ReportMetric(median(list), unit)
}

func (r rounds) report(b *testing.B, unit, name string) { b.ReportMetric(median(r[name]), unit) }

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// BenchmarkUpdate compares durable updates of one field among 100 000 sessions of 1 KB: by one client, by 16 that share
// transactions, and by 16 with a transaction for each update.
func BenchmarkUpdate(b *testing.B) {
	d := build(b, 10, 100)
	grouped, single := d.open(b, defaultBatch), d.open(b, 1)
	r := rounds{}
	for b.Loop() {
		r.add("alone", rate(b, 1, grouped, d.update))
		r.add("grouped", rate(b, 16, grouped, d.update))
		r.add("single", rate(b, 16, single, d.update))
	}
	r.report(b, "updates/s", "grouped")
	r.ratio(b, "x-one-client", "grouped", "alone")
	r.ratio(b, "x-one-per-tx", "grouped", "single")
}

// BenchmarkUpdateSize compares what changing one field of 1 KB takes in a session of 1 KB and in one of 200 KB. Both
// databases have about the same size, which is what the cost of a commit depends on.
func BenchmarkUpdateSize(b *testing.B) {
	small, large := build(b, 1, 1000), build(b, 200, 1000)
	smallStore, largeStore := small.open(b, defaultBatch), large.open(b, defaultBatch)
	r := rounds{}
	for b.Loop() {
		r.add("small alone", rate(b, 1, smallStore, small.update))
		r.add("large alone", rate(b, 1, largeStore, large.update))
		r.add("small", rate(b, 16, smallStore, small.update))
		r.add("large", rate(b, 16, largeStore, large.update))
	}
	r.report(b, "updates/s", "large")
	r.ratio(b, "x-cost-200KB", "small", "large")
	r.ratio(b, "x-cost-200KB-one-client", "small alone", "large alone")
}

// BenchmarkLoad measures loads of whole sessions of 1 KB in 10 fields.
func BenchmarkLoad(b *testing.B) {
	d := build(b, 10, 100)
	s := d.open(b, defaultBatch)
	r := rounds{}
	for b.Loop() {
		r.add("alone", rate(b, 1, s, d.load))
		r.add("parallel", rate(b, 16, s, d.load))
	}
	r.report(b, "loads/s", "parallel")
	r.report(b, "loads/s-one-client", "alone")
}

// BenchmarkDeleteMany ends 10 000 sessions of one user, of 1 KB in 10 fields each, in steps of 500, beside as many of
// others. An iteration is all of them, and its time is that of ending them.
func BenchmarkDeleteMany(b *testing.B) {
	d := dataset{filepath.Join(b.TempDir(), "sessions.db"), 10_000, 10, 100}
	if smoke() {
		d.sessions = 1000
	}
	s := d.open(b, defaultBatch)
	d.fill(b, s, d.sessions, 2*d.sessions, func(i int) string { return "user" + strconv.Itoa(i) })
	var longest time.Duration
	for b.Loop() {
		b.StopTimer()
		d.fill(b, s, 0, d.sessions, func(int) string { return "ann" })
		b.StartTimer()
		ended, after := 0, driver.ID{}
		for more := true; more; more = !after.IsZero() {
			start := time.Now()
			n, next, err := s.DeleteMany(b.Context(), start, driver.Selection{User: "ann"}, after, 500)
			if err != nil {
				b.Fatal(err)
			}
			longest = max(longest, time.Since(start))
			ended, after = ended+n, next
		}
		if ended != d.sessions {
			b.Fatalf("%d sessions ended, want %d", ended, d.sessions)
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-step")
}

// BenchmarkEverybody is about 100 000 sessions of 1 KB in 10 fields.
func BenchmarkEverybody(b *testing.B) {
	d := dataset{filepath.Join(b.TempDir(), "sessions.db"), 100_000, 10, 100}
	if smoke() {
		d.sessions = 1000
	}
	s := d.open(b, defaultBatch)
	storetest.BenchmarkEverybody(b, s, d.sessions, func() { d.fill(b, s, 0, d.sessions, func(int) string { return "" }) })
}
