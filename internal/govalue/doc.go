// Package govalue turns Go values into values that sessions store, and back. What Encode takes, Decode into the same type gives
// back equal; what it could not give back is refused. Equal means: nil and empty slices and maps are the same, times are compared
// in UTC to the millisecond, numbers that a marshaler wrote by their value.
//
// Both follow encoding/json: names, tags, embedding, marshalers. But times and bytes stay what they are, and so do integers and
// floats, inside values of type any too.
package govalue
