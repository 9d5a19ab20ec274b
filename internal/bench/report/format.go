package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// unknown stands for what was not measured or cannot be known.
const unknown = "–"

// formatDuration writes three digits and a unit.
func formatDuration(d time.Duration) string { return formatNanoseconds(float64(d)) }

func formatNanoseconds(ns float64) string {
	if ns <= 0 {
		return unknown
	}
	unit, name := timeUnit(ns)
	return digits(ns/unit, 3) + " " + name
}

// timeUnit is the unit in which to write a time, in nanoseconds.
func timeUnit(ns float64) (unit float64, name string) {
	switch {
	case ns < 999.5:
		return 1, "ns"
	case ns < 999.5e3:
		return 1e3, "µs"
	case ns < 999.5e6:
		return 1e6, "ms"
	case ns < 100e9:
		return 1e9, "s"
	}
	return 60e9, "min"
}

// formatBytes writes three digits and a decimal unit.
func formatBytes(n float64) string { return formatSize(n, 3) }

// formatMemory writes a machine's memory in the unit that it is sold in.
func formatMemory(n int64) string { return digits(float64(n)/(1<<30), 3) + " GiB" }

func formatSize(n float64, precision int) string {
	switch limit := 1000 - 0.5*math.Pow10(3-precision); {
	case n < 0:
		return unknown
	case n < limit:
		return digits(n, precision) + " B"
	case n < limit*1e3:
		return digits(n/1e3, precision) + " KB"
	case n < limit*1e6:
		return digits(n/1e6, precision) + " MB"
	}
	return digits(n/1e9, precision) + " GB"
}

// formatCount writes a number that is 0 or more; below that it is not known.
func formatCount(n float64) string {
	switch {
	case n < 0:
		return unknown
	case n >= 100:
		return formatMany(int(math.Round(n)))
	}
	return digits(n, 3)
}

// digits rounds to a number of significant digits and leaves out what they do not need.
func digits(f float64, precision int) string {
	if f == 0 {
		return "0"
	}
	decimals := precision - 1 - int(math.Floor(math.Log10(math.Abs(f))))
	if decimals <= 0 {
		unit := math.Pow10(-decimals)
		return strconv.FormatFloat(math.Round(f/unit)*unit, 'f', 0, 64)
	}
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// formatRatio writes as many decimals as tell ratios apart.
func formatRatio(r float64) string {
	switch {
	case r < 9.995:
		return strconv.FormatFloat(r, 'f', 2, 64)
	case r < 99.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return strconv.FormatFloat(r, 'f', 0, 64)
}

// formatRatios writes the median of ratios, and their range if there is one.
func formatRatios(s result.Spread) string {
	switch {
	case s.Median <= 0:
		return unknown
	case s.Low == s.High:
		return formatRatio(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", formatRatio(s.Median), formatRatio(s.Low), formatRatio(s.High))
}

// formatTimes writes the median of times, and their range in the same unit if there is one.
func formatTimes(s result.Spread) string {
	if s.Median <= 0 || s.Low == s.High {
		return formatNanoseconds(s.Median)
	}
	unit, _ := timeUnit(s.Median)
	return fmt.Sprintf("%s (%s–%s)", formatNanoseconds(s.Median), digits(s.Low/unit, 3), digits(s.High/unit, 3))
}

// formatShare writes a share in percent, and rounds none up to all or down to nothing.
func formatShare(part, whole int) string {
	switch {
	case whole == 0:
		return unknown
	case part >= whole:
		return "100 %"
	case part <= 0:
		return "0 %"
	}
	percent := 100 * float64(part) / float64(whole)
	switch {
	case percent > 99:
		return strconv.FormatFloat(math.Min(percent, 99.9), 'f', 1, 64) + " %"
	case percent < 1:
		return strconv.FormatFloat(math.Max(percent, 0.1), 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(percent, 'f', 0, 64) + " %"
}

// formatThink writes how long a handler takes, which may be no time at all.
func formatThink(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + " ms" }

func formatClients(n int) string {
	if n == 1 {
		return "1 client"
	}
	return strconv.Itoa(n) + " clients"
}

// formatMany groups the digits of a whole number by thousands.
func formatMany(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// formatShareOf1 is formatShare for a fraction.
func formatShareOf1(share float64) string { return formatShare(int(share*1e6), 1e6) }

func formatSessionSize(n int) string { return formatSize(float64(n), 2) }

// String names the cell in a sentence.
func (k cellKind) String() string {
	return fmt.Sprintf("%s, %s, %s", k.Operation, formatSessionSize(k.Size), formatClients(k.Clients))
}
