package driver_test

import (
	"errors"
	"math"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// opSeed is an operation in the few plain values that a fuzzer can vary; every combination is some operation, if not
// a valid one.
type opSeed struct {
	kind    uint8 // which operation
	flags   uint8 // its options
	path    string
	extra   string // a second path
	operand string // the text form of a value, else a string; "missing" and "NaN" stand for those
	n       int
}

func (s opSeed) value() driver.Value {
	switch s.operand {
	case "missing":
		return driver.Value{}
	case "NaN":
		return driver.FloatValue(math.NaN())
	}
	v, err := driver.ParseValue(s.operand)
	if err != nil {
		return driver.StringValue(s.operand)
	}
	return v
}

func (s opSeed) condition() driver.Condition {
	c := driver.Condition{Path: driver.Path(s.extra), Is: driver.Comparison(s.flags % 16), Value: s.value()}
	if c.Is >= driver.ElemMatch {
		c.Each = []driver.Condition{{Path: c.Path, Is: driver.Gt, Value: c.Value}}
		c.Value = driver.Value{}
	}
	if c.Is.Combines() {
		c.Path = ""
	}
	return c
}

func (s opSeed) op() driver.Op {
	p, v := driver.Path(s.path), s.value()
	values := v.Elems()
	if values == nil {
		values = []driver.Value{v}
	}
	switch s.kind % 21 {
	case 1:
		return driver.Set{Path: p, Value: v}
	case 2:
		return driver.SetIfAbsent{Path: p, Value: v}
	case 3:
		return driver.Unset{Path: p}
	case 4:
		return driver.Take{Path: p}
	case 5:
		return driver.Rename{Path: p, To: driver.Path(s.extra)}
	case 6:
		return driver.Inc{Path: p, By: v}
	case 7:
		return driver.Mul{Path: p, By: v}
	case 8:
		return driver.Min{Path: p, Value: v}
	case 9:
		return driver.Max{Path: p, Value: v}
	case 10:
		return driver.CurrentDate{Path: p}
	case 11:
		o := driver.Push{Path: p, Each: values}
		if s.flags&1 != 0 {
			o.Position = &s.n
		}
		if s.flags&2 != 0 {
			o.Slice = &s.n
		}
		if s.flags&4 != 0 {
			o.Sort = []driver.Sort{{By: driver.Path(s.extra), Desc: s.flags&8 != 0}}
		}
		return o
	case 12:
		return driver.Pop{Path: p, First: s.flags&1 != 0}
	case 13:
		where := []driver.Condition{s.condition()}
		if s.flags&16 != 0 {
			where = append(where, driver.Condition{Path: where[0].Path, Is: driver.Lte, Value: driver.IntValue(int64(s.n))})
		}
		return driver.Pull{Path: p, Where: where}
	case 14:
		return driver.PullAll{Path: p, Values: values}
	case 15:
		return driver.AddToSet{Path: p, Each: values}
	case 16:
		return driver.Bit{Path: p, Do: driver.BitOp(s.flags % 5), With: int64(s.n)}
	case 17:
		inner := opSeed{kind: s.flags % 17, flags: s.kind, path: s.extra, operand: s.operand, n: s.n}.op()
		return driver.Elements{Path: p, Where: []driver.Condition{s.condition()}, Do: ops(inner)}
	case 18:
		first := opSeed{kind: s.flags % 18, flags: s.kind, path: s.path, operand: s.operand, n: s.n}.op()
		second := opSeed{kind: s.kind, flags: s.flags, path: s.path + s.extra, operand: s.operand, n: s.n}
		if second.kind %= 18; second.kind == 17 {
			second.kind = 4
		}
		return driver.Sequence{Path: p, Do: ops(first, second.op())}
	case 19:
		return &driver.Set{Path: p, Value: v}
	}
	return nil
}

// seedOf is the reverse of op, as far as operations of the tables go.
func seedOf(op driver.Op) opSeed {
	s := opSeed{path: string(op.Target())}
	for s.op() == nil || s.op().Name() != op.Name() {
		s.kind++
	}
	operand := func(v driver.Value) { s.operand = v.Text() }
	switch o := op.(type) {
	case driver.Set:
		operand(o.Value)
	case driver.SetIfAbsent:
		operand(o.Value)
	case driver.Rename:
		s.extra = string(o.To)
	case driver.Inc:
		operand(o.By)
	case driver.Mul:
		operand(o.By)
	case driver.Min:
		operand(o.Value)
	case driver.Max:
		operand(o.Value)
	case driver.Push:
		operand(driver.ArrayValue(o.Each...))
		if o.Position != nil {
			s.flags, s.n = s.flags|1, *o.Position
		}
		if o.Slice != nil {
			s.flags, s.n = s.flags|2, *o.Slice
		}
		if o.Sort != nil {
			s.flags, s.extra = s.flags|4, string(o.Sort[0].By)
			if o.Sort[0].Desc {
				s.flags |= 8
			}
		}
	case driver.Pop:
		if o.First {
			s.flags = 1
		}
	case driver.Pull:
		s.flags, s.extra = uint8(o.Where[0].Is), string(o.Where[0].Path)
		operand(o.Where[0].Value)
	case driver.PullAll:
		operand(driver.ArrayValue(o.Values...))
	case driver.AddToSet:
		operand(driver.ArrayValue(o.Each...))
	case driver.Bit:
		s.flags, s.n = uint8(o.Do), int(o.With)
	}
	return s
}

func FuzzEval(f *testing.F) {
	for _, c := range evalCases {
		for i, op := range c.ops {
			if len(c.doc) > 1000 {
				continue
			}
			s, second := seedOf(op), seedOf(c.ops[(i+1)%len(c.ops)])
			f.Add(c.doc, false, s.kind, s.flags, s.path, s.extra, s.operand, s.n, second.kind, second.path)
			f.Add(c.doc, true, s.kind, s.flags, s.path, s.path, s.operand, s.n, second.kind, second.path+".0.b")
		}
	}
	f.Fuzz(func(t *testing.T, text string, conditional bool, kind, flags uint8, path, extra, operand string, n int, kind2 uint8, path2 string) {
		d, err := driver.ParseDoc(text)
		if err != nil || driver.ObjectValue(d).Depth() > 65 {
			return
		}
		first := opSeed{kind, flags, path, extra, operand, n}
		second := opSeed{kind2, flags, path2, extra, operand, n}
		u := &driver.Update{Ops: ops(first.op(), second.op()), Limits: driver.Limits{Padding: 50}}
		if conditional {
			u.If = []driver.Condition{first.condition()}
		}
		checkEval(t, d, u, first)
	})
}

// checkEval holds Eval to what it promises for any update: it comes back, and neither the document nor an operand has changed. For
// a valid update the result is within the value set and the limits, and the order of the operations does not matter.
func checkEval(t *testing.T, d driver.Doc, u *driver.Update, operands opSeed) {
	before, operand := d.Text(), operands.value().Text()
	invalid := u.Validate()
	after, taken, err := driver.Eval(t.Context(), d, u, now)
	if got := d.Text(); got != before {
		t.Fatalf("the document %s was changed to %s", before, got)
	}
	for _, op := range u.Ops {
		if set, ok := op.(driver.Set); ok && set.Value.Text() != operand {
			t.Fatalf("the operand %s was changed to %s", operand, set.Value.Text())
		}
	}
	if err != nil {
		var opErr *driver.OpError
		if !errors.As(err, &opErr) || after.Len() != 0 || taken != nil {
			t.Errorf("the error %v came with %s, %d taken", err, after.Text(), len(taken))
		}
	}
	if invalid != nil || err != nil {
		return
	}
	writable := driver.Update{Ops: ops(), Limits: driver.Limits{Depth: 66, Name: len(before) + 1024}}
	for name, v := range after.All() {
		writable.Ops = append(writable.Ops, driver.Set{Path: driver.Path(name), Value: v})
		if v.Depth() > 64 && v.Depth() > driver.ObjectValue(d).Depth() {
			t.Errorf("a depth of %d in %s", v.Depth(), after.Text())
		}
	}
	if len(writable.Ops) <= driver.MaxOps {
		if err := writable.Validate(); err != nil {
			t.Errorf("%s became %s: %v", before, after.Text(), err)
		}
	}
	swapped := *u
	swapped.Ops = ops(u.Ops[1], u.Ops[0])
	if again, _, err := driver.Eval(t.Context(), d, &swapped, now); err != nil || !driver.IdenticalDocs(after, again) {
		t.Errorf("%s became %s, with the operations swapped %s, %v", before, after.Text(), again.Text(), err)
	}
	again, _, err := driver.Eval(t.Context(), after, &driver.Update{}, now)
	if err != nil || !driver.IdenticalDocs(after, again) {
		t.Errorf("an empty update made %s of %s, %v", again.Text(), after.Text(), err)
	}
}
