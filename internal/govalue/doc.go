// Package govalue turns Go values into values that sessions store, and back. What Encode takes, Decode into the same type gives
// back equal; what it could not give back is refused.
//
// Both follow encoding/json: names, tags, embedding, marshalers. But times and bytes stay what they are, and so do integers and
// floats, inside values of type any too; nil slices and maps are stored empty; and a marshaler with a pointer receiver is called
// wherever the value is, as encoding/json/v2 does it.
//
// Equal means:
//
//   - Times are compared in UTC to the millisecond, floats by value (-0 equals 0), nil and empty slices and maps are the same.
//   - A pointer to what is stored as null, such as another nil pointer or an empty nullable value, equals a nil pointer.
//   - Of a struct the fields count that encoding/json sees: not those that are unexported, tagged "-" or hidden by another one of
//     their name. One that omitempty or omitzero left out is zero. An embedded pointer to a struct of which nothing is stored
//     equals nil.
//   - Two values of a type with a marshaler are equal if it writes the same of them, numbers by their value. If the type has no
//     unmarshaler, or its marshaler may be that of an embedded type, its fields must be equal too.
//   - What an any holds comes back as the Go value that says the same: nil, bool, int64, float64, string, []byte, time.Time,
//     []any, map[string]any or, if it is kept as JSON, json.RawMessage.
package govalue
