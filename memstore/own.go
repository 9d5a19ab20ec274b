package memstore

import (
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// A string of a caller may be a few bytes out of a long text, such as the body of a request, and keeps all of that in memory. So what
// comes to stay has strings of its own.

// ownRecord returns r with strings of its own.
func ownRecord(r driver.Record) driver.Record {
	r.User, r.Attrs = strings.Clone(r.User), ownAttrs(r.Attrs)
	r.Data = ownDoc(r.Data)
	return r
}

// ownUpdate returns an update that does what u does with values whose strings are its own. It is u itself if that brings no text.
func ownUpdate(u *driver.Update) *driver.Update {
	list := ownOps(u.Ops)
	if list == nil && u.User == nil && len(u.Attrs) == 0 {
		return u
	}
	own := *u
	if list != nil {
		own.Ops = list
	}
	if u.User != nil {
		own.User = new(strings.Clone(*u.User))
	}
	own.Attrs = ownAttrs(u.Attrs)
	return &own
}

func ownAttrs(a driver.Attrs) driver.Attrs {
	if len(a) == 0 {
		return nil
	}
	own := make(driver.Attrs, len(a))
	for name, text := range a {
		own[strings.Clone(name)] = strings.Clone(text)
	}
	return own
}

// ownOps returns nil if none of the operations becomes another.
func ownOps(ops []driver.Op) (own []driver.Op) {
	for i, op := range ops {
		if op, changed := ownOp(op); changed {
			if own == nil {
				own = slices.Clone(ops)
			}
			own[i] = op
		}
	}
	return own
}

// ownOp returns op if it brings no text, or compares with what it brings alone.
func ownOp(op driver.Op) (_ driver.Op, changed bool) {
	text := false
	for v := range driver.Operands(op) {
		text = text || hasText(v)
	}
	if !text {
		return op, false
	}
	switch o := op.(type) {
	case driver.Set:
		o.Value = ownValue(o.Value)
		return o, true
	case driver.SetIfAbsent:
		o.Value = ownValue(o.Value)
		return o, true
	case driver.Min:
		o.Value = ownValue(o.Value)
		return o, true
	case driver.Max:
		o.Value = ownValue(o.Value)
		return o, true
	case driver.Push:
		o.Each = ownValues(o.Each)
		return o, true
	case driver.AddToSet:
		o.Each = ownValues(o.Each)
		return o, true
	case driver.Elements:
		if own := ownOps(o.Do); own != nil {
			o.Do = own
			return o, true
		}
	case driver.Sequence:
		if own := ownOps(o.Do); own != nil {
			o.Do = own
			return o, true
		}
	}
	return op, false
}

// hasText reports whether v has strings that are not its own. Those of kind Bytes always are.
func hasText(v driver.Value) bool {
	switch v.Kind() {
	case driver.String, driver.JSON:
		return true
	case driver.Array:
		return slices.ContainsFunc(v.Elems(), hasText)
	case driver.Object:
		return v.Doc().Len() > 0 // names
	}
	return false
}

func ownValue(v driver.Value) driver.Value {
	switch v.Kind() {
	case driver.String:
		return driver.StringValue(strings.Clone(v.Str()))
	case driver.JSON:
		return driver.JSONValue(strings.Clone(v.JSON()))
	case driver.Array:
		return driver.ArrayValue(ownValues(v.Elems())...)
	case driver.Object:
		return driver.ObjectValue(ownDoc(v.Doc()))
	}
	return v
}

func ownValues(list []driver.Value) []driver.Value {
	if len(list) == 0 {
		return list
	}
	own := make([]driver.Value, len(list))
	for i, v := range list {
		own[i] = ownValue(v)
	}
	return own
}

func ownDoc(d driver.Doc) driver.Doc {
	if d.Len() == 0 {
		return d
	}
	fields := make([]driver.Field, d.Len())
	for i := range fields {
		f := d.At(i)
		fields[i] = driver.Field{Name: strings.Clone(f.Name), Value: ownValue(f.Value)}
	}
	own, _ := driver.NewDoc(fields...) // no name is there twice: they are those of d
	return own
}
