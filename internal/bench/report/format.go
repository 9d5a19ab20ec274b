package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

const unknown = figure.Unknown

type unit struct {
	size float64
	name string
}

var (
	timeUnits  = []unit{{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}}
	bytesUnits = []unit{{1, "B"}, {1e3, "KB"}, {1e6, "MB"}, {1e9, "GB"}}
)

// unitOf is the unit in which n has three digits at most before the point, or the last.
func unitOf(n float64, units []unit) unit {
	for _, u := range units {
		if n < 999.5*u.size {
			return u
		}
	}
	return units[len(units)-1]
}

// quantity writes three digits and a unit. What is below 0 is not known.
func quantity(n float64, units []unit) string {
	if n < 0 {
		return unknown
	}
	u := unitOf(n, units)
	return digits(n/u.size) + " " + u.name
}

// size writes a number of bytes.
func size(n int) string { return quantity(float64(n), bytesUnits) }

// digits rounds to three significant digits and leaves out what they do not need.
func digits(f float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 2, 64), 64)
	if err != nil {
		return unknown
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// count writes at least three digits.
func count(n float64) string {
	if n >= 99.95 {
		return many(int(math.Round(n)))
	}
	return digits(n)
}

// many groups the digits of a whole number by thousands.
func many(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// ratio writes as many decimals as tell ratios apart.
func ratio(r float64) string {
	switch {
	case r < 9.995:
		return strconv.FormatFloat(r, 'f', 2, 64)
	case r < 99.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return strconv.FormatFloat(r, 'f', 0, 64)
}

// spread writes the median of ratios and their range.
func spread(s result.Spread) string {
	if s.Median <= 0 {
		return unknown
	}
	return fmt.Sprintf("%s (%s–%s)", ratio(s.Median), ratio(s.Low), ratio(s.High))
}

// times writes the median of times in nanoseconds and their range, in the same unit.
func times(s result.Spread) string {
	if s.Median <= 0 {
		return unknown
	}
	u := unitOf(s.Median, timeUnits)
	return fmt.Sprintf("%s (%s–%s)", quantity(s.Median, timeUnits), digits(s.Low/u.size), digits(s.High/u.size))
}

// relative writes the quotient of two medians, if both are known.
func relative(a, b result.Spread) string {
	if a.Median <= 0 || b.Median <= 0 {
		return unknown
	}
	return ratio(a.Median / b.Median)
}
