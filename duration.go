package atomicsession

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const day = 24 * time.Hour

var units = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "second": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour,
	"d": day, "day": day,
	"w": 7 * day, "week": 7 * day,
	"month": 30 * day,
	"year":  365 * day,
}

// ParseDuration reads a duration as people write it in a configuration: "1 month", "14 days", "36h", "1 day 12 hours", and all that
// [time.ParseDuration] reads. A month has 30 days and a year 365. It refuses a number without a unit, because no one can tell whether
// that means seconds or milliseconds. It also refuses zero, negative durations, and a one-letter unit in upper case, as in "1M".
func ParseDuration(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if d, err := time.ParseDuration(rest); err == nil && d > 0 {
		return d, nil
	}
	total := 0.0
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end < 0 {
			return 0, fmt.Errorf("duration %q: a number without a unit", text)
		}
		n, err := strconv.ParseFloat(rest[:end], 64)
		if err != nil {
			return 0, fmt.Errorf("duration %q: no number before %q", text, rest[end:])
		}
		rest = strings.TrimLeft(rest[end:], " ")
		end = strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
		if end < 0 {
			end = len(rest)
		}
		name := rest[:end]
		if len(name) > 1 { // M alone might mean months
			name = strings.ToLower(name)
		}
		unit, ok := units[name]
		if !ok && len(name) > len("ms") { // a plural, which two letters are not
			unit, ok = units[strings.TrimSuffix(name, "s")]
		}
		if !ok {
			return 0, fmt.Errorf("duration %q: unknown unit %q", text, rest[:end])
		}
		total += n * float64(unit)
		rest = strings.TrimLeft(rest[end:], " ")
	}
	if total < 1 || total >= math.MaxInt64 {
		return 0, fmt.Errorf("duration %q: out of range", text)
	}
	return time.Duration(total), nil
}

// Duration is a [time.Duration] that configuration decoders and flags read with [ParseDuration].
type Duration time.Duration

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = Duration(v)
	}
	return err
}

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }
