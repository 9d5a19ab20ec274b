package devices

import (
	"reflect"
	"testing"
	"time"
)

func TestEnglishAgo(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "just now", time.Minute - 1: "just now", time.Minute: "1 minute ago", time.Hour - 1: "59 minutes ago", time.Hour: "1 hour ago",
		day - 1: "23 hours ago", day: "1 day ago", 30*day - 1: "29 days ago", 30 * day: "1 month ago", 365*day - 1: "12 months ago", 365 * day: "1 year ago",
		800 * day: "2 years ago",
	} {
		if got := englishAgo(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// No text is missing, or there would be no default for it.
func TestEnglishIsComplete(t *testing.T) {
	v := reflect.ValueOf(english)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("no %s", v.Type().Field(i).Name)
		}
	}
}
