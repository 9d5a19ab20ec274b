package mongostore

import (
	"encoding/json"
	"math"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// decodeDoc reads a document. Beside what this package writes it understands 32-bit integers: they come from people who
// edit a session by hand. Everything else is ErrCorrupt.
func decodeDoc(raw bson.Raw) (driver.Doc, error) {
	elements, err := raw.Elements()
	if err != nil {
		return driver.Doc{}, driver.Corrupt("malformed BSON")
	}
	fields := make([]driver.Field, len(elements))
	for i, e := range elements {
		v, err := decodeValue(e.Value())
		if err != nil {
			return driver.Doc{}, err
		}
		fields[i] = driver.Field{Name: e.Key(), Value: v}
	}
	d, err := driver.NewDoc(fields...)
	if err != nil {
		return driver.Doc{}, driver.Corrupt("a field appears twice")
	}
	return d, nil
}

func decodeValue(rv bson.RawValue) (driver.Value, error) {
	switch rv.Type {
	case bson.TypeNull:
		return driver.NullValue, nil
	case bson.TypeInt32:
		return driver.IntValue(int64(rv.Int32())), nil
	case bson.TypeInt64:
		return driver.IntValue(rv.Int64()), nil
	case bson.TypeDouble:
		if f := rv.Double(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return driver.FloatValue(f), nil
		}
	case bson.TypeString:
		if s := rv.StringValue(); utf8.ValidString(s) {
			return driver.StringValue(s), nil
		}
	case bson.TypeBinary:
		_, b := rv.Binary()
		return driver.BytesValue(b), nil
	case bson.TypeBoolean:
		return driver.BoolValue(rv.Boolean()), nil
	case bson.TypeDateTime:
		return driver.TimeValue(time.UnixMilli(rv.DateTime())), nil
	case bson.TypeJavaScript:
		if s := rv.JavaScript(); utf8.ValidString(s) && json.Valid([]byte(s)) {
			return driver.JSONValue(s), nil
		}
		return driver.Value{}, driver.Corrupt("code that is not JSON")
	case bson.TypeEmbeddedDocument:
		d, err := decodeDoc(rv.Document())
		return driver.ObjectValue(d), err
	case bson.TypeArray:
		return decodeArray(rv.Array())
	}
	return driver.Value{}, driver.Corrupt("a value of BSON type " + rv.Type.String())
}

func decodeArray(raw bson.RawArray) (driver.Value, error) {
	elements, err := raw.Values()
	if err != nil {
		return driver.Value{}, driver.Corrupt("malformed BSON")
	}
	values := make([]driver.Value, len(elements))
	for i, e := range elements {
		if values[i], err = decodeValue(e); err != nil {
			return driver.Value{}, err
		}
	}
	return driver.ArrayValue(values...), nil
}
