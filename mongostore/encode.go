package mongostore

import (
	"encoding/binary"
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// Values go to the server as finished BSON: nothing in them can be taken for an operator or be changed by the options
// of the application's client.

var bsonTypes = [...]bson.Type{
	driver.Null:   bson.TypeNull,
	driver.Int:    bson.TypeInt64,
	driver.Float:  bson.TypeDouble,
	driver.String: bson.TypeString,
	driver.Object: bson.TypeEmbeddedDocument,
	driver.Array:  bson.TypeArray,
	driver.Bytes:  bson.TypeBinary,
	driver.Bool:   bson.TypeBoolean,
	driver.Time:   bson.TypeDateTime,
	driver.JSON:   bson.TypeJavaScript, // code, which nothing runs: a text that no path leads into
}

func rawValue(v driver.Value) bson.RawValue {
	return bson.RawValue{Type: bsonTypes[v.Kind()], Value: appendValue(nil, v)}
}

func rawArray(values []driver.Value) bson.RawValue {
	return bson.RawValue{Type: bson.TypeArray, Value: appendArray(nil, values)}
}

func appendValue(b []byte, v driver.Value) []byte {
	switch v.Kind() {
	case driver.Int:
		return binary.LittleEndian.AppendUint64(b, uint64(v.Int()))
	case driver.Float:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case driver.String:
		return appendString(b, v.Str())
	case driver.JSON:
		return appendString(b, v.JSON())
	case driver.Object:
		return appendDoc(b, v.Doc())
	case driver.Array:
		return appendArray(b, v.Elems())
	case driver.Bytes:
		data := v.Bytes()
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		return append(append(b, bson.TypeBinaryGeneric), data...)
	case driver.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case driver.Time:
		return binary.LittleEndian.AppendUint64(b, uint64(v.Time().UnixMilli()))
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)+1))
	return append(append(b, s...), 0)
}

func appendDoc(b []byte, d driver.Doc) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	for name, v := range d.All() {
		b = append(b, byte(bsonTypes[v.Kind()]))
		b = append(append(b, name...), 0)
		b = appendValue(b, v)
	}
	return finish(b, start)
}

func appendArray(b []byte, values []driver.Value) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	for i, v := range values {
		b = append(b, byte(bsonTypes[v.Kind()]))
		b = append(strconv.AppendInt(b, int64(i), 10), 0)
		b = appendValue(b, v)
	}
	return finish(b, start)
}

// finish ends the document that begins at start, and writes its length there.
func finish(b []byte, start int) []byte {
	b = append(b, 0)
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}
