package govalue

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// structField is a field of a struct as encoding/json sees it.
type structField struct {
	name      string
	typ       reflect.Type
	index     []int
	tagged    bool
	omitEmpty bool
	omitZero  bool
	quoted    bool

	throughHidden bool // an embedded pointer of an unexported type leads to it, which cannot be set
}

var structFields sync.Map // of []structField by reflect.Type

// visibleFields returns the fields of the struct type t that are stored.
func visibleFields(t reflect.Type) []structField {
	cached, ok := structFields.Load(t)
	if !ok {
		cached, _ = structFields.LoadOrStore(t, fieldsOf(t))
	}
	return cached.([]structField)
}

func (f *structField) omitted(v reflect.Value) bool {
	return f.omitEmpty && isEmpty(v) || f.omitZero && isZero(v)
}

// isEmpty says what the option "omitempty" of a json tag leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

type zeroer interface{ IsZero() bool }

var zeroerType = reflect.TypeFor[zeroer]()

// isZero says what the option "omitzero" of a json tag leaves out.
func isZero(v reflect.Value) bool {
	switch t := v.Type(); {
	case !v.CanInterface():
	case t.Implements(zeroerType):
		return isNilPointer(v) || v.Interface().(zeroer).IsZero()
	case reflect.PointerTo(t).Implements(zeroerType):
		p := reflect.New(t)
		p.Elem().Set(v)
		return p.Interface().(zeroer).IsZero()
	}
	return v.IsZero()
}

// isNilPointer reports whether v is a nil pointer or interface, or an interface around a nil pointer.
func isNilPointer(v reflect.Value) bool {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// quotable reports whether encoding/json heeds the option "string" of a field of type t.
func quotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return !has(t, jsonMarshaler) && !has(t, textMarshaler)
	}
	return false
}

// fieldsOf lists the fields of t by encoding/json's rules: of fields with one name the least deeply embedded counts, then
// the tagged one, and none if that leaves more than one.
func fieldsOf(t reflect.Type) []structField {
	var all []structField
	collect(t, structField{}, nil, &all)
	slices.SortStableFunc(all, func(a, b structField) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), preferTagged(a, b))
	})
	var fields []structField
	for i := 0; i < len(all); {
		end := i + 1
		for end < len(all) && all[end].name == all[i].name {
			end++
		}
		ambiguous := end > i+1 && len(all[i].index) == len(all[i+1].index) && all[i].tagged == all[i+1].tagged
		if !ambiguous {
			fields = append(fields, all[i])
		}
		i = end
	}
	return fields
}

func preferTagged(a, b structField) int {
	switch {
	case a.tagged == b.tagged:
		return 0
	case a.tagged:
		return -1
	}
	return 1
}

func collect(t reflect.Type, parent structField, outer []reflect.Type, all *[]structField) {
	if slices.Contains(outer, t) {
		return
	}
	outer = append(slices.Clone(outer), t)
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		at := append(slices.Clone(parent.index), i)
		name, options, _ := strings.Cut(tag, ",")
		if strings.ContainsFunc(name, unfitForTag) {
			name = ""
		}
		t, hidden := f.Type, parent.throughHidden
		if f.Anonymous && t.Kind() == reflect.Pointer {
			t, hidden = t.Elem(), hidden || !f.IsExported()
		}
		embedded := f.Anonymous && t.Kind() == reflect.Struct
		if embedded && name == "" {
			collect(t, structField{index: at, throughHidden: hidden}, outer, all)
			continue
		}
		if !f.IsExported() && !embedded {
			continue
		}
		has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
		*all = append(*all, structField{
			name: cmp.Or(name, f.Name), typ: f.Type, index: at, tagged: name != "",
			omitEmpty: has("omitempty"), omitZero: has("omitzero"), quoted: has("string") && quotable(f.Type), throughHidden: hidden,
		})
	}
}

// unfitForTag reports whether encoding/json ignores a name in a tag because of r.
func unfitForTag(r rune) bool {
	return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
