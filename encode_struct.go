package atomicsession

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/atomicsession/atomicsession/driver"
)

// structField is a field of a struct as encoding/json sees it.
type structField struct {
	name      string
	index     []int
	tagged    bool
	omitEmpty bool
	omitZero  bool
	quoted    bool
}

var structFields sync.Map // of []structField by reflect.Type

func encodeStruct(v reflect.Value, depth int) (driver.Value, error) {
	cached, ok := structFields.Load(v.Type())
	if !ok {
		cached, _ = structFields.LoadOrStore(v.Type(), fieldsOf(v.Type()))
	}
	var fields []driver.Field
	for _, f := range cached.([]structField) {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitted(fv) { // the error is an embedded nil pointer
			continue
		}
		value, err := encodeValue(fv, depth+1)
		if err != nil {
			return driver.Value{}, err
		}
		if f.quoted {
			value = quote(value)
		}
		fields = append(fields, driver.Field{Name: f.name, Value: value})
	}
	doc, err := driver.NewDoc(fields...)
	return driver.ObjectValue(doc), err
}

func (f *structField) omitted(v reflect.Value) bool {
	if f.omitEmpty {
		switch v.Kind() {
		case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
			return v.Len() == 0
		case reflect.Struct:
		default:
			return v.IsZero()
		}
	}
	if !f.omitZero {
		return false
	}
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && !isNil(v) {
		return z.IsZero()
	}
	return v.IsZero()
}

// quote does what the option "string" of a json tag does.
func quote(v driver.Value) driver.Value {
	switch v.Kind() {
	case driver.Bool, driver.Int, driver.Float, driver.String:
		text, err := plainJSON(v)
		if err == nil {
			return driver.StringValue(string(text))
		}
	}
	return v
}

// fieldsOf lists the fields of t by encoding/json's rules: of fields with one name the least deeply embedded counts, then
// the tagged one, and none if that leaves more than one.
func fieldsOf(t reflect.Type) []structField {
	var all []structField
	collect(t, nil, nil, &all)
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

func collect(t reflect.Type, index []int, outer []reflect.Type, all *[]structField) {
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
		at := append(slices.Clone(index), i)
		name, options, _ := strings.Cut(tag, ",")
		embedded := f.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		if f.Anonymous && name == "" && embedded.Kind() == reflect.Struct {
			if f.IsExported() || f.Type.Kind() == reflect.Struct {
				collect(embedded, at, outer, all)
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
		*all = append(*all, structField{
			name: cmp.Or(name, f.Name), index: at, tagged: name != "",
			omitEmpty: has("omitempty"), omitZero: has("omitzero"), quoted: has("string"),
		})
	}
}

// plainJSON returns v as encoding/json would have written it, for decoding: times and bytes are strings there.
func plainJSON(v driver.Value) ([]byte, error) { return json.Marshal(native(v)) }
