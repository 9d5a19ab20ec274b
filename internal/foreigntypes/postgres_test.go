package foreigntypes

import (
	"math"
	"math/big"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	sqlx "github.com/jmoiron/sqlx/types"
	"github.com/lib/pq"
)

func postgresTypes() []row {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now := day.Add(12*time.Hour + 250*time.Microsecond)
	return []row{
		of(pgtype.Text{String: "é", Valid: true}, pgtype.Text{Valid: true}),
		of(pgtype.Int2{Int16: -1, Valid: true}, pgtype.Int2{Valid: true}),
		of(pgtype.Int4{Int32: math.MinInt32, Valid: true}, pgtype.Int4{Valid: true}),
		of(pgtype.Int8{Int64: math.MaxInt64, Valid: true}, pgtype.Int8{Valid: true}),
		of(pgtype.Uint32{Uint32: math.MaxUint32, Valid: true}, pgtype.Uint32{Valid: true}),
		of(pgtype.Float4{Float32: 0.1, Valid: true}, pgtype.Float4{Valid: true}),
		of(pgtype.Float8{Float64: 1e-300, Valid: true}, pgtype.Float8{Float64: 3, Valid: true}),
		of(pgtype.Bool{Bool: true, Valid: true}, pgtype.Bool{Valid: true}),
		of(pgtype.UUID{Bytes: [16]byte{1, 15: 255}, Valid: true}, pgtype.UUID{Valid: true}),
		of(pgtype.Timestamptz{Time: now, Valid: true}, pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}),
		of(pgtype.Timestamp{Time: now, Valid: true}, pgtype.Timestamp{InfinityModifier: pgtype.NegativeInfinity, Valid: true}),
		of(pgtype.Date{Time: day, Valid: true}, pgtype.Date{InfinityModifier: pgtype.Infinity, Valid: true}),
		of(pgtype.Time{Microseconds: 86_399_999_999, Valid: true}),
		of(pgtype.Interval{Microseconds: -1, Days: 40, Months: 13, Valid: true}),
		of(
			pgtype.Numeric{Int: big.NewInt(150), Exp: -2, Valid: true},
			pgtype.Numeric{Int: parsed(new(big.Int).SetString(bigInteger, 10)), Exp: -8, Valid: true},
			pgtype.Numeric{Int: parsed(new(big.Int).SetString(bigInteger, 10)), Valid: true},
			pgtype.Numeric{Int: big.NewInt(0), Valid: true}, pgtype.Numeric{NaN: true, Valid: true},
			pgtype.Numeric{InfinityModifier: pgtype.NegativeInfinity, Valid: true},
		).by(byJSON),
		of(pgtype.Point{P: pgtype.Vec2{X: 1.5, Y: -2}, Valid: true}, pgtype.Point{Valid: true}),
		of(pgtype.Bits{Bytes: []byte{0xa0}, Len: 3, Valid: true}),
		of(pgtype.Hstore{"key": new("value"), "null": nil}, pgtype.Hstore{}).but(pgtype.Hstore{"a.b": nil}, pgtype.Hstore{"": nil}),
		of(pgtype.FlatArray[string]{"a", ""}),
		of(pgtype.Array[int]{Elements: []int{1, 2}, Dims: []pgtype.ArrayDimension{{Length: 2, LowerBound: 1}}, Valid: true}),
		of(pgtype.Range[pgtype.Int4]{
			Lower: pgtype.Int4{Int32: 1, Valid: true}, LowerType: pgtype.Inclusive, UpperType: pgtype.Unbounded, Valid: true,
		}),

		of(pq.StringArray{"a", ""}),
		of(pq.Int64Array{math.MinInt64}),
		of(pq.BoolArray{true, false}),
		of(pq.ByteaArray{[]byte("\x00"), nil}),
		// Its zero value is written as an empty object.
		nonzero(sqlx.JSONText(`{"a.b":[1.50,{"$set":null}],"":""}`), sqlx.JSONText(`[]`)).by(byJSON),
		of(sqlx.GzippedText("text")),
		of(sqlx.BitBool(true)),
	}
}
