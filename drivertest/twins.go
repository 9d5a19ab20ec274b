package drivertest

import (
	"math"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
)

// A twin of a value compares equal to it and is another one: a number in it is of the other kind. Servers that compare
// bytes where they should compare values, or take the new value for the old one, tell themselves apart by twins alone.

// like returns v, a twin of it as far as it has numbers, or a value that differs in one place inside.
func (g *generator) like(v driver.Value) driver.Value {
	switch g.intn(4) {
	case 0:
		return v
	case 1:
		return g.differing(v)
	}
	return g.twin(v)
}

// twin returns v with some of its numbers in the other kind. One that the other kind does not hold becomes the closest.
func (g *generator) twin(v driver.Value) driver.Value {
	switch v.Kind() {
	case driver.Int:
		if g.oneIn(4) {
			return v
		}
		return driver.FloatValue(float64(v.Int()))
	case driver.Float:
		if f := v.Float(); f >= math.MinInt64 && f < math.MaxInt64 {
			return driver.IntValue(int64(f))
		}
	case driver.Object:
		d := v.Doc()
		for name, field := range d.All() {
			d = d.With(name, g.twin(field))
		}
		return driver.ObjectValue(d)
	case driver.Array:
		list := make([]driver.Value, len(v.Elems()))
		for i, e := range v.Elems() {
			list[i] = g.twin(e)
		}
		return driver.ArrayValue(list...)
	}
	return v
}

// differing returns a twin of v with another value in one place.
func (g *generator) differing(v driver.Value) driver.Value {
	switch n := v.Doc().Len() + len(v.Elems()); {
	case n == 0:
		return pick(g, someScalars)
	case v.Kind() == driver.Object:
		f := v.Doc().At(g.intn(n))
		return driver.ObjectValue(g.twin(v).Doc().With(f.Name, g.differing(f.Value)))
	default:
		list := append([]driver.Value(nil), g.twin(v).Elems()...)
		i := g.intn(n)
		list[i] = g.differing(list[i])
		return driver.ArrayValue(list...)
	}
}

// reorder returns an operation that removes a field of an object inside d, or nil if it finds no object of several fields.
// The next update puts it back, or a twin: a store that keeps fields in the order in which they were added has then the
// same object in another order.
func (g *generator) reorder(d driver.Doc) driver.Op {
	if d.Len() == 0 {
		return nil
	}
	f := d.At(g.intn(d.Len()))
	p, v := driver.Path(f.Name), f.Value
	for {
		switch {
		case v.Kind() == driver.Object && v.Doc().Len() > 1 && !g.oneIn(3):
			f := v.Doc().At(g.intn(v.Doc().Len() - 1)) // the last one would keep its place
			p += driver.Path("." + f.Name)
			g.back = driver.Set{Path: p, Value: g.like(f.Value)}
			return driver.Unset{Path: p}
		case v.Kind() == driver.Object && v.Doc().Len() > 0:
			f := v.Doc().At(g.intn(v.Doc().Len()))
			p, v = p+driver.Path("."+f.Name), f.Value
		case len(v.Elems()) > 0:
			i := g.intn(len(v.Elems()))
			p, v = p+driver.Path("."+strconv.Itoa(i)), v.Elems()[i]
		default:
			return nil
		}
	}
}
