package atomicsession_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

var goodDurations = map[string]time.Duration{
	"1 month": 30 * day, "2 months": 60 * day, "14 days": 14 * day, "1 day": day, "36h": 36 * time.Hour, "36 hours": 36 * time.Hour,
	"36 hrs": 36 * time.Hour, "1 hr": time.Hour, "1 week": 7 * day, "2w": 14 * day, "7d": 7 * day, "1 year": 365 * day,
	"1 day 12 hours": 36 * time.Hour, "1d12h": 36 * time.Hour, "1.5 days": 36 * time.Hour, ".5h": 30 * time.Minute,
	"90 minutes": 90 * time.Minute, "90min": 90 * time.Minute, "5 mins": 5 * time.Minute, "45 s": 45 * time.Second,
	"45 secs": 45 * time.Second, "1 second": time.Second, "1h30m": 90 * time.Minute, "1h30m0.5s": 90*time.Minute + time.Second/2,
	"  14 Days  ": 14 * day, "1 MONTH": 30 * day, "500ms": time.Second / 2,
	"7us": 7 * time.Microsecond, "+1h": time.Hour, "0.1s": time.Second / 10, "290 years": 290 * 365 * day, "1 h 1 h": 2 * time.Hour,
}

var badDurations = []string{
	"", " ", "0", "0s", "0 days", "-1h", "-1 day", "- 1 day", "1209600000", "3600", "1.5", "14", "days", "day 1", "1 fortnight",
	"1 ss", "1M", "2 D", "1 dayss", "1 mss", "5 ms", "1 s 5 ms", "5 us", "1 ns", "1,5 days", "1 day, 2 hours", "1..5 h", "1.2.3 h", "1e3s", "١ day", "1 dаy", // the last with a Cyrillic letter
	"inf", "NaN h", "0x10 h", "1_000 h", "300 years", "999999999999 years", "1 day -2 hours", "1 day 5", "1h\x00", "1 m̈",
}

func TestParseDuration(t *testing.T) {
	for text, want := range goodDurations {
		if got, err := atomicsession.ParseDuration(text); got != want || err != nil {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range badDurations {
		if got, err := atomicsession.ParseDuration(text); err == nil || got != 0 {
			t.Errorf("%q is %v, %v; want an error", text, got, err)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for text := range goodDurations {
		f.Add(text)
	}
	for _, text := range badDurations {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := atomicsession.ParseDuration(text)
		if (err == nil) != (got > 0) {
			t.Fatalf("%q is %v, %v", text, got, err)
		}
		if err == nil {
			if again, err := atomicsession.ParseDuration(got.String()); again != got || err != nil {
				t.Errorf("%q is %v, which reads as %v, %v", text, got, again, err)
			}
		}
	})
}

func TestDurationInConfigurations(t *testing.T) {
	var config struct{ MaxAge atomicsession.Duration }
	if err := json.Unmarshal([]byte(`{"MaxAge":"14 days"}`), &config); err != nil || time.Duration(config.MaxAge) != 14*day {
		t.Errorf("read as %v, %v", config, err)
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	again := config
	if err := json.Unmarshal(text, &again); err != nil || again != config {
		t.Errorf("%s is read as %v, %v", text, again, err)
	}
	if err := json.Unmarshal([]byte(`{"MaxAge":"1209600"}`), &config); err == nil || config != again {
		t.Errorf("a bare number is read as %v, %v", config, err)
	}
}
