package bridge

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"reflect"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession/driver"
)

// entry is what gob is given: an interface, so that what comes back has the type it had.
type entry struct{ V any }

// EncodeValue returns what is stored of v. The error is encoding/gob's, of a type that is not registered for instance, or says that a type
// panics when it writes itself. It matches [driver.ErrValue].
func EncodeValue(v any) (stored driver.Value, err error) {
	switch v := v.(type) {
	case nil:
		return driver.NullValue, nil
	case string:
		if utf8.ValidString(v) {
			return driver.StringValue(v), nil
		}
	case bool:
		return driver.BoolValue(v), nil
	case int:
		return driver.IntValue(int64(v)), nil
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) && !(v == 0 && math.Signbit(v)) {
			return driver.FloatValue(v), nil
		}
	}
	defer func() {
		if p := recover(); p != nil { // which may say what the value is
			stored, err = driver.Value{}, fmt.Errorf("%w: a %T panics when it is written", driver.ErrValue, v)
		}
	}()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(entry{v}); err != nil {
		return driver.Value{}, fmt.Errorf("%w: a %T: %w", driver.ErrValue, v, err)
	}
	return driver.BytesValue(b.Bytes()), nil
}

// DecodeValue returns what [EncodeValue] was given. A number that the kinds of this machine cannot hold, and what EncodeValue could not
// have written, is [driver.ErrCorrupt], and so is a value whose type panics when it reads itself.
func DecodeValue(v driver.Value) (value any, err error) {
	switch v.Kind() {
	case driver.Null:
		return nil, nil
	case driver.String:
		return v.Str(), nil
	case driver.Bool:
		return v.Bool(), nil
	case driver.Int:
		if n := v.Int(); int64(int(n)) == n {
			return int(n), nil
		}
		return nil, driver.Corrupt("an int of more bits than this machine's")
	case driver.Float:
		return v.Float(), nil
	case driver.Bytes:
		defer func() {
			if p := recover(); p != nil {
				value, err = nil, driver.Corrupt("a value whose type panics when it is read")
			}
		}()
		var e entry
		if err := gob.NewDecoder(bytes.NewReader(v.Bytes())).Decode(&e); err != nil {
			return nil, fmt.Errorf("%w: %w", driver.ErrCorrupt, err)
		}
		return e.V, nil
	}
	return nil, driver.Corrupt("a value of kind " + v.Kind().String())
}

// Same reports whether two stored values are those of equal Go values: gob writes the entries of a map in any order.
func Same(a, b driver.Value) bool {
	if driver.Identical(a, b) {
		return true
	}
	if a.Kind() != driver.Bytes || b.Kind() != driver.Bytes {
		return false
	}
	x, err := DecodeValue(a)
	if err != nil {
		return false
	}
	y, err := DecodeValue(b)
	return err == nil && reflect.DeepEqual(x, y)
}
