package driver

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strconv"
	"time"
)

// The text form of a value is JSON, with every kind told apart:
//
//	null true false "text" [1, 2] {"a": 1}   as in JSON, object names sorted
//	42                                       Int: digits alone
//	42.0  1e300  0.1                         Float: always a point or an exponent
//	{"$date":"2006-01-02T15:04:05.000Z"}     Time
//	{"$binary":"aGVsbG8="}                   Bytes, standard base64
//	{"$json":"{\"a.b\": 1.10}"}              JSON, as a string
//
// A name never begins with '$', so the last three cannot be mistaken for objects. Two Identical values have the same
// text. A Float that is a whole number within the int64 range is written with all its digits and ".0", so without the
// ".0" the texts of two equal numbers are equal too.

const (
	dateName   = "$date"
	binaryName = "$binary"
	jsonName   = "$json"
	timeLayout = "2006-01-02T15:04:05.000Z"
)

// MarshalJSON returns the text form of v, which is JSON; null for a Missing value.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.kind == Missing {
		v = NullValue
	}
	return v.AppendTo(nil), nil
}

// Text returns the text form of v.
func (v Value) Text() string { return string(v.AppendTo(nil)) }

// AppendTo appends the text form of v to b; a Missing value appends nothing.
func (v Value) AppendTo(b []byte) []byte {
	switch v.kind {
	case Null:
		return append(b, "null"...)
	case Bool:
		return strconv.AppendBool(b, v.num != 0)
	case Int:
		return strconv.AppendInt(b, int64(v.num), 10)
	case Float:
		return appendFloat(b, v.Float())
	case String:
		return appendQuoted(b, v.str)
	case Bytes:
		b = append(b, `{"`+binaryName+`":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(v.str))
		return append(b, `"}`...)
	case JSON:
		b = append(b, `{"`+jsonName+`":`...)
		return append(appendQuoted(b, v.str), '}')
	case Time:
		b = append(b, `{"`+dateName+`":"`...)
		b = time.UnixMilli(int64(v.num)).UTC().AppendFormat(b, timeLayout)
		return append(b, `"}`...)
	case Array:
		b = append(b, '[')
		for i, e := range v.parts().elems {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.AppendTo(b)
		}
		return append(b, ']')
	case Object:
		return v.parts().fields.AppendTo(b)
	}
	return b
}

// MarshalJSON returns the text form of the document, which is JSON.
func (d Doc) MarshalJSON() ([]byte, error) { return d.AppendTo(nil), nil }

// UnmarshalJSON reads the text form of a value; see [ParseValue].
func (v *Value) UnmarshalJSON(text []byte) (err error) {
	*v, err = ParseValue(string(text))
	return err
}

// UnmarshalJSON reads the text form of a document; see [ParseDoc].
func (d *Doc) UnmarshalJSON(text []byte) (err error) {
	*d, err = ParseDoc(string(text))
	return err
}

// Text returns the text form of the document.
func (d Doc) Text() string { return string(d.AppendTo(nil)) }

// Values and documents are a visitor's data, so they keep themselves out of logs, whatever verb or handler meets them. Text and
// MarshalJSON are for those who want to see them. (So a handler that encodes a struct around one as JSON shows it; and one that fmt
// finds in an unexported field has no say.)

type unprinted struct{}

func (unprinted) String() string             { return redacted }
func (unprinted) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }
func (unprinted) LogValue() slog.Value       { return slog.StringValue(redacted) }

// AppendTo appends the text form of the document to b.
func (d Doc) AppendTo(b []byte) []byte {
	b = append(b, '{')
	for i, f := range d.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, f.Name), ':')
		b = f.Value.AppendTo(b)
	}
	return append(b, '}')
}

func appendFloat(b []byte, f float64) []byte {
	if f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
		return append(strconv.AppendFloat(b, f, 'f', 0, 64), ".0"...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64) // has a point or an exponent: it is a fraction, or too long without
}

const hexDigits = "0123456789abcdef"

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// Size returns the length of v's text form, without making it.
func (v Value) Size() int {
	var digits [32]byte
	switch v.kind {
	case Null:
		return len("null")
	case Bool:
		return len(strconv.AppendBool(digits[:0], v.num != 0))
	case Int:
		return len(strconv.AppendInt(digits[:0], int64(v.num), 10))
	case Float:
		return len(appendFloat(digits[:0], v.Float()))
	case String:
		return quotedSize(v.str)
	case Bytes:
		return len(`{"$binary":""}`) + base64.StdEncoding.EncodedLen(len(v.str))
	case JSON:
		return len(`{"$json":}`) + quotedSize(v.str)
	case Time:
		return len(`{"$date":""}`) + len(timeLayout)
	case Array:
		elems := v.parts().elems
		n := 2 + max(0, len(elems)-1)
		for _, e := range elems {
			n += e.Size()
		}
		return n
	case Object:
		fields := v.parts().fields.fields
		n := 2 + max(0, len(fields)-1)
		for _, f := range fields {
			n += quotedSize(f.Name) + 1 + f.Value.Size()
		}
		return n
	}
	return 0
}

// Size is what [Limits] measure: for each top-level field the length of its name and of its value's text form.
// A store that keeps fields apart can keep the sum up to date from the fields it changes.
func (d Doc) Size() int {
	n := 0
	for _, f := range d.fields {
		n += len(f.Name) + f.Value.Size()
	}
	return n
}

func quotedSize(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\', c == '\n':
			n++
		case c < ' ':
			n += 5
		}
	}
	return n
}
