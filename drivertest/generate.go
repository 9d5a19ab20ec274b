package drivertest

import (
	"math/rand/v2"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// generator makes documents and valid updates. It knows few names and few values, so that paths meet, values are equal
// and operations fit what they find often enough to matter.
type generator struct {
	// intn returns a number from 0 to n-1. A generator that always gets 0 comes to an end soon.
	intn func(n int) int
	// names are those of the fields that documents, paths and conditions have.
	names []string
	// back is what the next update puts back, nil if nothing: see reorder.
	back driver.Op
}

func fromSeed(seed uint64) *generator {
	return &generator{intn: rand.New(rand.NewPCG(seed, 0)).IntN, names: someNames}
}

// fromBytes lets the bytes decide, so that a fuzzer can steer. more reports whether there are any left.
func fromBytes(data []byte) (g *generator, more func() bool) {
	next := func(n int) int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b) % n
	}
	return &generator{intn: next, names: someNames}, func() bool { return len(data) > 0 }
}

// life returns a time that a session may live, longer than all of its steps take: one that has ended has no more to show.
func (g *generator) life() time.Duration {
	return time.Duration(24+g.intn(96))*time.Hour + time.Duration(g.intn(3))*time.Millisecond
}

// oneIn is true once in n times.
func (g *generator) oneIn(n int) bool { return g.intn(n) == n-1 }

func pick[T any](g *generator, list []T) T { return list[g.intn(len(list))] }

var (
	someNames   = []string{"a", "b", "c", "0", "1", "3"}
	someScalars = values(`null`, `1`, `2`, `1.0`, `"a"`, `"b"`, `true`, `false`, `0`, `-1`, `0.5`, `-0.5`, `""`, `"\"$\\\u0000😀"`, `"$data.a"`, `"$$ROOT"`,
		`9223372036854775807`, `-9223372036854775808`, `9007199254740993`, `9007199254740992.0`, `1e308`, `5e-324`,
		`{"$date":"2024-02-29T12:00:00.001Z"}`, `{"$date":"1969-12-31T23:59:59.999Z"}`, `{"$binary":""}`, `{"$binary":"AP8="}`,
		`{"$json":"1"}`, `{"$json":"1.0"}`, `{"$json":"\"b\""}`, `{"$json":"{\"a.b\":\"\\u0000\"}"}`)
	someNumbers = values(`1`, `-1`, `2`, `0`, `0.5`, `1.0`, `-2.0`, `9223372036854775807`, `-9223372036854775808`, `1e308`)
)

// value returns a value with at most depth arrays and objects inside one another.
func (g *generator) value(depth int) driver.Value {
	kind := g.intn(6)
	switch {
	case depth > 0 && kind == 4:
		return driver.ArrayValue(g.values(depth - 1)...)
	case depth > 0 && kind == 5:
		return driver.ObjectValue(g.doc(depth - 1))
	}
	if kind < 2 {
		return pick(g, someNumbers)
	}
	return pick(g, someScalars)
}

func (g *generator) values(depth int) []driver.Value {
	list := make([]driver.Value, g.intn(4))
	for i := range list {
		if i > 0 && g.oneIn(3) {
			list[i] = g.like(list[g.intn(i)])
		} else {
			list[i] = g.value(depth)
		}
	}
	return list
}

func (g *generator) doc(depth int) driver.Doc {
	var d driver.Doc
	for range g.intn(5) {
		v := g.value(depth)
		if d.Len() > 0 && g.oneIn(4) {
			v = g.like(d.At(g.intn(d.Len())).Value)
		}
		d = d.With(pick(g, g.names), v)
	}
	return d
}

// path returns a path of up to three segments, mostly one that leads to something in d, and rather to an array.
func (g *generator) path(d driver.Doc) driver.Path {
	p := driver.Path(pick(g, g.names))
	if d.Len() > 0 && !g.oneIn(4) {
		f := d.At(g.intn(d.Len()))
		for range 2 {
			if len(f.Value.Elems()) == 0 {
				f = d.At(g.intn(d.Len()))
			}
		}
		p = driver.Path(f.Name)
	}
	for range 2 {
		kind := d.Lookup(p).Kind()
		if kind == driver.Object && g.oneIn(2) || kind == driver.Array && g.oneIn(4) || g.oneIn(12) {
			p += driver.Path("." + pick(g, g.names))
		}
	}
	return p
}

// update returns a valid update of a record that holds d.
func (g *generator) update(d driver.Doc) *driver.Update {
	u := &driver.Update{}
	if g.oneIn(8) {
		u.Limits.Padding = 2
	}
	if g.oneIn(6) {
		u.If = []driver.Condition{g.combined(func() driver.Condition { return g.condition(d, g.path(d)) })}
	}
	if g.back != nil {
		u.Ops, g.back = append(u.Ops, g.back), nil
	} else if g.oneIn(8) {
		if op := g.reorder(d); op != nil {
			u.Ops = append(u.Ops, op)
		}
	}
	for range 1 + g.intn(2)*g.intn(4) {
		op := g.op(d)
		switch g.intn(12) {
		case 9:
			op = g.elementsOp(d)
		case 10:
			op = g.sequence(d, op)
		}
		u.Ops = append(u.Ops, op)
		if u.Validate() != nil { // most often because it overlaps an earlier one
			u.Ops = u.Ops[:len(u.Ops)-1]
		}
	}
	return u
}

