package drivertest_test

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// rewriting changes values on their way back, as an encoding with fewer kinds does.
type rewriting struct {
	*memstore.Store
	change func(driver.Value) driver.Value
}

func (s rewriting) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	rec.Data = rewrite(driver.ObjectValue(rec.Data), s.change).Doc()
	return rec, err
}

func rewrite(v driver.Value, change func(driver.Value) driver.Value) driver.Value {
	switch v.Kind() {
	case driver.Array:
		var elems []driver.Value
		for _, e := range v.Elems() {
			elems = append(elems, change(rewrite(e, change)))
		}
		return driver.ArrayValue(elems...)
	case driver.Object:
		var d driver.Doc
		for name, f := range v.Doc().All() {
			d = d.With(name, change(rewrite(f, change)))
		}
		return driver.ObjectValue(d)
	}
	return v
}

func roundInt(v driver.Value) driver.Value {
	if v.Kind() == driver.Int && v.Int() < 1<<62 {
		return driver.IntValue(int64(float64(v.Int())))
	}
	return v
}

func emptyToObject(v driver.Value) driver.Value {
	if v.Kind() == driver.Array && len(v.Elems()) == 0 {
		return driver.ObjectValue(driver.Doc{})
	}
	return v
}

func wholeToInt(v driver.Value) driver.Value {
	if i := int64(v.Float()); v.Kind() == driver.Float && float64(i) == v.Float() {
		return driver.IntValue(i)
	}
	return v
}

// bytewise compares the bytes of what is to be added to a set, and answers with what it should have stored.
type bytewise struct{ *memstore.Store }

func (s bytewise) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, _ := s.Load(ctx, now, k)
	data, taken, err := driver.Eval(ctx, rec.Data, u, now)
	if err != nil {
		return s.Store.Update(ctx, now, k, u)
	}
	save := *u
	save.Ops = slices.Clone(u.Ops)
	for i, op := range save.Ops {
		if add, ok := op.(driver.AddToSet); ok {
			set := slices.Clone(rec.Data.Lookup(add.Path).Elems())
			for _, v := range add.Each {
				if !slices.ContainsFunc(set, func(e driver.Value) bool { return driver.Identical(e, v) }) {
					set = append(set, v)
				}
			}
			save.Ops[i] = driver.Set{Path: add.Path, Value: driver.ArrayValue(set...)}
		}
	}
	res, err := s.Store.Update(ctx, now, k, &save)
	res.Fields, res.Taken = u.Written(data), taken
	return res, err
}

// lazy does not write what is equal to what is there.
type lazy struct{ *memstore.Store }

func (s lazy) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, _ := s.Load(ctx, now, k)
	data, taken, err := driver.Eval(ctx, rec.Data, u, now)
	if err != nil {
		return s.Store.Update(ctx, now, k, u)
	}
	save := *u
	save.If, save.Ops = nil, nil
	for _, name := range u.WrittenNames() {
		v := data.Get(name)
		switch {
		case !v.Exists():
			save.Ops = append(save.Ops, driver.Unset{Path: driver.Path(name)})
		case !driver.Equal(v, rec.Data.Get(name)):
			save.Ops = append(save.Ops, driver.Set{Path: driver.Path(name), Value: v})
		}
	}
	res, err := s.Store.Update(ctx, now, k, &save)
	res.Fields, res.Taken = u.Written(data), taken
	return res, err
}
