package gorillabridge

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/gob"
	"fmt"
	"reflect"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bridge"
)

// pairEntry begins the names of entries whose key is no string. The rest says nothing but that keys are different: what an entry holds is the
// key, too. (What gob writes of a key depends on what the process has written before, so it would not do.)
const pairEntry = "%g"

// pair is what such an entry holds.
type pair struct{ Key, Value any }

func init() { gob.RegisterName("gorillabridge.pair", pair{}) } // as it is stored

// encode returns the entries for the values of a session.
func encode(values map[any]any) (map[string]driver.Value, error) {
	entries := make(map[string]driver.Value, len(values))
	for key, value := range values {
		name, isName := key.(string)
		switch {
		case key == nil:
			return nil, fmt.Errorf("%w: a nil key", driver.ErrValue)
		case !isName && !hasFingerprint(reflect.TypeOf(key)):
			return nil, fmt.Errorf("%w: a key of type %T", driver.ErrValue, key)
		case !isName:
			value = pair{key, value}
		}
		v, err := bridge.EncodeValue(value)
		if err != nil {
			return nil, err
		}
		if isName {
			name = bridge.EncodeName(name)
		} else {
			name = pairEntry + fingerprint(key)
		}
		entries[name] = v
	}
	return entries, nil
}

// hasFingerprint reports whether keys of a type print alike just if they are equal, in every process.
func hasFingerprint(t reflect.Type) bool {
	if t.Implements(reflect.TypeFor[fmt.Formatter]()) || t.Implements(reflect.TypeFor[fmt.GoStringer]()) {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Interface, reflect.Chan, reflect.Func:
		return false
	case reflect.Array:
		return hasFingerprint(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if !hasFingerprint(field.Type) {
				return false
			}
		}
	}
	return true
}

// fingerprint returns a text that differs for different keys, and is the same in every process: see hasFingerprint.
func fingerprint(key any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %T %#v", reflect.TypeOf(key).PkgPath(), key, key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// decode reverses encode. The key is nil of what encode cannot have written: a list for instance, which a native key has put there.
func decode(name string, v driver.Value) (key, value any, err error) {
	switch v.Kind() {
	case driver.Null, driver.String, driver.Bool, driver.Int, driver.Float, driver.Bytes:
	default:
		return nil, nil, nil
	}
	if value, err = bridge.DecodeValue(v); err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(name, pairEntry) {
		p, ok := value.(pair)
		if !ok || p.Key == nil {
			return nil, nil, driver.Corrupt("a value without its key")
		}
		return p.Key, p.Value, nil
	}
	text, err := bridge.DecodeName(name)
	if err != nil {
		return nil, nil, driver.Corrupt(err.Error())
	}
	return text, value, nil
}
