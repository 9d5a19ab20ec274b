package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestBehind(t *testing.T) {
	cell := func(peer, operation string, clients int, median, low, high float64) result.Cost {
		return result.Cost{
			Who: result.Who{Peer: peer, Store: "Redis"}, Operation: operation, Size: 2000, Clients: clients,
			Time: result.Spread{Median: 1}, Ratio: result.Spread{Median: median, Low: low, High: high},
			Needs: result.Needs{Allocs: 1, Commands: -1, RoundTrips: -1, Sent: -1, Received: -1},
		}
	}
	costs := []result.Cost{
		cell(ours, result.Write, 1, 1, 1, 1),
		cell(control, result.Write, 1, 0.9, 0.8, 1),
		cell(byHand, result.Write, 1, 0.5, 0.5, 0.5),
		cell("near", result.Write, 1, 0.79, 0.7, 0.85), // reaches the control
		cell("near", result.Write, 16, 0.95, 0.9, 1),   // reaches 1
		cell("near", result.Write, 256, 1, 1, 1),       // not faster
		cell("fast", result.Write, 16, 0.6, 0.6, 0.6),
		cell("fast", result.Write, 1, 0.4, 0.3, 0.5),
		cell("fast", result.Read, 1, 0.7, 0.7, 0.7),
		cell("slow", result.Write, 1, 1.5, 1.4, 1.6),
		cell("gone", result.Write, 1, 0, 0, 0),
	}
	b := findBehind(costs)
	if b.Compared != 7 || b.Faster != 5 || b.Noise != 2 {
		t.Errorf("%d compared, %d faster, %d within the noise; want 7, 5, 2", b.Compared, b.Faster, b.Noise)
	}
	want := []string{
		"fast on Redis, write: 0.40 (0.30–0.50) (2 KB, 1 client); faster in 2 of 2",
		"fast on Redis, read: 0.70 (2 KB, 1 client); faster in 1 of 1",
		"near on Redis, write: 0.79 (0.70–0.85) (2 KB, 1 client); faster in 2 of 3, 2 within the noise",
	}
	if !slices.Equal(b.Groups, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(b.Groups, "\n"), strings.Join(want, "\n"))
	}
	if len(b.Needs) != 0 {
		t.Errorf("equal or unknown needs are told: %v", b.Needs)
	}
}

func TestNeeds(t *testing.T) {
	cell := func(peer string, size int, allocs, commands float64) result.Cost {
		return result.Cost{
			Who: result.Who{Peer: peer, Store: "Redis"}, Operation: result.Read, Size: size, Clients: 1,
			Needs: result.Needs{Allocs: allocs, AllocBytes: -1, Commands: commands, RoundTrips: -1, Sent: -1, Received: -1},
		}
	}
	got := findNeeds([]result.Cost{
		cell(ours, 200, 30, 1), cell("a", 200, 10, 0), cell("b", 200, 20, -1), cell(byHand, 200, 1, 1),
		cell(ours, 2000, 30, 1), cell("a", 2000, 40, 1),
	})
	want := []string{
		"allocates more often in 2 of 3 cells, at most 3.00 times as many as a on Redis (read, 200 B, 1 client)",
		"has the store carry out more commands in 1 of 2 cells, some of them where another needs none, such as a on Redis (read, 200 B, 1 client)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestKeepers(t *testing.T) {
	lost := func(peer, variant string, acknowledged, kept int) result.Lost {
		return result.Lost{Who: result.Who{Peer: peer, Store: "Redis"}, Variant: variant, Clients: 2, Acknowledged: acknowledged, Kept: kept}
	}
	back := func(peer string, back int) result.Resurrected {
		return result.Resurrected{Who: result.Who{Peer: peer, Store: "Redis"}, Races: 100, Back: back}
	}
	got := keepers(result.Run{
		Lost: []result.Lost{
			lost(ours, counter, 100, 100), lost(byHand, counter, 100, 100),
			lost("a", counter, 100, 100), lost("a", counter, 100, 99), lost("a", ownKeys, 100, 100),
			lost("b", ownKeys, 0, 0),
		},
		Resurrected: []result.Resurrected{back(ours, 0), back("a", 1), back("b", 0)},
	})
	want := []string{"a on Redis kept every change (own keys)", "no session of b on Redis came back in 100 races"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
