package foreigntypes

import (
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/oapi-codegen/nullable"
	openapi "github.com/oapi-codegen/runtime/types"
)

func openAPITypes() []row {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now := day.Add(12*time.Hour + 250*time.Millisecond)
	return []row{
		of(openapi.Date{Time: day}),
		of(openapi.Duration{Years: 1, Hours: 2, Seconds: 0.5}),
		nonzero(openapi.Email("a@example.com")), // an empty one is invalid
		// Given no value, not even null, it leaves itself out by omitempty and else writes a zero value.
		nonzero(nullable.NewNullNullable[string](), nullable.NewNullableWithValue(""), nullable.NewNullableWithValue("x")),
		nonzero(nullable.NewNullNullable[address](), nullable.NewNullableWithValue(address{Since: now})),
		of(strfmt.DateTime(now), strfmt.DateTime(now.Add(1000))).by(func(a, b strfmt.DateTime) bool {
			return time.Time(a).UnixMilli() == time.Time(b).UnixMilli()
		}),
		of(strfmt.Date(day)).by(func(a, b strfmt.Date) bool { return time.Time(a).Equal(time.Time(b)) }),
		of(strfmt.Duration(90 * time.Minute)),
		of(strfmt.UUID("0190d2c8-6b9f-7c3a-9f5e-8a4e6f1b2c3d")),
		of(strfmt.Email("a@example.com")),
		of(strfmt.Base64{0, 255}),
		of(must(strfmt.ParseULID("01ARZ3NDEKTSV4RRFFQ69G5FAV"))),
		of(strfmt.NewObjectId("65b3f7edd9bfca00daa6e3b3")),
	}
}
