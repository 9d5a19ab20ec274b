package mongostore

import (
	"encoding/json"
	"fmt"
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
		return driver.Doc{}, fmt.Errorf("%w: malformed BSON", driver.ErrCorrupt)
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
		return driver.Doc{}, fmt.Errorf("%w: a field appears twice", driver.ErrCorrupt)
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
		return driver.Value{}, fmt.Errorf("%w: code that is not JSON", driver.ErrCorrupt)
	case bson.TypeEmbeddedDocument:
		d, err := decodeDoc(rv.Document())
		return driver.ObjectValue(d), err
	case bson.TypeArray:
		return decodeArray(rv.Array())
	}
	return driver.Value{}, fmt.Errorf("%w: a value of BSON type %s", driver.ErrCorrupt, rv.Type)
}

func decodeArray(raw bson.RawArray) (driver.Value, error) {
	elements, err := raw.Values()
	if err != nil {
		return driver.Value{}, fmt.Errorf("%w: malformed BSON", driver.ErrCorrupt)
	}
	values := make([]driver.Value, len(elements))
	for i, e := range elements {
		if values[i], err = decodeValue(e); err != nil {
			return driver.Value{}, err
		}
	}
	return driver.ArrayValue(values...), nil
}
