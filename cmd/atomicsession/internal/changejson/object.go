package changejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// object is a JSON object of a request, taken apart into its fields. Package json alone would take a field in other case for the
// one that is meant, the last of two for the only one, and would not say where in the request a mistake is.
type object struct {
	place string // "body.ops[1]", for messages
	depth int
	names []string
	texts map[string]json.RawMessage // by name
}

// newObject takes text, which is JSON, apart. What is in its fields is not looked at.
func newObject(place string, text []byte) (object, error) {
	o := object{place: place, texts: make(map[string]json.RawMessage)}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return o, o.wrong("is not an object")
	}
	for d.More() {
		before := d.InputOffset()
		_, err := d.Token()
		quoted := strings.TrimLeft(string(text[before:d.InputOffset()]), ", \t\r\n")
		name, nameErr := driver.ParseValue(quoted) // package json would replace lone surrogates
		var text json.RawMessage
		if errors.Join(err, nameErr, d.Decode(&text)) != nil {
			return o, o.wrong("has a malformed name")
		}
		if _, twice := o.texts[name.Str()]; twice {
			return o, o.wrong("has the field %q twice", name.Str())
		}
		o.names = append(o.names, name.Str())
		o.texts[name.Str()] = text
	}
	return o, nil
}

// inside takes apart an object inside o, which is called name there. What stands inside something is copied, so it may not be too
// deep.
func (o object) inside(name string, text []byte) (object, error) {
	if o.depth == driver.MaxInside {
		name, _, _ := strings.Cut(o.place, ".")
		return o, malformed("%s has objects inside more than %d others", name, o.depth)
	}
	in, err := newObject(o.place+name, text)
	in.depth = o.depth + 1
	return in, err
}

func (o object) wrong(format string, args ...any) error {
	return malformed("%s %s", o.place, fmt.Sprintf(format, args...))
}

// read reads the fields of o into those of the struct that into points to, by the names in their tags "json"; one whose tag
// "need" is not empty must be there. Their types are those of [object.readField]; what is not in o stays as it is. A field that
// the struct does not have is the first error to be told: misspelt, it is why another one is missing.
func (o object) read(into any) error {
	s := reflect.ValueOf(into).Elem()
	fields := make(map[string]reflect.StructField)
	var order []string
	for _, f := range reflect.VisibleFields(s.Type()) {
		if name := f.Tag.Get("json"); name != "" {
			fields[name] = f
			order = append(order, name)
		}
	}
	for _, name := range o.names {
		if _, ok := fields[name]; !ok {
			return o.wrong("has the unknown field %q", name)
		}
	}
	for _, name := range order {
		if text, ok := o.texts[name]; ok {
			if err := o.readField(name, text, s.FieldByIndex(fields[name].Index).Addr().Interface()); err != nil {
				return err
			}
		} else if fields[name].Tag.Get("need") != "" {
			return o.wrong("has no field %q", name)
		}
	}
	return nil
}

// values is an array of values that a session can hold, nil if there is none.
type values []driver.Value

// all returns them for a parameter of any values.
func (vs values) all() []any {
	list := make([]any, len(vs))
	for i, v := range vs {
		list[i] = v
	}
	return list
}

// objects is an array of objects, nil if there is none.
type objects []object

// number is an integer. One beyond 32 bits is as good as the last one within them: nothing in a session has as many elements.
type number int

func (o object) readField(name string, text json.RawMessage, into any) error {
	switch into := into.(type) {
	case *json.RawMessage:
		*into = text
	case *string:
		v, err := o.scalar(name, text, driver.String)
		*into = v.Str()
		return err
	case *atomicsession.Path:
		v, err := o.scalar(name, text, driver.String)
		*into = atomicsession.Path(v.Str())
		return err
	case **bool:
		v, err := o.scalar(name, text, driver.Bool)
		*into = new(v.Bool())
		return err
	case **int64:
		v, err := o.scalar(name, text, driver.Int)
		*into = new(v.Int())
		return err
	case **number:
		v, err := o.scalar(name, text, driver.Int)
		*into = new(number(max(math.MinInt32, min(math.MaxInt32, v.Int()))))
		return err
	case *driver.Value:
		v, err := o.value(name, text)
		*into = v
		return err
	case *values:
		v, err := o.value(name, text)
		if err == nil && v.Kind() != driver.Array {
			err = o.wrong("has a field %q that is no array", name)
		}
		*into = append(values{}, v.Elems()...)
		return err
	case *objects:
		var err error
		*into, err = o.objects(name, text)
		return err
	default:
		panic(fmt.Sprintf("no field of a request can be a %T", into))
	}
	return nil
}

// value reads a value that a session can hold.
func (o object) value(name string, text json.RawMessage) (driver.Value, error) {
	v, err := driver.ParseValue(string(text))
	if err != nil {
		return v, fmt.Errorf("%s, field %q: %w", o.place, name, err)
	}
	return v, nil
}

// scalar reads a part of the request of a kind.
func (o object) scalar(name string, text json.RawMessage, kind driver.Kind) (driver.Value, error) {
	v, err := driver.ParseValue(string(text))
	if err != nil || v.Kind() != kind {
		return driver.Value{}, o.wrong("has a field %q that is no %s", name, kind)
	}
	return v, nil
}

func (o object) objects(name string, text json.RawMessage) (objects, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil || elements == nil { // nil: null
		return nil, o.wrong("has a field %q that is no array", name)
	}
	list := make(objects, len(elements))
	for i, text := range elements {
		var err error
		if list[i], err = o.inside(fmt.Sprintf(".%s[%d]", name, i), text); err != nil {
			return nil, err
		}
	}
	return list, nil
}
