package govalue

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// wholeJSON is a struct of one field that is stored as a value of kind JSON, with this text.
type wholeJSON interface{ StoredJSON() (string, error) }

// special encodes a value of a type that traits call special.
func (e encoder) special(v reflect.Value, tr *traits, depth int) (driver.Value, error) {
	v = addressable(v)
	p := v.Addr().Interface()
	switch p := p.(type) {
	case *driver.Value:
		return *p, nil
	case *driver.Doc:
		return driver.ObjectValue(*p), nil
	case *time.Time:
		return driver.TimeValue(*p), nil
	case *json.Number:
		return encodeNumber(*p)
	}
	if !tr.writes {
		value, err := e.kind(v, depth)
		if err == nil && !e.loose {
			err = faithful(v, tr, written{}, value)
		}
		return value, err
	}
	w, err := write(p)
	if wrong, ok := errors.AsType[*json.UnsupportedTypeError](err); ok {
		return driver.Value{}, &UnsupportedError{v.Type(), noJSON(wrong.Type.Kind())}
	}
	if err != nil {
		return driver.Value{}, fmt.Errorf("%w: %s: %w", driver.ErrValue, v.Type(), err)
	}
	value, err := w.value()
	if err != nil {
		return driver.Value{}, fmt.Errorf("%w, which %s wrote", err, v.Type())
	}
	if e.loose && w.form != asWhole {
		return value, nil
	}
	if err = faithful(v, tr, w, value); err == nil || w.form != asJSON {
		return value, err
	}
	value = driver.JSONValue(w.text) // to the byte
	return value, faithful(v, tr, w, value)
}

// addressable returns v or, if methods of a pointer cannot be called on it, a copy.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

func encodeNumber(n json.Number) (driver.Value, error) {
	text := cmp.Or(string(n), "0")
	value, err := driver.ParseJSON(text)
	if err != nil || !isNumber(value) || strings.TrimSpace(text) != text {
		return driver.Value{}, fmt.Errorf("%w: json.Number is not a number", driver.ErrValue)
	}
	return value, nil
}

// written is what a marshaler has written.
type written struct {
	text string
	form form
}

type form int

const (
	nothing form = iota // there is no marshaler
	asText
	asJSON
	asWhole // JSON that is not to be looked into
)

// write lets the value that p points to write itself.
func write(p any) (w written, err error) {
	var text []byte
	switch p := p.(type) {
	case wholeJSON:
		w.form = asWhole
		w.text, err = p.StoredJSON()
		return w, err
	case json.Marshaler:
		w.form = asJSON
		text, err = p.MarshalJSON()
	case encoding.TextMarshaler:
		w.form = asText
		text, err = p.MarshalText()
	}
	w.text = string(text)
	return w, err
}

func (w written) value() (driver.Value, error) {
	switch w.form {
	case asText:
		return driver.StringValue(w.text), nil
	case asWhole:
		return driver.JSONValue(w.text), nil
	}
	return driver.ParseJSON(w.text)
}

// faithful returns an error unless value, which is to be stored of v, is decoded to what equals v. w is what v has written.
func faithful(v reflect.Value, tr *traits, w written, value driver.Value) error {
	back := reflect.New(v.Type()).Elem()
	if err := decodeValue(value, back, 0); err != nil {
		return &UnsupportedError{v.Type(), "it does not read what is written of this value"}
	}
	if reflect.DeepEqual(v.Interface(), back.Interface()) {
		return nil
	}
	switch {
	case !tr.writes, !tr.reads, tr.promotes:
		if !equalFields(v, back) {
			return &UnsupportedError{v.Type(), "its marshaler leaves out what would not come back"}
		}
		if !tr.writes || !tr.reads {
			return nil
		}
	case isScalar(v.Kind()) && !isNumber(value):
		return &UnsupportedError{v.Type(), "it would come back as another value"}
	}
	again, err := write(back.Addr().Interface())
	if err == nil && w.same(again, isBytes(v.Type())) {
		return nil
	}
	if repeated, err := write(v.Addr().Interface()); err == nil && repeated != w {
		return nil // it never writes the same, so nothing can be told
	}
	if w.form == asWhole {
		return fmt.Errorf("%w: %s would come back as another value: encoding/json has written and read it with a loss",
			driver.ErrValue, v.Type())
	}
	return &UnsupportedError{v.Type(), "it would come back as another value"}
}

// equalFields reports whether a and b are stored as the same, if their methods do not count.
func equalFields(a, b reflect.Value) bool {
	x, errX := encoder{loose: true}.kind(a, 0)
	y, errY := encoder{loose: true}.kind(b, 0)
	return errX == nil && errY == nil && driver.Equal(x, y)
}

func isScalar(k reflect.Kind) bool { return k <= reflect.Complex128 || k == reflect.String }

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// same reports whether w and x say the same: numbers by value, and names in the same order, since that is what some types are
// about. To a type that is nothing but a text of JSON the order says nothing.
func (w written) same(x written, textOnly bool) bool {
	if w == x {
		return true
	}
	if w.form != x.form || w.form == asText {
		return false
	}
	if textOnly {
		a, errA := driver.ParseJSON(w.text)
		b, errB := driver.ParseJSON(x.text)
		return errA == nil && errB == nil && driver.Equal(a, b)
	}
	const invalid = `\ufffd` // what encoding/json writes for a byte that is not UTF-8; U+FFFD itself it does not escape
	if strings.Count(w.text, invalid) != strings.Count(x.text, invalid) {
		return false
	}
	a, b := tokens(w.text), tokens(x.text)
	for {
		s, errS := a.Token()
		t, errT := b.Token()
		if errS != nil || errT != nil {
			return errS == errT //nolint:errorlint // io.EOF
		}
		if s != t && !sameNumber(s, t) {
			return false
		}
	}
}

func tokens(text string) *json.Decoder {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	return d
}

func sameNumber(s, t json.Token) bool {
	m, isM := s.(json.Number)
	n, isN := t.(json.Number)
	if !isM || !isN {
		return false
	}
	return driver.EqualNumbers(string(m), string(n))
}