func (g *generator) condition(d driver.Doc, p driver.Path) driver.Condition {
	is := driver.Exists + driver.Comparison(g.intn(6))
	if is == driver.Exists {
		return driver.Condition{Path: p, Is: is, Value: driver.BoolValue(g.oneIn(2))}
	}
	return g.more(driver.Condition{Path: p, Is: is, Value: g.operand(d.Lookup(p), 1)}, d.Lookup(p))
}

// operand returns a value to meet v: two times in three v itself or one like it, if there is any.
func (g *generator) operand(v driver.Value, depth int) driver.Value {
	if !v.Exists() || g.oneIn(3) {
		return g.value(depth)
	}
	return g.like(v)
}

// op returns an operation on some path, three times in four one that suits what is there.
func (g *generator) op(d driver.Doc) driver.Op {
	p := g.path(d)
	kind := d.Lookup(p).Kind()
	if g.oneIn(4) {
		kind = pick(g, []driver.Kind{driver.Missing, driver.Int, driver.Array})
	}
	switch kind {
	case driver.Int, driver.Float:
		if g.oneIn(2) {
			return g.numberOp(p)
		}
	case driver.Array:
		if !g.oneIn(6) {
			return g.arrayOp(d, p)
		}
	case driver.Missing:
		if g.oneIn(2) {
			return pick(g, []func() driver.Op{
				func() driver.Op { return g.numberOp(p) },
				func() driver.Op { return g.arrayOp(d, p) },
			})()
		}
	}
	return g.fieldOp(d, p)
}

func (g *generator) fieldOp(d driver.Doc, p driver.Path) driver.Op {
	switch g.intn(9) {
	case 0, 1:
		return driver.Set{Path: p, Value: g.operand(d.Lookup(p), 2)}
	case 2:
		return driver.SetIfAbsent{Path: p, Value: g.value(1)}
	case 3:
		return driver.Unset{Path: p}
	case 4:
		return driver.Take{Path: p}
	case 5:
		return driver.Rename{Path: p, To: g.path(d)}
	case 6:
		return driver.Min{Path: p, Value: g.operand(d.Lookup(p), 1)}
	case 7:
		return driver.Max{Path: p, Value: g.operand(d.Lookup(p), 1)}
	default:
		return driver.CurrentDate{Path: p}
	}
}

func (g *generator) numberOp(p driver.Path) driver.Op {
	switch g.intn(3) {
	case 0:
		return driver.Inc{Path: p, By: pick(g, someNumbers)}
	case 1:
		return driver.Mul{Path: p, By: pick(g, someNumbers)}
	default:
		return driver.Bit{Path: p, Do: driver.BitAnd + driver.BitOp(g.intn(3)), With: pick(g, someNumbers).Int()}
	}
}

func (g *generator) arrayOp(d driver.Doc, p driver.Path) driver.Op {
	switch g.intn(6) {
	case 0:
		return driver.Pop{Path: p, First: g.oneIn(2)}
	case 1:
		one := func() driver.Condition { return g.onElement(d.Lookup(p)) }
		op := driver.Pull{Path: p, Where: []driver.Condition{one()}}
		for g.oneIn(3) {
			op.Where = append(op.Where, one())
		}
		if g.oneIn(4) {
			op.Where = []driver.Condition{g.combined(one)}
		}
		return op
	case 2:
		return driver.PullAll{Path: p, Values: g.elements(d.Lookup(p))}
	case 3:
		return driver.AddToSet{Path: p, Each: g.elements(d.Lookup(p))}
	default:
		return g.push(d, p)
	}
}

// element returns an element of the array, one like it, or another value.
func (g *generator) element(array driver.Value) driver.Value {
	if elems := array.Elems(); len(elems) > 0 && !g.oneIn(3) {
		e := pick(g, elems)
		for range 2 {
			if !e.IsNumber() && len(e.Elems()) == 0 && e.Doc().Len() == 0 { // it has no twin
				e = pick(g, elems)
			}
		}
		return g.like(e)
	}
	return g.value(1)
}

// elements returns operands of an operator on the array, some of them equal to one another; seldom none.
func (g *generator) elements(array driver.Value) []driver.Value {
	list := g.values(1)
	if !g.oneIn(6) {
		list = append(list, g.element(array))
	}
	if len(list) > 0 && g.oneIn(3) {
		list = append(list, g.like(pick(g, list)))
	}
	return list
}

func (g *generator) push(d driver.Doc, p driver.Path) driver.Op {
	op := driver.Push{Path: p, Each: g.values(2)}
	if g.oneIn(2) {
		op.Each = g.elements(d.Lookup(p))
	}
	if g.oneIn(3) {
		op = at(g.intn(7)-3, op)
	}
	if g.oneIn(3) {
		op = keep(g.intn(9)-4, op)
	}
	if g.oneIn(3) {
		by := []driver.Path{"", "a", "b", "a.b", "0"}
		op.Sort = []driver.Sort{{By: pick(g, by), Desc: g.oneIn(2)}}
		if op.Sort[0].By != "" && g.oneIn(2) {
			op.Sort = append(op.Sort, driver.Sort{By: pick(g, by[1:]), Desc: g.oneIn(2)})
		}
	}
	return op
}
