package driver_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestEvalTexts has texts of fields become what Eval makes of the document, and names what differs.
func TestEvalTexts(t *testing.T) {
	one := driver.IntValue(1)
	for _, c := range []struct {
		name            string
		u               driver.Update
		texts           []string // of the fields that it touches
		fields, changed string   // "name=text", in order
		taken           int
		growth          int
	}{
		{"set a new field", driver.Update{Ops: []driver.Op{driver.Set{Path: "a", Value: one}}}, []string{""}, "a=1", "a=1", 0, 2},
		{"set what it is", driver.Update{Ops: []driver.Op{driver.Set{Path: "a", Value: one}}}, []string{"1"}, "a=1", "", 0, 0},
		{"another kind", driver.Update{Ops: []driver.Op{driver.Set{Path: "a", Value: driver.FloatValue(1)}}}, []string{"1"}, "a=1.0", "a=1.0", 0, 2},
		{"remove", driver.Update{Ops: []driver.Op{driver.Unset{Path: "a"}}}, []string{"100"}, "", "a=", 0, -4},
		{"remove nothing", driver.Update{Ops: []driver.Op{driver.Unset{Path: "a"}}}, []string{""}, "", "", 0, 0},
		{"take", driver.Update{Ops: []driver.Op{driver.Take{Path: "a"}}}, []string{`"x"`}, "", "a=", 1, -4},
		{"what a condition reads", driver.Update{
			If:  []driver.Condition{{Path: "b", Is: driver.Eq, Value: one}},
			Ops: []driver.Op{driver.Inc{Path: "a", By: one}},
		}, []string{"1", "1"}, "a=2", "a=2", 0, 0},
		{"rename", driver.Update{Ops: []driver.Op{driver.Rename{Path: "b", To: "a"}}}, []string{"", "1"}, "a=1", "a=1 b=", 0, 0},
		{"inside", driver.Update{Ops: []driver.Op{driver.Inc{Path: "a.n", By: one}, driver.Set{Path: "c", Value: one}}}, []string{`{"n":1}`, ""}, `a={"n":2} c=1`, `a={"n":2} c=1`, 0, 2},
	} {
		o, err := c.u.EvalTexts(t.Context(), time.Now(), c.texts)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var fields, changed []string
		for name, v := range o.Fields.All() {
			fields = append(fields, name+"="+v.Text())
		}
		for _, f := range o.Changed {
			changed = append(changed, f.Name+"="+f.Value.Text())
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: the fields are %q, want %q", c.name, got, c.fields)
		}
		if got := strings.Join(changed, " "); got != c.changed || len(o.Taken) != c.taken {
			t.Errorf("%s: %q has changed, %d were taken, want %q and %d", c.name, got, len(o.Taken), c.changed, c.taken)
		}
		if o.Growth != c.growth {
			t.Errorf("%s: it grows by %d, want %d", c.name, o.Growth, c.growth)
		}
	}
}

func TestEvalTextsErrors(t *testing.T) {
	u := driver.Update{Ops: []driver.Op{driver.Inc{Path: "a", By: driver.IntValue(1)}}}
	if _, err := u.EvalTexts(t.Context(), time.Now(), []string{"nonsense"}); !errors.Is(err, driver.ErrCorrupt) || errors.Is(err, driver.ErrValue) {
		t.Errorf("a text that is none: %v, want ErrCorrupt alone", err)
	}
	if _, err := u.EvalTexts(t.Context(), time.Now(), []string{`"x"`}); !errors.Is(err, driver.ErrType) {
		t.Errorf("a string to count in: %v, want ErrType", err)
	}
}

func TestListLen(t *testing.T) {
	list := []driver.Value{driver.IntValue(1), driver.IntValue(2)}
	in := []driver.Condition{{Path: "e", Is: driver.In, Value: driver.ArrayValue(list...)}}
	u := driver.Update{If: []driver.Condition{{Is: driver.Nor, Each: in}}, Ops: []driver.Op{
		driver.Elements{Path: "e", Where: in, Do: []driver.Op{driver.Push{Path: "e", Each: list}}},
		driver.Push{Path: "a", Each: list},
		driver.PullAll{Path: "b", Values: list},
		driver.AddToSet{Path: "c", Each: list},
		driver.Set{Path: "d", Value: driver.ArrayValue(list...)},
	}}
	if n := u.ListLen(); n != 12 {
		t.Errorf("%d elements, want 12", n)
	}
}
