package foreigntypes

import (
	"database/sql"
	"math"
	"time"

	nullv8 "github.com/aarondl/null/v8"
	"github.com/guregu/null/v6"
	"gorm.io/gorm"
)

func nullTypes() []row {
	now := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)
	return []row{
		of(sql.NullString{String: "é\x00", Valid: true}, sql.NullString{Valid: true}),
		of(sql.NullInt64{Int64: math.MinInt64, Valid: true}, sql.NullInt64{Valid: true}),
		of(sql.NullInt32{Int32: math.MaxInt32, Valid: true}),
		of(sql.NullInt16{Int16: math.MinInt16, Valid: true}),
		of(sql.NullByte{Byte: 255, Valid: true}),
		of(sql.NullFloat64{Float64: 1e300, Valid: true}, sql.NullFloat64{Float64: 1, Valid: true}),
		of(sql.NullBool{Bool: true, Valid: true}, sql.NullBool{Valid: true}),
		of(sql.NullTime{Time: now, Valid: true}, sql.NullTime{Valid: true}),
		of(sql.Null[int]{V: 1, Valid: true}),
		of(sql.Null[time.Time]{V: now, Valid: true}),
		of(sql.RawBytes("\x00\xff"), sql.RawBytes{}),

		of(null.StringFrom("text"), null.StringFrom("")),
		of(null.IntFrom(math.MinInt64), null.IntFrom(0)),
		of(null.Int32From(math.MaxInt32), null.Int32From(0)),
		of(null.Int16From(-1)),
		of(null.ByteFrom(255)),
		of(null.FloatFrom(0.1), null.FloatFrom(0), null.FloatFrom(1e300), null.FloatFrom(5)),
		of(null.BoolFrom(true), null.BoolFrom(false)),
		of(null.TimeFrom(now), null.TimeFrom(time.Time{}), null.TimeFrom(now.Add(1))).by(null.Time.Equal),
		of(null.ValueFrom([]int{1, 2}), null.ValueFrom([]int{})),
		of(null.ValueFrom(now)),

		of(nullv8.StringFrom("text"), nullv8.StringFrom("")),
		of(nullv8.IntFrom(math.MinInt), nullv8.IntFrom(0)),
		of(nullv8.Int64From(math.MaxInt64)),
		of(nullv8.Uint8From(255)),
		of(nullv8.Uint64From(math.MaxUint64), nullv8.Uint64From(0)),
		of(nullv8.Float32From(0.1)),
		of(nullv8.Float64From(-0.1), nullv8.Float64From(2)),
		of(nullv8.BoolFrom(true), nullv8.BoolFrom(false)),
		of(nullv8.TimeFrom(now), nullv8.TimeFrom(now.Add(1))),
		of(nullv8.JSONFrom([]byte(`{"a.b":[1.50,{"$set":null}],"":""}`))).by(byJSON),

		of(gorm.DeletedAt{Time: now, Valid: true}),
		of(gorm.Model{ID: 7, CreatedAt: now, UpdatedAt: now, DeletedAt: gorm.DeletedAt{Time: now, Valid: true}}, gorm.Model{ID: 1}),
	}
}
