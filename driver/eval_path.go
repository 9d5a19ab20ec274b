package driver

import (
	"fmt"
	"slices"
)

// modify returns doc with the value at p changed by op, creating what is missing on the way. Only the objects and arrays on
// the way are copied.
func (e *evaluator) modify(doc Doc, p Path, op Op) (Doc, error) {
	name, rest := p.Cut()
	v, err := e.descend(doc.Get(name), name, rest, op)
	if err != nil {
		return doc, err
	}
	return doc.With(name, v), nil
}

// descend returns v, which name led to, with the value at rest changed by op.
func (e *evaluator) descend(v Value, name string, rest Path, op Op) (Value, error) {
	if rest == "" {
		return e.change(v, op)
	}
	switch v.kind {
	case Missing: // numbers name fields here: MongoDB never creates an array on the way
		d, err := e.modify(Doc{}, rest, op)
		return ObjectValue(d), err
	case Object:
		d, err := e.modify(v.Doc(), rest, op)
		return ObjectValue(d), err
	case Array:
		return e.element(v.Elems(), name, rest, op)
	}
	segment, _ := rest.Cut()
	return v, notViable(name, v, segment)
}

// element changes what p leads to inside an array.
func (e *evaluator) element(elems []Value, name string, p Path, op Op) (Value, error) {
	segment, rest := p.Cut()
	i, ok := index(segment)
	if !ok {
		return Value{}, notViable(name, ArrayValue(), segment)
	}
	if i-len(elems) > e.limits.Padding {
		return Value{}, wrap(ErrTooLarge, fmt.Sprintf("index %d is more than %d beyond the end", i, e.limits.Padding))
	}
	var old Value
	if i < len(elems) {
		old = elems[i]
	}
	v, err := e.descend(old, segment, rest, op)
	if err != nil {
		return Value{}, err
	}
	changed := make([]Value, max(len(elems), i+1))
	for n := copy(changed, elems); n < i; n++ {
		changed[n] = NullValue
	}
	changed[i] = v
	return ArrayValue(changed...), nil
}

// remove returns doc without the field at p, or with null for the element at p; unchanged if p leads nowhere.
func remove(doc Doc, p Path) Doc {
	if !doc.Lookup(p).Exists() {
		return doc
	}
	name, rest := p.Cut()
	if rest == "" {
		return doc.Without(name)
	}
	return doc.With(name, removeIn(doc.Get(name), rest))
}

func removeIn(v Value, p Path) Value {
	if v.kind == Object {
		return ObjectValue(remove(v.Doc(), p))
	}
	segment, rest := p.Cut()
	i, _ := index(segment)
	elems := slices.Clone(v.Elems())
	if rest == "" {
		elems[i] = NullValue
	} else {
		elems[i] = removeIn(elems[i], rest)
	}
	return ArrayValue(elems...)
}

// viable returns the error that writing at p would meet on the way, if any (MongoDB: PathNotViable).
func viable(doc Doc, p Path) error {
	name, rest := p.Cut()
	for v := doc.Get(name); rest != "" && v.Exists(); v = child(v, name) {
		segment, after := rest.Cut()
		_, isIndex := index(segment)
		if v.kind != Object && !(v.kind == Array && isIndex) {
			return notViable(name, v, segment)
		}
		name, rest = segment, after
	}
	return nil
}

// throughArray reports whether p leads through an array, or would.
func throughArray(doc Doc, p Path) bool {
	name, rest := p.Cut()
	for v := doc.Get(name); rest != ""; v = child(v, name) {
		if v.kind == Array {
			return true
		}
		name, rest = rest.Cut()
	}
	return false
}

func notViable(name string, v Value, segment string) error {
	article := "a "
	if v.kind == Object || v.kind == Array || v.kind == Int {
		article = "an "
	}
	return wrap(ErrPath, fmt.Sprintf("%q is %s%s and cannot hold %q", name, article, v.kind, segment))
}
