package driver

// Size is about how many bytes u brings along: its paths, and the text forms of its values. With the size of what it touches that is
// what the work of [Eval] grows with, so a store can tell by it which updates to work out where nobody waits for them.
func (u *Update) Size() int { return sizeOf(u.If, u.Ops) }

func sizeOf(conditions []Condition, ops []Op) (n int) {
	for _, c := range conditions {
		n += len(c.Path) + c.Value.Size() + sizeOf(c.Each, nil)
	}
	for _, op := range ops {
		n += len(op.Target())
		if where, do := inside(op); len(where) > 0 || len(do) > 0 {
			n += sizeOf(where, do)
			continue
		}
		for v := range Operands(op) {
			n += v.Size() + len(",")
		}
		switch o := op.(type) {
		case Push:
			for _, s := range o.Sort {
				n += len(s.By)
			}
		case Rename:
			n += len(o.To)
		}
	}
	return n
}

// ListLen returns how many values the lists of u's conditions and operations have, with all inside them: with [Update.Size], what a
// server has to work through.
func (u *Update) ListLen() int { return listLen(u.If, u.Ops) }

func listLen(conditions []Condition, ops []Op) (n int) {
	for _, c := range conditions {
		n += listLen(c.Each, nil)
		if c.Is == In || c.Is == Nin {
			n += len(c.Value.Elems())
		}
	}
	for _, op := range ops {
		n += listLen(inside(op))
		switch o := op.(type) {
		case Push:
			n += len(o.Each)
		case PullAll:
			n += len(o.Values)
		case AddToSet:
			n += len(o.Each)
		}
	}
	return n
}
