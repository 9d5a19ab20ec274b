package driver

import (
	"slices"
	"strings"
)

// ParseFields returns the document whose top-level fields a store keeps apart, from their names and the texts of their
// values. Arrays and objects are left as they are until somebody reads them: see [Doc.Parse]. The error matches [ErrCorrupt].
func ParseFields(names, texts []string) (Doc, error) {
	fields := make([]Field, len(names))
	for i, name := range names {
		v, err := parseLater(texts[i])
		if err == nil {
			err = checkName(name, Limits{Name: len(name)}, ErrValue)
		}
		if err != nil {
			return Doc{}, Corrupt(err.Error())
		}
		fields[i] = Field{name, v}
	}
	d, err := NewDoc(fields...)
	if err != nil {
		return Doc{}, Corrupt(err.Error())
	}
	return d, nil
}

// parseLater returns what ParseValue does, but for arrays and objects, which it does not parse. A first name with a '$' or an escape may be
// that of another kind.
func parseLater(text string) (Value, error) {
	switch {
	case strings.HasPrefix(text, "["):
		return Value{kind: Array, str: text}, nil
	case len(text) > 2 && text[:2] == `{"` && text[2] != '$' && text[2] != '\\':
		return Value{kind: Object, str: text}, nil
	}
	return ParseValue(text)
}

// Parse returns d with the fields of these names parsed, or all fields without a name, as far as they are not. What [Store.Load] returns may
// hold arrays and objects as texts, since a request seldom reads them all. Whatever reads one parses it, each time anew, so who reads
// more than once parses before; and only Parse finds that it is damaged, where others find nothing in it. The error matches [ErrCorrupt].
func (d Doc) Parse(names ...string) (Doc, error) {
	fields := d.fields
	for i, f := range d.fields {
		if f.Value.parsed() || len(names) > 0 && !slices.Contains(names, f.Name) {
			continue
		}
		v, err := ParseValue(f.Value.str)
		if err != nil {
			return Doc{}, Corrupt(err.Error())
		}
		if &fields[0] == &d.fields[0] {
			fields = slices.Clone(fields)
		}
		fields[i].Value = v
	}
	return Doc{fields: fields}, nil
}

// parsed reports whether v is more than a text.
func (v Value) parsed() bool { return v.comp != nil || v.kind != Array && v.kind != Object }

// parts returns what is in an Array or Object. One that is not parsed is parsed each time, and has nothing in it if it is damaged: who wants
// to know has it parsed by [Doc.Parse] before.
func (v Value) parts() *compound {
	if v.comp == nil {
		return v.parse()
	}
	return v.comp
}

func (v Value) parse() *compound {
	if v, err := ParseValue(v.str); err == nil {
		return v.comp
	}
	return &compound{}
}
