package foreigntypes

import (
	"math"
	"time"

	"cloud.google.com/go/civil"
	"github.com/sosodev/duration"
)

func timeTypes() []row {
	paris := time.FixedZone("", 3600)
	fine := time.Date(2026, 3, 1, 12, 0, 0, 250_999_999, paris)
	return []row{
		of(fine, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Now()).
			but(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)),
		of(&fine, new(time.Time)),
		of([]time.Time{fine, {}}),
		of(map[string]time.Time{"a": fine, "b": {}}),
		of(time.Duration(0), time.Second, math.MinInt64, math.MaxInt64),
		of(time.March),
		of(time.Saturday),
		of(map[time.Month][]time.Weekday{time.March: {time.Sunday, time.Monday}, time.April: {}}),
		// A date that is none is written as one that is not read back.
		nonzero(civil.Date{Year: 2026, Month: time.March, Day: 1}, civil.Date{Year: 1, Month: time.January, Day: 1}),
		of(civil.Time{Hour: 23, Minute: 59, Second: 59, Nanosecond: 999_999_999}),
		nonzero(civil.DateTime{Date: civil.Date{Year: 2026, Month: time.March, Day: 1}, Time: civil.Time{Hour: 1, Nanosecond: 1}}),
		of(duration.Duration{Years: 1, Weeks: 2.5, Minutes: 3, Negative: true}),
	}
}
