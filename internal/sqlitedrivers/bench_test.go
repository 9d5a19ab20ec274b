package sqlitedrivers

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// contender is a store that is measured, with sessions of 1 KB in 10 fields.
type contender struct {
	name string
	driver.Store
	keys []driver.Key
}

// contenders returns a file of the sessions' own, and databases of applications with each driver.
func contenders(b *testing.B) []*contender {
	b.Helper()
	own, err := sqlitestore.Open(b.Context(), newFile(b), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { own.Close() })
	list := []*contender{{name: "own-file", Store: own}}
	for _, d := range drivers {
		for _, synchronous := range []string{"full", "normal"} {
			db := d.open(b, newFile(b), settings{busy: 5000, conns: 4, pragmas: []string{"journal_mode=wal", "synchronous=" + synchronous}})
			db.SetMaxIdleConns(4)
			list = append(list, &contender{name: d.name + "-" + synchronous, Store: store(b, db, &sqlitedb.Options{Timeout: time.Minute})})
		}
	}
	sessions := 5000
	if smoke() {
		sessions = 20
	}
	for _, c := range list {
		var doc []string
		for i := range 10 {
			doc = append(doc, fmt.Sprintf(`"field%d":"%s"`, i, strings.Repeat("x", 100)))
		}
		for range sessions {
			k, _ := storetest.Create(b, c, "", "{"+strings.Join(doc, ",")+"}")
			c.keys = append(c.keys, k)
		}
	}
	return list
}

// smoke reports whether one round is all that was asked for.
func smoke() bool { return flag.Lookup("test.benchtime").Value.String() == "1x" }

func (c *contender) key() driver.Key { return c.keys[rand.IntN(len(c.keys))] }

func (c *contender) load() error {
	_, err := c.Load(context.Background(), time.Now(), c.key())
	return err
}

var written atomic.Int64

// update writes a field of 100 bytes that was never there before: SQLite does not write pages that stay the same.
func (c *contender) update() error {
	value := fmt.Sprintf("%0100d", written.Add(1))
	_, err := c.Update(context.Background(), time.Now(), c.key(), &driver.Update{Ops: []driver.Op{
		driver.Set{Path: driver.Path(fmt.Sprint("field", rand.IntN(10))), Value: driver.StringValue(value)},
	}})
	return err
}

// rate returns how often per second n goroutines together can do f.
func rate(b *testing.B, n int, f func() error) float64 {
	length := 400 * time.Millisecond
	if smoke() {
		length = 20 * time.Millisecond
	}
	var count atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range n {
		wg.Go(func() {
			for time.Since(start) < length {
				if err := f(); err != nil {
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

// BenchmarkDrivers compares updates of one field, and loads, by 1 client and by 16. An iteration is a round of all of them; the metrics are
// medians of the rounds, per second, so that a run for figures is -benchtime=9x.
func BenchmarkDrivers(b *testing.B) {
	list, rates := contenders(b), map[string][]float64{}
	for b.Loop() {
		for _, clients := range []int{1, 16} {
			for _, c := range list {
				for what, f := range map[string]func() error{"load": c.load, "update": c.update} {
					name := fmt.Sprintf("%s/s-%s-%d", what, c.name, clients)
					rates[name] = append(rates[name], rate(b, clients, f))
				}
			}
		}
	}
	for name, list := range rates {
		b.ReportMetric(slices.Sorted(slices.Values(list))[len(list)/2], name)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkNeighbour measures what heavy updates do to others.
func BenchmarkNeighbour(b *testing.B) {
	for _, d := range drivers {
		b.Run(d.name, func(b *testing.B) {
			heavy.BenchmarkNeighbour(b, store(b, d.open(b, newFile(b), wal), &sqlitedb.Options{Timeout: time.Minute}))
		})
	}
}
