package foreigntypes

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func bsonTypes() []row {
	id := must(bson.ObjectIDFromHex("65b3f7edd9bfca00daa6e3b3"))
	return []row{
		of(id, bson.NilObjectID),
		of([]bson.ObjectID{id}),
		of(bson.NewDateTimeFromTime(time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)), bson.DateTime(-1)),
		of(must(bson.ParseDecimal128("1.50")), must(bson.ParseDecimal128(manyDigits)), must(bson.ParseDecimal128("-Infinity"))),
		of(
			bson.M{"a": "b", "n": nil, "sub": map[string]any{"list": []any{"x", 1.5, true}}, "whole": 3.0}, bson.M{},
		).but(bson.M{"a.b": 1}, bson.M{"$set": bson.M{"a": 1}}),
		// The order of its fields is what it is for, and any name goes.
		of(
			bson.D{{Key: "z", Value: "last"}, {Key: "a", Value: 1.5}, {Key: "m", Value: bson.D{{Key: "y"}, {Key: "b", Value: true}}}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "a.b", Value: "c"}, {Key: "", Value: ""}}}}, bson.D{},
		),
		of(bson.E{Key: "key", Value: "value"}),
		of(bson.A{"x", 1.5, nil, true, []any{}}, bson.A{}),
		of(bson.Binary{Subtype: 4, Data: []byte{0, 255}}, bson.Binary{Data: []byte{}}),
		of(bson.Regex{Pattern: `^a\.b$`, Options: "i"}),
		of(bson.Timestamp{T: math.MaxUint32, I: 1}),
		of(bson.DBPointer{DB: "db", Pointer: id}),
		of(bson.CodeWithScope{Code: "return 1", Scope: "x"}),
		of(bson.JavaScript("return 1")),
		of(bson.Null{}),
		of(bson.MinKey{}),
		of(bson.Raw(must(bson.Marshal(bson.M{"a": 1})))),
		of(bson.RawValue{Type: bson.TypeString, Value: []byte("\x02\x00\x00\x00a\x00")}),
		of(bson.TypeDecimal128),
	}
}
