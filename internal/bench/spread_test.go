package main

import (
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   result.Spread
	}{
		{[]float64{7}, result.Spread{Median: 7, Low: 7, High: 7}},
		{[]float64{9, 1}, result.Spread{Median: 5, Low: 1, High: 9}},
		{[]float64{3, 100, 2}, result.Spread{Median: 3, Low: 2, High: 100}},
		{[]float64{4, 1, 3, 2}, result.Spread{Median: 2.5, Low: 1, High: 4}},
	} {
		before := c.values[0]
		if got := spread(c.values); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.values, got, c.want)
		}
		if c.values[0] != before {
			t.Error("the values were put in another order")
		}
	}
}
