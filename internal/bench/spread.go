package main

import (
	"slices"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// spread returns the median of the values and their range. There is at least one.
func spread(values []float64) result.Spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return result.Spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Low: sorted[0], High: sorted[n-1]}
}
