package driver

// Size is about how many bytes u brings along: its paths, and the text forms of its values. With the size of what it touches that is
// what the work of [Eval] grows with, so a store can tell by it which updates to work out where nobody waits for them.
func (u *Update) Size() int {
	n := sizeOf(u.If)
	for _, op := range u.Ops {
		n += len(op.Target()) + operandSize(op)
	}
	return n
}

func operandSize(op Op) int {
	switch o := op.(type) {
	case Set:
		return o.Value.Size()
	case SetIfAbsent:
		return o.Value.Size()
	case Min:
		return o.Value.Size()
	case Max:
		return o.Value.Size()
	case Push:
		n := ArrayValue(o.Each...).Size()
		if o.Sort != nil {
			n += len(o.Sort.By)
		}
		return n
	case AddToSet:
		return ArrayValue(o.Each...).Size()
	case Pull:
		return sizeOf(o.Where)
	case PullAll:
		return ArrayValue(o.Values...).Size()
	case Rename:
		return len(o.To)
	}
	return 0
}

func sizeOf(conditions []Condition) (n int) {
	for _, c := range conditions {
		n += len(c.Path) + c.Value.Size()
	}
	return n
}
