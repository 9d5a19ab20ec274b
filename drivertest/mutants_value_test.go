package drivertest_test

import (
	"context"
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
