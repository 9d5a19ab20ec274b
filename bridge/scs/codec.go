package scsbridge

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bridge"
)

// encoded is what Encode leaves for CommitCtx.
type encoded struct {
	values   *byte  // the map, as the key of its base
	base     *state // nil: a new session
	deadline time.Time
	data     driver.Doc
}

// errBytes is the error of bytes that are not the bridge's, or a copy.
var errBytes = errors.New("scsbridge: bytes that this bridge has not handed out: it must be Store and Codec of the manager, with nothing between")

// name returns new bytes that stand for something.
func name() []byte { return []byte("a session, known to its scsbridge.Bridge alone") }

// recall returns what bytes stand for.
func recall[T any](named *bridge.Bases[byte, *T], b []byte) (*T, error) {
	if len(b) > 0 {
		if v := named.Get(&b[0]); v != nil {
			return v, nil
		}
	}
	return nil, errBytes
}

// identity returns what a map is remembered by.
func identity(values map[string]any) *byte { return (*byte)(reflect.ValueOf(values).UnsafePointer()) }

// Encode implements [scs.Codec]. It takes the values that [scs.GobCodec] takes, and returns bytes for CommitCtx.
func (b *Bridge) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	data, err := document(values)
	if err != nil {
		return nil, fmt.Errorf("scsbridge: encode: %w", err)
	}
	e := &encoded{deadline: deadline.Round(0), data: data}
	if values != nil {
		e.values = identity(values)
		e.base = b.bases.Get(e.values)
	}
	bytes := name()
	b.encoded.Put(&bytes[0], e)
	return bytes, nil
}

// document returns what is stored of values.
func document(values map[string]any) (driver.Doc, error) {
	fields := make([]driver.Field, 0, len(values))
	for key, v := range values {
		value, err := bridge.EncodeValue(v)
		if err != nil {
			return driver.Doc{}, err
		}
		fields = append(fields, driver.Field{Name: bridge.EncodeName(key), Value: value})
	}
	return driver.NewDoc(fields...)
}

// Decode implements [scs.Codec], for bytes of FindCtx and AllCtx.
func (b *Bridge) Decode(bytes []byte) (time.Time, map[string]any, error) {
	s, err := recall(&b.found, bytes)
	if err != nil {
		return time.Time{}, nil, err
	}
	values := make(map[string]any, s.data.Len())
	for name, value := range s.data.All() {
		key, err := bridge.DecodeName(name)
		if err != nil {
			return time.Time{}, nil, fmt.Errorf("scsbridge: decode: %w", driver.Corrupt(err.Error()))
		}
		if values[key], err = bridge.DecodeValue(value); err != nil {
			return time.Time{}, nil, fmt.Errorf("scsbridge: decode: %w", err)
		}
	}
	b.bases.Put(identity(values), s)
	return s.deadline, values, nil
}

// ops returns what makes what the request has loaded what it has now.
func (e *encoded) ops(base driver.Doc) []driver.Op {
	var ops []driver.Op
	for name, value := range e.data.All() {
		if !bridge.Same(base.Get(name), value) {
			ops = append(ops, driver.Set{Path: driver.Path(name), Value: value})
		}
	}
	for name := range base.All() {
		if !e.data.Get(name).Exists() {
			ops = append(ops, driver.Unset{Path: driver.Path(name)})
		}
	}
	return ops
}
