package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// write is a cost of one field on Redis, whose times are its ratios times 100 ns.
func write(peer string, size int, low, median, high float64) result.Cost {
	return result.Cost{
		Who: result.Who{Peer: peer, Store: "Redis"}, Operation: result.Write, Size: size, Clients: 16,
		Ratio: result.Spread{Median: median, Low: low, High: high},
		Time:  result.Spread{Median: 100 * median, Low: 100 * low, High: 100 * high},
		Needs: result.Needs{Allocs: 10 * median, RoundTrips: 1, Commands: 2, Sent: -1, Received: -1},
	}
}

func TestFaster(t *testing.T) {
	costs := []result.Cost{
		write(ours, 200, 1, 1, 1),
		write(control, 200, 0.8, 1, 1.1),
		write("a", 200, 0.5, 0.7, 0.79),
		write("b", 200, 0.5, 0.7, 0.8), // reaches the noise control
		write("c", 200, 0.9, 1, 1.1),
		write(byHand, 200, 0.1, 0.1, 0.1),
		write(cached, 200, 0.1, 0.1, 0.1),
		write("a", 2000, 0.3, 0.4, 0.99), // has no noise control
		write("b", 2000, 0.3, 0.4, 1),    // reaches atomicsession
		write("c", 2000, 0, 0, 0),        // has no ratio
	}
	compared, below, clearly := faster(costs)
	if compared != 5 || below != 4 {
		t.Errorf("%d of %d cells are faster, want 4 of 5", below, compared)
	}
	var names []string
	for _, c := range clearly {
		names = append(names, c.Peer+" "+size(c.Size))
	}
	if got := strings.Join(names, ", "); got != "a 2 KB, a 200 B" {
		t.Errorf("clearly faster are %s", got)
	}
}

func TestAhead(t *testing.T) {
	on := func(store string, c result.Cost) result.Cost { c.Store = store; return c }
	got := ahead([]result.Cost{write("a", 200, 0, 0.5, 0), on("SQLite", write("a", 200, 0, 0.6, 0)), write("a", 2000, 0, 0.7, 0)})
	if want := "[a on Redis: 0.50 to 0.70 (write) a on SQLite: 0.60 (write)]"; fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCostTables(t *testing.T) {
	all := costTables([]result.Cost{
		write(ours, 200, 1, 1, 1),
		write(control, 200, 0.8, 0.9, 1.1),
		write("a", 200, 0.5, 0.7, 0.79),
		write(ours, 2000, 1, 2, 3),
		write("b", 2000, 1.5, 2, 2.5),
		write(byHand, 2000, 0.5, 0.5, 0.5),
	})
	if len(all) != 1 || all[0].Store != "Redis" {
		t.Fatalf("got %v", all)
	}
	if want := `
| request | session | clients | atomicsession | noise control | a | b | by hand |
|---|---|---|---|---|---|---|---|
| write | 200 B | 16 | 100 ns (100–100) | 0.90 (0.80–1.10) | **0.70 (0.50–0.79)** | – | – |
|  | 2 KB | 16 | 200 ns (100–300) | – | – | 2.00 (1.50–2.50) | 0.50 (0.50–0.50) |`; all[0].Times != want[1:] {
		t.Errorf("times:\n%s", all[0].Times)
	}
	if want := `
| request | session | atomicsession | a | b | by hand |
|---|---|---|---|---|---|
| write | 200 B | 1 · 2 · 10 allocs | 1 · 2 · **7 allocs** | – | – |
|  | 2 KB | 1 · 2 · 20 allocs | – | 1 · 2 · 20 allocs | 1 · 2 · 5 allocs |`; all[0].Needs != want[1:] {
		t.Errorf("needs:\n%s", all[0].Needs)
	}
}
