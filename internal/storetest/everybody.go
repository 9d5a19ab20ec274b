package storetest

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// BenchmarkEverybody lists and ends the n sessions that fill puts into the store, whosever they are: in pages of 1000 and steps of 500.
// Metrics: how long the list takes, a selection that nothing is in, and the end of all, and the longest page and step of them.
func BenchmarkEverybody(b *testing.B, s driver.Finder, n int, fill func()) {
	now, longest := time.Now(), time.Duration(0)
	each := func(what string, want int, step func(after driver.ID) (n int, next driver.ID, err error)) {
		begin, total := time.Now(), 0
		for after := (driver.ID{}); ; {
			begin := time.Now()
			n, next, err := step(after)
			longest = max(longest, time.Since(begin))
			if err != nil {
				b.Fatal(err)
			}
			if total, after = total+n, next; next.IsZero() {
				break
			}
		}
		if total != want {
			b.Fatalf("%s: %d sessions, want %d", what, total, want)
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms/"+what)
	}
	many := func(sel driver.Selection) func(after driver.ID) (int, driver.ID, error) {
		return func(after driver.ID) (int, driver.ID, error) { return s.DeleteMany(b.Context(), now, sel, after, 500) }
	}
	for b.Loop() {
		fill()
		each("list", n, func(after driver.ID) (int, driver.ID, error) {
			list, err := s.List(b.Context(), now, "", after, 1000)
			if len(list) < 1000 {
				return len(list), driver.ID{}, err
			}
			return len(list), list[len(list)-1].ID, err
		})
		each("none", 0, many(driver.Selection{Before: now.Add(-24 * time.Hour)}))
		each("all", n, many(driver.Selection{Before: now.Add(24 * time.Hour)}))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms/longest")
	b.ReportMetric(0, "ns/op")
}
