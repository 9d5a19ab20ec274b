package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// readBody reads the JSON object in the body of r; an empty body is an empty object. The object is plain JSON. Within it
// the values that sessions are to hold, or to be compared with, are in the text form of [driver.Value]: 1 is an integer, 1.0
// a float, {"$date":"..."} a time, {"$binary":"..."} bytes. A request that is not as the interface wants it is a bad request;
// a value that no session can hold, such as an integer beyond int64 or text that is not UTF-8, is [atomicsession.ErrValue].
func readBody(r *http.Request) (*object, error) {
	text, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fmt.Errorf("%w: body over %d bytes", atomicsession.ErrTooLarge, tooLarge.Limit)
	case err != nil:
		return nil, badRequest("the body cannot be read")
	case len(text) == 0:
		return &object{name: "body"}, nil
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%w: body is not UTF-8", atomicsession.ErrValue)
	case !json.Valid(text):
		return nil, badRequest("the body is not JSON")
	}
	o := newObject("body", text)
	return o, o.err
}

// readEmpty is for requests that have nothing to say.
func readEmpty(r *http.Request) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	return body.end()
}

// object reads the fields of a JSON object. The first thing that is wrong stays in err, and end reports it: so a reader
// asks for all fields it knows, and end of the outermost object tells whether all was well.
type object struct {
	name   string // for messages
	fields []field
	read   []string  // the names that were asked for
	inner  []*object // the objects in it that were asked for
	err    error
}

type field struct {
	name string
	text json.RawMessage
}

// newObject reads text, which is JSON.
func newObject(name string, text []byte) *object {
	o := &object{name: name}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		o.fail("is not an object")
		return o
	}
	for d.More() {
		before := d.InputOffset()
		_, err := d.Token()
		quoted := strings.TrimLeft(string(text[before:d.InputOffset()]), ", \t\r\n")
		name, nameErr := driver.ParseValue(quoted) // package json would replace lone surrogates
		f := field{name: name.Str()}
		if err := errors.Join(err, nameErr, d.Decode(&f.text)); err != nil {
			o.fail("has a malformed name")
			return o
		}
		if o.field(f.name) != nil {
			o.fail("has the field %q twice", f.name)
		}
		o.fields = append(o.fields, f)
	}
	return o
}

func (o *object) fail(format string, args ...any) {
	if o.err == nil {
		o.err = badRequest("%s %s", o.name, fmt.Sprintf(format, args...))
	}
}

// end returns what was wrong with o or an object in it. A field nobody asked for comes first: misspelt, it is why another
// is missing.
func (o *object) end() error {
	for _, f := range o.fields {
		if !slices.Contains(o.read, f.name) {
			return badRequest("%s has the unknown field %q", o.name, f.name)
		}
	}
	err := o.err
	for _, inner := range o.inner {
		if err == nil {
			err = inner.end()
		}
	}
	return err
}

// field returns a field as it was written, nil if there is none.
func (o *object) field(name string) json.RawMessage {
	for _, f := range o.fields {
		if f.name == name {
			return f.text
		}
	}
	return nil
}

// text is field for what is thereby read.
func (o *object) text(name string) json.RawMessage {
	o.read = append(o.read, name)
	return o.field(name)
}

// value returns a value that a session can hold, Missing if there is none.
func (o *object) value(name string) driver.Value {
	text := o.text(name)
	if text == nil {
		return driver.Value{}
	}
	v, err := driver.ParseValue(string(text))
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("%s, field %q: %w", o.name, name, err)
	}
	return v
}

// need is value for one that must be there.
func (o *object) need(name string) driver.Value {
	v := o.value(name)
	if !v.Exists() {
		o.fail("has no field %q", name)
	}
	return v
}

// array returns a value that is an array, Missing if there is none.
func (o *object) array(name string) driver.Value {
	v := o.value(name)
	if v.Exists() && v.Kind() != driver.Array {
		o.fail("has a field %q that is no array", name)
	}
	return v
}

// values returns the elements of an array, or the one value of the other field: exactly one of the two must be there.
func (o *object) values(many, one string) []driver.Value {
	each, value := o.array(many), o.value(one)
	if each.Exists() == value.Exists() {
		o.fail("needs either %q or %q", many, one)
	}
	if value.Exists() {
		return []driver.Value{value}
	}
	return each.Elems()
}

// scalar returns a part of the request of a kind, Missing if there is none.
func (o *object) scalar(name string, kind driver.Kind) driver.Value {
	text := o.text(name)
	if text == nil {
		return driver.Value{}
	}
	v, err := driver.ParseValue(string(text))
	if err != nil || v.Kind() != kind {
		o.fail("has a field %q that is no %s", name, kind)
		return driver.Value{}
	}
	return v
}

// string returns a text that must be there.
func (o *object) string(name string) string {
	v := o.scalar(name, driver.String)
	if !v.Exists() {
		o.fail("has no field %q", name)
	}
	return v.Str()
}

// int returns an integer, nil if there is none.
func (o *object) int(name string) *int {
	v := o.scalar(name, driver.Int)
	if !v.Exists() {
		return nil
	}
	n := int(v.Int())
	if v.Int() > math.MaxInt32 || v.Int() < math.MinInt32 {
		o.fail("has a field %q out of range", name)
	}
	return &n
}

// object returns an object, nil if there is none.
func (o *object) object(name string) *object {
	text := o.text(name)
	if text == nil {
		return nil
	}
	return o.within(name, text)
}

// objects returns the elements of an array of objects, nil if there is none.
func (o *object) objects(name string) []*object {
	text := o.text(name)
	if text == nil {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil || elements == nil { // nil: null
		o.fail("has a field %q that is no array", name)
	}
	list := make([]*object, len(elements))
	for i, text := range elements {
		list[i] = o.within(fmt.Sprintf("%s[%d]", name, i), text)
	}
	return list
}

func (o *object) within(name string, text []byte) *object {
	inner := newObject(o.name+"."+name, text)
	o.inner = append(o.inner, inner)
	return inner
}
