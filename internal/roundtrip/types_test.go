package roundtrip

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// generator makes random types and values from a seed.
type generator struct {
	*rand.Rand
	names int // given to fields so far
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 10))}
}

// oneIn is true once in n times.
func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

var basicTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[text](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[uintptr](), reflect.TypeFor[[]byte](), reflect.TypeFor[any](),
}

var keyTypes = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[text](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint16](),
	reflect.TypeFor[uint64](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[code](), reflect.TypeFor[label](),
}

// typ returns a random type, that has at most depth more inside it.
func (g *generator) typ(depth int) reflect.Type {
	if depth == 0 || g.oneIn(3) {
		if g.oneIn(2) {
			return pick(g, named).typ
		}
		return pick(g, basicTypes)
	}
	switch g.IntN(8) {
	case 0:
		return reflect.PointerTo(g.typ(depth - 1))
	case 1:
		return reflect.SliceOf(g.typ(depth - 1))
	case 2:
		return reflect.ArrayOf(g.IntN(4), g.typ(depth-1))
	case 3, 4:
		return reflect.MapOf(pick(g, keyTypes), g.typ(depth-1))
	default:
		return g.structure(depth)
	}
}

// structure returns a struct type with tags of all sorts.
func (g *generator) structure(depth int) reflect.Type {
	fields := make([]reflect.StructField, 0, 6)
	for range g.IntN(6) {
		fields = append(fields, g.field(depth))
	}
	return reflect.StructOf(fields)
}

func (g *generator) field(depth int) reflect.StructField {
	g.names++
	f := reflect.StructField{Name: fmt.Sprintf("F%d", g.names), Type: g.typ(depth - 1)}
	name := ""
	switch g.IntN(24) {
	case 0: // not stored
		f.Name, f.PkgPath = fmt.Sprintf("f%d", g.names), "example.org/roundtrip"
	case 1:
		name = "-"
	case 2, 3:
		f.Type, f.Anonymous = g.embedded(depth), true
		return f
	case 4:
		if g.oneIn(4) { // nothing that a path could reach
			name = pick(g, []string{"a.b", "$x", "."}) + fmt.Sprint(g.names)
		}
	case 5, 6, 7, 8:
		name = pick(g, []string{"n", "größe ", "a/b-", "x_:", "A", "\"'", "é", ""}) + fmt.Sprint(g.names)
	}
	var options strings.Builder
	for _, option := range []string{",omitempty", ",omitzero", ",string", ",nonsense"} {
		if g.oneIn(6) && name != "-" {
			options.WriteString(option)
		}
	}
	if tag := name + options.String(); tag != "" {
		f.Tag = reflect.StructTag(fmt.Sprintf("json:%q", tag))
	}
	return f
}

// embedded returns a type to be embedded. None has methods, for reflect cannot promote those.
func (g *generator) embedded(depth int) reflect.Type {
	t := g.structure(max(depth-1, 1))
	if g.oneIn(2) {
		return reflect.PointerTo(t)
	}
	return t
}

// field is a field of a struct that encoding/json sees.
type field struct {
	reflect.StructField
	omitEmpty, omitZero, embedded bool
}

// fieldsOf lists the fields of t that are stored. The generator gives no two fields one name, so nothing hides anything.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for sf := range t.Fields() {
		f := field{StructField: sf}
		tag := f.Tag.Get("json")
		if !f.IsExported() || tag == "-" {
			continue
		}
		_, options, _ := strings.Cut(tag, ",")
		for option := range strings.SplitSeq(options, ",") {
			f.omitEmpty = f.omitEmpty || option == "omitempty"
			f.omitZero = f.omitZero || option == "omitzero"
		}
		f.embedded = f.Anonymous && tag == ""
		fields = append(fields, f)
	}
	return fields
}

// Types of this package's own, with and without methods.
type (
	text  string
	code  int                // text form "c-5"
	label struct{ s string } // text form
)

func (c code) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "c-%d", int(c)), nil }
func (c *code) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "c-%d", (*int)(c))
	return err
}
func (l label) MarshalText() ([]byte, error)  { return []byte("l" + l.s), nil }
func (l *label) UnmarshalText(b []byte) error { l.s = strings.TrimPrefix(string(b), "l"); return nil }

var valueType = reflect.TypeFor[driver.Value]()
