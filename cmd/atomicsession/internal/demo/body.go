package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// readBody reads the JSON object in the body of r; an empty body is an empty object. Values are as in the text form of
// [driver.Value]: 1 is an integer, 1.0 a float, {"$date":"..."} a time, {"$binary":"..."} bytes. Text that is not JSON is
// a bad request; JSON that no session can hold, such as an integer beyond int64 or text that is not UTF-8, is
// [atomicsession.ErrValue].
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
	v, err := driver.ParseValue(string(text))
	if err != nil {
		return nil, err
	}
	o := newObject("body", v)
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
// asks for all fields it knows and looks at the error once.
type object struct {
	name string // for messages
	doc  driver.Doc
	read []string
	err  error
}

func newObject(name string, v driver.Value) *object {
	o := &object{name: name, doc: v.Doc()}
	if v.Kind() != driver.Object {
		o.fail("is not an object")
	}
	return o
}

func (o *object) fail(format string, args ...any) {
	if o.err == nil {
		o.err = badRequest("%s %s", o.name, fmt.Sprintf(format, args...))
	}
}

// end returns what was wrong; a field nobody asked for is, too.
func (o *object) end() error {
	for name := range o.doc.All() {
		if !slices.Contains(o.read, name) {
			o.fail("has the unknown field %q", name)
		}
	}
	return o.err
}

// get returns a field of any kind, Missing if there is none.
func (o *object) get(name string) driver.Value {
	o.read = append(o.read, name)
	return o.doc.Get(name)
}

// value returns a field that must be there.
func (o *object) value(name string) driver.Value {
	v := o.get(name)
	if !v.Exists() {
		o.fail("has no field %q", name)
	}
	return v
}

// kind returns a field of a kind, Missing if there is none.
func (o *object) kind(name string, kind driver.Kind) driver.Value {
	v := o.get(name)
	if v.Exists() && v.Kind() != kind {
		o.fail("has a field %q that is no %s", name, kind)
		return driver.Value{}
	}
	return v
}

func (o *object) string(name string) string {
	v := o.kind(name, driver.String)
	if !v.Exists() {
		o.fail("has no field %q", name)
	}
	return v.Str()
}

// int returns an integer, nil if there is none.
func (o *object) int(name string) *int {
	v := o.kind(name, driver.Int)
	if !v.Exists() {
		return nil
	}
	n := int(v.Int())
	if v.Int() > math.MaxInt32 || v.Int() < math.MinInt32 {
		o.fail("has a field %q out of range", name)
	}
	return &n
}

// values returns the elements of an array, or the one value of the other field: exactly one of the two must be there.
func (o *object) values(many, one string) []driver.Value {
	each, value := o.kind(many, driver.Array), o.get(one)
	if each.Exists() == value.Exists() {
		o.fail("needs either %q or %q", many, one)
	}
	if value.Exists() {
		return []driver.Value{value}
	}
	return each.Elems()
}

// objects returns the elements of an array of objects, nil if there is none.
func (o *object) objects(name string) []*object {
	var list []*object
	for i, v := range o.kind(name, driver.Array).Elems() {
		list = append(list, newObject(fmt.Sprintf("%s[%d]", name, i), v))
	}
	return list
}
