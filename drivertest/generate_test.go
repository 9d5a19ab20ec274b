package drivertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestGenerator holds the generator to what makes it worth running: valid updates of every operator, which work about
// as often as they fail, and fail in every way that a valid update can.
func TestGenerator(t *testing.T) {
	worked := map[string]int{}
	failed := map[error]int{}
	succeeded, total := 0, 0
	for seed := range uint64(600) {
		g := fromSeed(seed)
		d := g.doc(3)
		for range 25 {
			u := g.update(d)
			if err := u.Validate(); err != nil {
				t.Fatalf("seed %d: invalid update %s: %v", seed, describe(u), err)
			}
			total++
			after, _, err := driver.Eval(t.Context(), d, u, time.Now())
			if err != nil {
				failed[sentinels[slices.IndexFunc(sentinels, func(s error) bool { return errors.Is(err, s) })]]++
				continue
			}
			for _, op := range u.Ops {
				worked[op.Name()]++
			}
			succeeded++
			d = after
		}
	}
	if succeeded < total/3 || succeeded > total*2/3 {
		t.Errorf("%d of %d updates succeed, want about half", succeeded, total)
	}
	for _, op := range []driver.Op{
		driver.Set{},
		driver.SetIfAbsent{},
		driver.Unset{},
		driver.Take{},
		driver.Rename{},
		driver.Inc{},
		driver.Mul{},
		driver.Min{},
		driver.Max{},
		driver.CurrentDate{},
		driver.Push{},
		driver.Pop{},
		driver.Pull{},
		driver.PullAll{},
		driver.AddToSet{},
		driver.Bit{},
		driver.Elements{},
		driver.Sequence{},
	} {
		if worked[op.Name()] < 150 {
			t.Errorf("%s succeeds %d times in %d updates", op.Name(), worked[op.Name()], total)
		}
	}
	for _, err := range []error{driver.ErrCondition, driver.ErrPath, driver.ErrType, driver.ErrOverflow, driver.ErrTooLarge} {
		if failed[err] == 0 {
			t.Errorf("no update fails with %q", err)
		}
	}
}

// TestGeneratorTwins holds the generator to letting operators meet values that are equal to their operands and not the same, and
// to putting fields back that it has removed.
func TestGeneratorTwins(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(600) {
		g := fromSeed(seed)
		d := g.doc(3)
		for range 25 {
			if g.back != nil {
				met["reorder"]++
			}
			u := g.update(d)
			for _, c := range u.If {
				if twins(c.Value, d.Lookup(c.Path)) {
					met["if"]++
				}
			}
			for _, op := range u.Ops {
				if meetsTwin(op, d.Lookup(op.Target())) {
					met[op.Name()]++
				}
			}
			if after, _, err := driver.Eval(t.Context(), d, u, time.Now()); err == nil {
				d = after
			}
		}
	}
	for _, name := range []string{"reorder", "if", "set", "min", "max", "push", "pull", "pullAll", "addToSet", "elements"} {
		if met[name] < 20 {
			t.Errorf("%s meets a twin %d times in 15000 updates", name, met[name])
		}
	}
}

func twins(a, b driver.Value) bool { return driver.Equal(a, b) && !driver.Identical(a, b) }

// meetsTwin reports whether an operand of op is the twin of v, or of an element of v.
func meetsTwin(op driver.Op, v driver.Value) bool {
	among := v.Elems()
	var operands []driver.Value
	switch o := op.(type) {
	case driver.Set:
		return twins(o.Value, v)
	case driver.Min:
		return twins(o.Value, v)
	case driver.Max:
		return twins(o.Value, v)
	case driver.Push:
		operands = o.Each
	case driver.PullAll:
		operands = o.Values
	case driver.AddToSet:
		operands = o.Each
	case driver.Elements:
		operands = slices.Collect(driver.Operands(o))
		for _, e := range v.Elems() {
			for _, field := range e.Doc().All() {
				among = append(among, field)
			}
		}
	case driver.Pull:
		for _, c := range o.Where {
			operands = append(operands, c.Value)
			for _, e := range v.Elems() {
				among = append(among, e.Doc().Get(string(c.Path)))
			}
		}
	}
	return slices.ContainsFunc(operands, func(a driver.Value) bool {
		return slices.ContainsFunc(among, func(b driver.Value) bool { return twins(a, b) })
	})
}

func TestGeneratorRepeats(t *testing.T) {
	build := func(g *generator) string {
		d := g.doc(3)
		return d.Text() + describe(g.update(d)) + describe(g.update(d))
	}
	data := []byte("any bytes at all decide on a document and on updates of it")
	one, more := fromBytes(data)
	two, _ := fromBytes(data)
	seven, again := fromSeed(7), fromSeed(7)
	if build(one) != build(two) || build(seven) != build(again) {
		t.Error("the same source makes different cases")
	}
	if build(fromSeed(7)) == build(fromSeed(8)) {
		t.Error("different seeds make the same case")
	}
	for i := 0; more(); i++ {
		if one.update(driver.Doc{}); i > len(data) {
			t.Fatal("a generator with few bytes does not come to an end")
		}
	}
	if u := one.update(driver.Doc{}); u.Validate() != nil {
		t.Errorf("without bytes the update is invalid: %s", describe(u))
	}
}

func TestSameError(t *testing.T) {
	other := errors.New("other")
	for _, c := range []struct {
		a, b error
		want bool
	}{
		{nil, nil, true},
		{nil, driver.ErrType, false},
		{driver.ErrType, driver.ErrType, true},
		{fmt.Errorf("inc: %w", driver.ErrType), driver.ErrType, true},
		{driver.ErrType, driver.ErrPath, false},
		{fmt.Errorf("%w and %w", driver.ErrType, driver.ErrPath), driver.ErrType, false},
		{other, other, false}, // callers cannot tell what it is
		{other, driver.ErrNotFound, false},
	} {
		if sameError(c.a, c.b) != c.want || sameError(c.b, c.a) != c.want {
			t.Errorf("sameError(%v, %v) is not %v", c.a, c.b, c.want)
		}
	}
}
