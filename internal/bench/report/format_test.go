package report

import (
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestFormat(t *testing.T) {
	tests := []struct{ got, want string }{
		{formatNanoseconds(0), unknown},
		{formatNanoseconds(-1), unknown},
		{formatNanoseconds(4.56), "4.56 ns"},
		{formatNanoseconds(999.6), "1 µs"},
		{formatNanoseconds(41234), "41.2 µs"},
		{formatNanoseconds(1e6), "1 ms"},
		{formatNanoseconds(99e9), "99 s"},
		{formatNanoseconds(1800e9), "30 min"},

		{formatBytes(-1), unknown},
		{formatBytes(0), "0 B"},
		{formatBytes(999), "999 B"},
		{formatBytes(999.6), "1 KB"},
		{formatBytes(20671), "20.7 KB"},
		{formatBytes(1.5e6), "1.5 MB"},
		{formatBytes(2e9), "2 GB"},
		{formatSessionSize(200), "200 B"},
		{formatSessionSize(2048), "2 KB"},
		{formatSessionSize(204800), "200 KB"},

		{formatCount(-1), unknown},
		{formatCount(0), "0"},
		{formatCount(1), "1"},
		{formatCount(2.0049), "2"},
		{formatCount(12345.6), "12\u202f346"},
		{formatMany(0), "0"},
		{formatMany(999), "999"},
		{formatMany(1234567), "1\u202f234\u202f567"},

		{formatShare(0, 0), unknown},
		{formatShare(0, 100), "0 %"},
		{formatShare(1, 1600), "0.1 %"},
		{formatShare(1, 100000), "0.1 %"},
		{formatShare(58, 100), "58 %"},
		{formatShare(1599, 1600), "99.9 %"},
		{formatShare(99999, 100000), "99.9 %"},
		{formatShare(101, 100), "100 %"},

		{formatRatios(result.Spread{}), unknown},
		{formatRatios(result.Spread{Median: 1.5, Low: 1.5, High: 1.5}), "1.50"},
		{formatRatios(result.Spread{Median: 1.5, Low: 0.996, High: 12.34}), "1.50 (1.00–12.3)"},
		{formatTimes(result.Spread{Median: 1500, Low: 900, High: 2100}), "1.5 µs (0.9–2.1)"},
		{formatTimes(result.Spread{Median: 1500, Low: 1500, High: 1500}), "1.5 µs"},
	}
	for i, test := range tests {
		if test.got != test.want {
			t.Errorf("%d: got %q, want %q", i, test.got, test.want)
		}
	}
}
