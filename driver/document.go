package driver

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Field is one named value of a [Doc].
type Field struct {
	Name  string
	Value Value
}

// Doc is a document: fields with unique names, kept sorted by name (bytewise), so that two documents with the same
// fields are the same document on every store. It is immutable; the zero Doc is empty.
type Doc struct {
	unprinted
	fields []Field
}

// NewDoc returns a document of the given fields in any order. It takes over the slice. Two fields of one name are
// an error matching [ErrValue].
func NewDoc(fields ...Field) (Doc, error) {
	if !slices.IsSortedFunc(fields, byName) {
		slices.SortFunc(fields, byName)
	}
	for i := 1; i < len(fields); i++ {
		if fields[i-1].Name == fields[i].Name {
			return Doc{}, fmt.Errorf("%w: field %q appears twice", ErrValue, fields[i].Name)
		}
	}
	return Doc{fields: fields}, nil
}

// Len returns the number of fields.
func (d Doc) Len() int { return len(d.fields) }

// At returns the i-th field in name order.
func (d Doc) At(i int) Field { return d.fields[i] }

// All iterates over names and values in name order.
func (d Doc) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, f := range d.fields {
			if !yield(f.Name, f.Value) {
				return
			}
		}
	}
}

// Get returns the value of the field, [Missing] if there is none.
func (d Doc) Get(name string) Value {
	if i, ok := d.find(name); ok {
		return d.fields[i].Value
	}
	return Value{}
}

// Lookup returns the value at p, [Missing] if p leads nowhere. It costs nothing but the walk.
func (d Doc) Lookup(p Path) Value {
	name, rest := p.Cut()
	return d.Get(name).lookup(rest)
}

// lookup returns what p leads to from v, v itself if p is empty.
func (v Value) lookup(p Path) Value {
	for p != "" && v.Exists() { // a path may be long that leads nowhere in a million elements
		var name string
		name, p = p.Cut()
		v = child(v, name)
	}
	return v
}

// With returns d with the field set to v, or without it if v is Missing.
func (d Doc) With(name string, v Value) Doc { return d.WithAll(Field{name, v}) }

// WithAll returns d with the fields set, or removed where the value is Missing. It sorts fields; no two have one name.
func (d Doc) WithAll(fields ...Field) Doc {
	slices.SortFunc(fields, byName)
	n := len(d.fields)
	for _, f := range fields {
		if _, found := d.find(f.Name); found {
			n--
		}
		if f.Value.Exists() {
			n++
		}
	}
	merged := make([]Field, 0, n)
	rest := d
	for _, f := range fields {
		i, found := rest.find(f.Name)
		merged = append(merged, rest.fields[:i]...)
		if found {
			f.Name = rest.fields[i].Name // the other may be part of a long path, which it would keep in memory
		}
		if f.Value.Exists() {
			merged = append(merged, f)
		}
		if found {
			i++
		}
		rest.fields = rest.fields[i:]
	}
	return Doc{fields: append(merged, rest.fields...)}
}

func byName(a, b Field) int { return strings.Compare(a.Name, b.Name) }

func (d Doc) find(name string) (int, bool) {
	return slices.BinarySearchFunc(d.fields, name, func(f Field, n string) int { return strings.Compare(f.Name, n) })
}

// child returns the field or the element of v that segment names, Missing if there is none.
func child(v Value, segment string) Value {
	switch v.kind {
	case Object:
		return v.parts().fields.Get(segment)
	case Array:
		elems := v.parts().elems
		if i, ok := Index(segment); ok && i < len(elems) {
			return elems[i]
		}
	}
	return Value{}
}
