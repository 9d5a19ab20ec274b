package atomicsession

import (
	"bytes"
	"encoding/json"
)

// JSON holds a value that the session stores whole, as its JSON. Use it for documents from elsewhere, whose names may contain dots or
// dollars or be empty (claims of a sign-in, fields of a form), and for numbers of any size. No path leads into it, and only operators
// that replace it work on it. Conditions on it hold if the text is the same.
//
//	var Claims = atomicsession.NewKey[atomicsession.JSON[map[string]any]]("claims")
//
//	err := s.Update(ctx, Claims.Set(atomicsession.JSON[map[string]any]{Value: claims}))
//
// [encoding/json] writes and reads Value, so its rules hold inside: an any gets numbers as float64 and times as text. If encoding/json
// would change a value on the way, the error is [ErrValue]. That is so for strings that are not UTF-8, and in an any for numbers that a
// float64 cannot hold, such as an int64 above 2^53. (To know that, Set reads what it has written.) What encoding/json leaves out, such as
// unexported fields, is not stored. A Value of type [encoding/json.RawMessage] is kept byte for byte, whatever is in it. [Path.Get]
// returns a JSON as an encoding/json.RawMessage, and tools of the store show it as text. A key of another type can read it, as far as
// that fits.
type JSON[T any] struct{ Value T }

// MarshalJSON implements [encoding/json.Marshaler]: it writes Value.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return json.Marshal(j.Value) }

// UnmarshalJSON implements [encoding/json.Unmarshaler]: it reads Value.
func (j *JSON[T]) UnmarshalJSON(text []byte) error {
	if raw, ok := any(&j.Value).(*json.RawMessage); ok {
		*raw = bytes.Clone(text) // with the white space around it
		return nil
	}
	return json.Unmarshal(text, &j.Value)
}

// StoredJSON returns what is stored: the JSON of Value, in which HTML is not escaped.
func (j JSON[T]) StoredJSON() (string, error) {
	if raw, ok := any(j.Value).(json.RawMessage); ok && raw != nil {
		return string(raw), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(j.Value)
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}
