package memstore

import (
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
)

// What a session takes in memory, about: what the allocator makes of it and how much room the maps hold ready differ by some tenths.

const (
	recordBytes = 390 // an empty session of nobody, with its places in the map and the heap
	boundBytes  = 150 // its place in the index of its user, of whom it may be the only one or one of many
	attrsBytes  = 400 // a map for up to eight attributes
	partsBytes  = 48  // what an array or object takes beside what is in it
)

var (
	valueBytes = int(reflect.TypeFor[driver.Value]().Size())
	fieldBytes = int(reflect.TypeFor[driver.Field]().Size())
)

// overhead is what a record takes beside its document.
func overhead(r *driver.Record) int {
	n := recordBytes + textBytes(r.User)
	if r.User != "" {
		n += boundBytes
	}
	if len(r.Attrs) > 0 {
		n += attrsBytes
	}
	for name, text := range r.Attrs {
		n += textBytes(name) + textBytes(text)
	}
	return n
}

// memory is what a document takes.
func memory(d driver.Doc) int {
	n := 0
	for name, v := range d.All() {
		n += fieldBytes + textBytes(name) + memoryBehind(v)
	}
	return n
}

// memoryBehind is what a value takes beside itself.
func memoryBehind(v driver.Value) int {
	switch v.Kind() {
	case driver.String:
		return textBytes(v.Str())
	case driver.JSON:
		return textBytes(v.JSON())
	case driver.Bytes:
		return v.Size() / 4 * 3 // of its base64, which is not made
	case driver.Array:
		n := partsBytes + cap(v.Elems())*valueBytes
		for _, e := range v.Elems() {
			n += memoryBehind(e)
		}
		return n
	case driver.Object:
		return partsBytes + memory(v.Doc())
	}
	return 0
}

// textBytes is what a text takes: the allocator rounds up.
func textBytes(s string) int { return (len(s) + 7) &^ 7 }
