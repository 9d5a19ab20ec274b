package driver

// Size is about how many bytes u brings along: its paths, and the text forms of its values. With the size of what it touches that is
// what the work of [Eval] grows with, so a store can tell by it which updates to work out where nobody waits for them.
func (u *Update) Size() int {
	n := 0
	for _, c := range u.If {
		n += len(c.Path) + c.Value.Size()
	}
	for _, op := range u.Ops {
		n += len(op.Target())
		for v := range Operands(op) {
			n += v.Size() + len(",")
		}
		switch o := op.(type) {
		case Push:
			if o.Sort != nil {
				n += len(o.Sort.By)
			}
		case Pull:
			for _, c := range o.Where {
				n += len(c.Path)
			}
		case Rename:
			n += len(o.To)
		}
	}
	return n
}
