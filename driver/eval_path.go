package driver

import (
	"fmt"
	"strings"
)

// The evaluation walks the document once. The edits are sorted by path, so those that go on into one value stand
// together, and every object and array on the way is copied once, however many they are.

// object returns d with the edits made.
func (e *evaluator) object(d Doc, edits []edit) (Doc, error) {
	var few [2]Field // spares the common update an allocation
	changed := few[:0]
	for len(edits) > 0 {
		name, group, others := cutGroup(edits)
		old := d.Get(name)
		v, err := e.value(old, name, group)
		if err != nil {
			return Doc{}, err
		}
		if v.Exists() && !old.Exists() {
			name = strings.Clone(name) // else it would keep the whole path in memory
		}
		changed = append(changed, Field{name, v})
		edits = others
	}
	return d.WithAll(changed...), nil
}

// array returns elems with the edits made. An element that is removed becomes null.
func (e *evaluator) array(elems []Value, name string, edits []edit) (Value, error) {
	changed := append(make([]Value, 0, len(elems)+len(edits)), elems...)
	for len(edits) > 0 {
		first := edits[0].op
		segment, group, others := cutGroup(edits)
		i, ok := Index(segment)
		if !ok {
			return Value{}, opError(first, notViable(name, ArrayValue(), segment))
		}
		if i-len(changed) > e.limits.Padding {
			return Value{}, opError(first, fmt.Errorf("%w: index %d is more than %d beyond the end", ErrTooLarge, i, e.limits.Padding))
		}
		if e.padded += max(0, i-len(changed)); e.padded > e.limits.Size/len("null,") {
			return Value{}, opError(first, wrap(ErrTooLarge, "session over the size limit"))
		}
		var old Value
		if i < len(elems) {
			old = elems[i]
		}
		v, err := e.value(old, segment, group)
		if err != nil {
			return Value{}, err
		}
		for len(changed) <= i {
			changed = append(changed, NullValue)
		}
		changed[i] = orElse(v, NullValue)
		edits = others
	}
	return ArrayValue(changed...), nil
}

// value returns v, which name led to, with the edits made. Either there is one, which ends here, or all go on.
func (e *evaluator) value(v Value, name string, edits []edit) (Value, error) {
	first := edits[0]
	if first.rest == "" {
		changed, err := e.change(v, first)
		return changed, opError(first.op, err)
	}
	switch v.kind {
	case Missing, Object: // where nothing is, numbers name fields: MongoDB never creates an array on the way
		d, err := e.object(v.Doc(), edits)
		return ObjectValue(d), err
	case Array:
		return e.array(v.Elems(), name, edits)
	}
	return v, opError(first.op, notViable(name, v, first.rest.Top()))
}

// cutGroup returns the first segment of the first edit, those edits that share it, now with the rest of their paths,
// and the others.
func cutGroup(edits []edit) (segment string, group, others []edit) {
	segment = edits[0].rest.Top()
	n := 0
	for n < len(edits) && edits[n].rest.Top() == segment {
		_, edits[n].rest = edits[n].rest.Cut()
		n++
	}
	return segment, edits[:n], edits[n:]
}

// idle reports whether op does nothing to old, which p leads to from v, the value called name: it is missing, and op would only remove
// something. As in MongoDB, a path through a scalar is an error then, but for Unset and Take.
func idle(op Op, old Value, name string, v Value, p Path) (bool, error) {
	if old.Exists() {
		return false, nil
	}
	switch op.(type) {
	case Take, Unset:
		return true, nil
	case Pop, pulling:
		return true, viable(name, v, p)
	}
	return false, nil
}

// viable returns the error that writing at p would meet on the way from v, the value called name, if any (MongoDB: PathNotViable).
func viable(name string, v Value, p Path) error {
	for ; p != "" && v.Exists(); v = child(v, name) {
		segment, rest := p.Cut()
		_, isIndex := Index(segment)
		if v.kind != Object && !(v.kind == Array && isIndex) {
			return notViable(name, v, segment)
		}
		name, p = segment, rest
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
	return fmt.Errorf("%w: %q is %s%s and cannot hold %q", ErrPath, name, article, v.kind, segment)
}
