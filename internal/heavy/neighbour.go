package heavy

import (
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// BenchmarkNeighbour measures how long somebody waits for a small session while another one is updated heavily, again and again by two
// clients; the control is the same without them. Metrics: the median, the 99th of 100 and the longest of the reads, and the 99th of
// 100 of updates.
func BenchmarkNeighbour(b *testing.B, s driver.Store) {
	b.Run("control", func(b *testing.B) { neighbour(b, s, nil) })
	for _, h := range Updates() {
		b.Run(h.Name, func(b *testing.B) { neighbour(b, s, &h) })
	}
}

// Create stores a session with the document.
func Create(tb testing.TB, s driver.Store, d driver.Doc) driver.Key {
	tb.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	var k driver.Key
	rand.Read(k.ID[:])
	rand.Read(k.Verifier[:])
	m := driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}
	if err := s.Create(tb.Context(), k.Verifier, driver.Record{Meta: m, Data: d}); err != nil {
		tb.Fatal(err)
	}
	return k
}

func neighbour(b *testing.B, s driver.Store, h *Update) {
	ctx := b.Context()
	small := Create(b, s, driver.Doc{}.With("n", driver.IntValue(1)))
	stop := make(chan struct{})
	var busy sync.WaitGroup
	if h != nil {
		for range 2 {
			busy.Go(func() {
				for {
					k := Create(b, s, h.Doc)
					if _, err := s.Update(ctx, time.Now(), k, h.Update); err != nil && !errors.Is(err, driver.ErrUnavailable) {
						b.Error(err)
					}
					if err := s.Delete(ctx, time.Now(), k); err != nil {
						b.Error(err)
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
	}
	var reads, updates []time.Duration
	inc := &driver.Update{Ops: []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}}, MaxAge: time.Hour}
	for b.Loop() {
		begin := time.Now()
		_, err := s.Load(ctx, begin, small)
		reads = append(reads, time.Since(begin))
		if err == nil && len(reads)%10 == 0 {
			begin = time.Now()
			_, err = s.Update(ctx, begin, small, inc)
			updates = append(updates, time.Since(begin))
		}
		if err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	close(stop)
	busy.Wait()
	report := func(what string, list []time.Duration, at float64) {
		slices.Sort(list)
		if len(list) > 0 {
			b.ReportMetric(float64(list[int(at*float64(len(list)-1))].Microseconds())/1000, what)
		}
	}
	report("p50-read-ms", reads, 0.5)
	report("p99-read-ms", reads, 0.99)
	report("max-read-ms", reads, 1)
	report("p99-update-ms", updates, 0.99)
	b.ReportMetric(0, "ns/op")
}
