package foreigntypes

import (
	"math"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// message is the row for a protobuf message.
func message[T proto.Message](vs ...T) row {
	return of(vs...).by(func(a, b T) bool { return proto.Equal(a, b) })
}

// Messages are kept as encoding/json writes them, by their struct's fields or, where they have one, by their MarshalJSON.
func protobufTypes() []row {
	fields := must(structpb.NewStruct(map[string]any{
		"a": []any{1.5, "x", nil, true, 3.0}, "big": 1e300, "sub": map[string]any{"a.b": "c", "$set": "d", "": "e"},
	}))
	return []row{
		message(new(structpb.Struct), fields),
		message(structpb.NewStringValue(""), structpb.NewNumberValue(0.1), structpb.NewStructValue(fields)),
		message(new(structpb.ListValue), must(structpb.NewList([]any{"x", []any{}, nil}))),
		message(new(timestamppb.Timestamp), timestamppb.New(time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC))),
		message(new(durationpb.Duration), durationpb.New(math.MinInt64)),
		message(new(wrapperspb.StringValue), wrapperspb.String("é")),
		message(new(wrapperspb.Int64Value), wrapperspb.Int64(math.MinInt64)),
		message(new(wrapperspb.DoubleValue), wrapperspb.Double(0.1), wrapperspb.Double(2)),
		message(new(wrapperspb.BoolValue), wrapperspb.Bool(true)),
		message(new(wrapperspb.BytesValue), wrapperspb.Bytes([]byte{0, 255})),
		message(&fieldmaskpb.FieldMask{Paths: []string{"a.b", "c"}}),
		message(must(anypb.New(wrapperspb.String("x")))),
		message(&descriptorpb.FieldDescriptorProto{
			Name: new("id"), Number: new(int32(1)), Type: descriptorpb.FieldDescriptorProto_TYPE_INT64.Enum(),
			Options: &descriptorpb.FieldOptions{Packed: new(true)},
		}),
		of(structpb.NullValue_NULL_VALUE),
		of(descriptorpb.FieldDescriptorProto_TYPE_SINT64, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE),
	}
}
