package drivertest_test

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// translating does another update than the one that is asked for, as a store does that has misunderstood an operator.
type translating struct {
	*memstore.Store
	op        func(driver.Doc, driver.Op) driver.Op
	condition func(driver.Condition) driver.Condition
}

func (s translating) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, _ := s.Load(ctx, now, k)
	other := *u
	other.Ops, other.If = slices.Clone(u.Ops), slices.Clone(u.If)
	for i, op := range u.Ops {
		if s.op != nil {
			other.Ops[i] = s.op(rec.Data, op)
		}
	}
	for i, c := range u.If {
		if s.condition != nil {
			other.If[i] = s.condition(c)
		}
	}
	return s.Store.Update(ctx, now, k, &other)
}

// firstAlone reaches the first element that meets the conditions, as MongoDB's operator $ does.
func firstAlone(d driver.Doc, op driver.Op) driver.Op {
	o, ok := op.(driver.Elements)
	if !ok || len(o.Do) != 1 || o.Do[0].Name() != "inc" {
		return op
	}
	for i := range d.Lookup(o.Path).Elems() {
		at := o.Path + driver.Path("."+string(rune('0'+i%10)))
		in := driver.Update{If: slices.Clone(o.Where)}
		for i := range in.If {
			in.If[i].Path = at + "." + in.If[i].Path
		}
		if _, _, err := driver.Eval(context.Background(), d, &in, time.Now()); err == nil {
			first := o.Do[0].(driver.Inc)
			first.Path = at + "." + first.Path
			return first
		}
	}
	return op
}

// lastAlone takes the last operation of a sequence for all of it.
func lastAlone(_ driver.Doc, op driver.Op) driver.Op {
	if o, ok := op.(driver.Sequence); ok && o.Do[len(o.Do)-1].Name() != "rename" {
		o.Do = o.Do[len(o.Do)-1:]
		return o
	}
	return op
}

// nullIsMissing takes null for what is missing, as MongoDB's filters do.
func nullIsMissing(_ driver.Doc, op driver.Op) driver.Op {
	o, ok := op.(driver.Elements)
	if !ok {
		return op
	}
	o.Where = slices.Clone(o.Where)
	for i, c := range o.Where {
		if c.Is == driver.Eq && c.Value.Kind() == driver.Null {
			absent := driver.Condition{Path: c.Path, Is: driver.Exists, Value: driver.BoolValue(false)}
			o.Where[i] = driver.Condition{Is: driver.Or, Each: []driver.Condition{c, absent}}
		}
	}
	return o
}

// orIsAnd wants all alternatives.
func orIsAnd(c driver.Condition) driver.Condition {
	if c.Is == driver.Or {
		c.Is = driver.And
	}
	return c
}

// notOfWhatIsThere takes "not equal" for "there, and not equal".
func notOfWhatIsThere(c driver.Condition) driver.Condition {
	if c.Is != driver.Ne && c.Is != driver.Nin {
		return c
	}
	exists := driver.Condition{Path: c.Path, Is: driver.Exists, Value: driver.BoolValue(true)}
	return driver.Condition{Is: driver.And, Each: []driver.Condition{exists, c}}
}
