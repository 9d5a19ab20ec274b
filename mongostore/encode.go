package mongostore

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

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
		return bsoncore.AppendInt64(b, v.Int())
	case driver.Float:
		return bsoncore.AppendDouble(b, v.Float())
	case driver.String:
		return bsoncore.AppendString(b, v.Str())
	case driver.JSON:
		return bsoncore.AppendJavaScript(b, v.JSON())
	case driver.Object:
		return appendDoc(b, v.Doc())
	case driver.Array:
		return appendArray(b, v.Elems())
	case driver.Bytes:
		return bsoncore.AppendBinary(b, bson.TypeBinaryGeneric, v.Bytes())
	case driver.Bool:
		return bsoncore.AppendBoolean(b, v.Bool())
	case driver.Time:
		return bsoncore.AppendDateTime(b, v.Time().UnixMilli())
	}
	return b
}

func appendDoc(b []byte, d driver.Doc) []byte {
	start, b := bsoncore.AppendDocumentStart(b)
	for name, v := range d.All() {
		b = append(b, byte(bsonTypes[v.Kind()]))
		b = append(append(b, name...), 0)
		b = appendValue(b, v)
	}
	b, _ = bsoncore.AppendDocumentEnd(b, start)
	return b
}

func appendArray(b []byte, values []driver.Value) []byte {
	start, b := bsoncore.AppendArrayStart(b)
	for i, v := range values {
		b = append(b, byte(bsonTypes[v.Kind()]))
		b = append(strconv.AppendInt(b, int64(i), 10), 0)
		b = appendValue(b, v)
	}
	b, _ = bsoncore.AppendArrayEnd(b, start)
	return b
}
