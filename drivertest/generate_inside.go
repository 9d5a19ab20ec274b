package drivertest

import "github.com/atomicsession/atomicsession/driver"

// more returns c, which compares v, or one time in three another condition of the same place that compares with the same value.
func (g *generator) more(c driver.Condition, v driver.Value) driver.Condition {
	if !g.oneIn(3) {
		return c
	}
	switch g.intn(4) {
	case 0:
		c.Is = driver.Ne
	case 1:
		c.Is, c.Value = driver.In, driver.ArrayValue(append(g.values(1), c.Value)...)
	case 2:
		c.Is, c.Value = driver.Nin, driver.ArrayValue(append(g.values(1), c.Value)...)
	case 3:
		return driver.Condition{Path: c.Path, Is: driver.ElemMatch, Each: []driver.Condition{g.onElement(v)}}
	}
	return c
}

// combined returns a condition that one makes or, one time in three, one that combines up to three of them.
func (g *generator) combined(one func() driver.Condition) driver.Condition {
	if !g.oneIn(3) {
		return one()
	}
	c := driver.Condition{Is: driver.And + driver.Comparison(g.intn(3))}
	for range 1 + g.intn(3) {
		each := one()
		if g.oneIn(4) {
			each = driver.Condition{Is: driver.And + driver.Comparison(g.intn(3)), Each: []driver.Condition{each, one()}}
		}
		c.Each = append(c.Each, each)
	}
	return c
}

// onElement returns a condition that an element of the array may meet.
func (g *generator) onElement(array driver.Value) driver.Condition {
	e := g.element(array)
	if e.Kind() == driver.Object && !g.oneIn(3) {
		p := driver.Path(pick(g, g.names))
		if g.oneIn(6) {
			p += driver.Path("." + pick(g, g.names))
		}
		return g.condition(e.Doc(), p)
	}
	return g.more(driver.Condition{Is: driver.Eq + driver.Comparison(g.intn(5)), Value: e}, e)
}

// elementsOp returns an operation on the elements of an array, if there is one.
func (g *generator) elementsOp(d driver.Doc) driver.Op {
	p := g.path(d)
	for range 4 {
		if len(d.Lookup(p).Elems()) == 0 {
			p = g.path(d)
		}
	}
	op, array := driver.Elements{Path: p}, d.Lookup(p)
	if !g.oneIn(3) {
		op.Where = []driver.Condition{g.combined(func() driver.Condition { return g.onElement(array) })}
	}
	e := driver.NullValue
	if elems := array.Elems(); len(elems) > 0 {
		e = pick(g, elems)
	}
	for range 1 + g.intn(2) {
		op.Do = append(op.Do, g.inside(e))
		if (&driver.Update{Ops: []driver.Op{op}}).Validate() != nil {
			op.Do = op.Do[:len(op.Do)-1]
		}
	}
	if len(op.Do) == 0 {
		op.Do = []driver.Op{driver.Unset{}}
	}
	return op
}

// inside returns an operation on the element e, or inside it.
func (g *generator) inside(e driver.Value) driver.Op {
	if e.Doc().Len() > 0 && !g.oneIn(4) {
		return g.op(e.Doc())
	}
	return rebase(g.op(driver.Doc{}.With("a", e)), func(p driver.Path) driver.Path { _, rest := p.Cut(); return rest })
}

// sequence returns op followed by others on the same field.
func (g *generator) sequence(d driver.Doc, op driver.Op) driver.Op {
	p := op.Target()
	s := driver.Sequence{Path: p, Do: []driver.Op{op}}
	if g.oneIn(2) {
		s.Do = []driver.Op{take(p)}
	}
	for range 1 + g.intn(2) {
		in := driver.Doc{}.With("a", d.Lookup(p))
		next := rebase(g.op(in), func(q driver.Path) driver.Path {
			if _, rest := q.Cut(); rest != "" {
				return p + "." + rest
			}
			return p
		})
		s.Do = append(s.Do, next)
	}
	if (&driver.Update{Ops: []driver.Op{s}}).Validate() != nil { // a rename
		return op
	}
	return s
}

// rebase returns op with the path that to makes of its own.
func rebase(op driver.Op, to func(driver.Path) driver.Path) driver.Op {
	p := to(op.Target())
	switch o := op.(type) {
	case driver.Set:
		o.Path = p
		return o
	case driver.SetIfAbsent:
		o.Path = p
		return o
	case driver.Inc:
		o.Path = p
		return o
	case driver.Mul:
		o.Path = p
		return o
	case driver.Min:
		o.Path = p
		return o
	case driver.Max:
		o.Path = p
		return o
	case driver.CurrentDate:
		o.Path = p
		return o
	case driver.Push:
		o.Path = p
		return o
	case driver.Pop:
		o.Path = p
		return o
	case driver.Pull:
		o.Path = p
		return o
	case driver.PullAll:
		o.Path = p
		return o
	case driver.AddToSet:
		o.Path = p
		return o
	case driver.Bit:
		o.Path = p
		return o
	default: // a take, a rename
		return driver.Unset{Path: p}
	}
}
