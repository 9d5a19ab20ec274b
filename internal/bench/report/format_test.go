package report

import (
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestFormat(t *testing.T) {
	tests := []struct{ got, want string }{
		{quantity(4.56, timeUnits), "4.56 ns"},
		{quantity(999.6, timeUnits), "1 µs"},
		{quantity(41234, timeUnits), "41.2 µs"},
		{quantity(1e6, timeUnits), "1 ms"},
		{quantity(99e9, timeUnits), "99 s"},
		{quantity(1234e9, timeUnits), "1230 s"},

		{quantity(-1, bytesUnits), unknown},
		{quantity(0, bytesUnits), "0 B"},
		{quantity(999, bytesUnits), "999 B"},
		{quantity(999.6, bytesUnits), "1 KB"},
		{quantity(20671, bytesUnits), "20.7 KB"},
		{quantity(1.5e6, bytesUnits), "1.5 MB"},
		{quantity(2e9, bytesUnits), "2 GB"},
		{size(200), "200 B"},
		{size(204800), "205 KB"},

		{count(0), "0"},
		{count(1), "1"},
		{count(2.0049), "2"},
		{count(99.96), "100"},
		{count(12345.6), "12\u202f346"},
		{many(0), "0"},
		{many(999), "999"},
		{many(1234567), "1\u202f234\u202f567"},

		{figure.Share(0, 0), unknown},
		{figure.Share(0, 100), "0 %"},
		{figure.Share(1, 1600), "1 %"},
		{figure.Share(58, 100), "58 %"},
		{figure.Share(1599, 1600), "99 %"},
		{figure.Share(101, 100), "100 %"},

		{spread(result.Spread{}), unknown},
		{spread(result.Spread{Median: 1.5, Low: 0.996, High: 12.34}), "1.50 (1.00–12.3)"},
		{spread(result.Spread{Median: 99.96, Low: 9.996, High: 101.4}), "100 (10.0–101)"},
		{times(result.Spread{}), unknown},
		{times(result.Spread{Median: 947e3, Low: 806e3, High: 1056e3}), "947 µs (806–1060)"},
		{relative(result.Spread{Median: 3}, result.Spread{Median: 2}), "1.50"},
		{relative(result.Spread{Median: 3}, result.Spread{}), unknown},
	}
	for i, test := range tests {
		if test.got != test.want {
			t.Errorf("%d: got %q, want %q", i, test.got, test.want)
		}
	}
}
