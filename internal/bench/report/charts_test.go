package report

import (
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestSizeChart(t *testing.T) {
	got := sizeChart([]result.Cost{
		write(ours, 200, 2, 2, 2), write(control, 200, 9, 9, 9), write("a", 200, 4, 4, 4), write("b", 200, 4, 4, 4),
		write(ours, 2000, 3, 3, 3), write("a", 2000, 8, 8, 8),
	}).Bars
	want := []figure.Bar{
		{Row: [2]string{"Redis", ours}, Text: "1.00 → 1.50", To: 0.25, Reach: 0.375},
		{Row: [2]string{"Redis", "a"}, Text: "2.00 → 4.00", To: 0.5, Reach: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRequestsChart(t *testing.T) {
	unused := func(peer string, ratio float64) result.Cost {
		c := write(peer, 200, ratio, ratio, ratio)
		c.Operation = result.Unused
		return c
	}
	c := requestsChart([]result.Cost{
		write(ours, 200, 1, 1, 1), write("a", 200, 4, 4, 4), write("a", 2000, 9, 9, 9), write(byHand, 200, 0.1, 0.1, 0.1),
		unused(ours, 1), unused("a", 0.5), unused(control, 1),
	})
	var names []string
	for _, b := range c.Bars {
		names = append(names, b.Row[0]+": "+b.Row[1]+" "+b.Text)
	}
	if want := []string{"The session is not used: a · Redis 0.50 ×", "One field is changed: a · Redis 4.00 ×"}; !slices.Equal(names, want) {
		t.Fatalf("got %q, want %q", names, want)
	}
	faster, slower := c.Bars[0], c.Bars[1]
	if !(0 < faster.From && faster.From < c.Mark && faster.To == c.Mark) {
		t.Errorf("%v is not to the left of %v", faster, c.Mark)
	}
	if slower.From != c.Mark || slower.To != 1 {
		t.Errorf("%v does not lead from %v to the end", slower, c.Mark)
	}
}
