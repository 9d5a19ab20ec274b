package driver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// heavy is an update that asks as much as the default limits allow of a document that is as large as they allow.
type heavy struct {
	name string
	doc  driver.Doc
	u    *driver.Update
}

func heavyUpdates() []heavy {
	repeat := func(text string, n int) driver.Doc {
		return driver.Doc{}.With("a", val("["+strings.Repeat(text+",", n-1)+text+"]"))
	}
	var bounds, absent, equal, mixed, onText, orElse []driver.Condition
	text := strings.Repeat(`x\`, 250_000)
	for i := range driver.MaxOps - 1 {
		bounds = append(bounds, driver.Condition{Is: driver.Gte, Value: driver.IntValue(int64(-i))})
		absent = append(absent, driver.Condition{Path: driver.Path(fmt.Sprint("f", i)), Is: driver.Exists, Value: driver.BoolValue(false)})
		equal = append(equal, driver.Condition{Is: driver.Eq, Value: driver.IntValue(int64(i % 2))})
		mixed = append(mixed, driver.Condition{Is: driver.Lt, Value: driver.IntValue(int64(i + 5))}, driver.Condition{Is: driver.Gte, Value: driver.StringValue("")})
		onText = append(onText, driver.Condition{Path: "a", Is: driver.Lt, Value: driver.StringValue(text[:1000] + fmt.Sprint("z", i))})
		orElse = append(orElse, driver.Condition{Path: "b", Is: driver.Eq, Value: driver.NullValue})
	}
	values := func(n int) (list []driver.Value) {
		for i := range n {
			list = append(list, driver.IntValue(int64(i+10)))
		}
		return list
	}
	one := func(op driver.Op) *driver.Update { return &driver.Update{Ops: ops(op)} }
	numbers, nested, objects := repeat("1", 500_000), repeat("[1,2]", 160_000), repeat("{}", 300_000)
	return []heavy{
		{"pull by bounds", numbers, one(driver.Pull{Path: "a", Where: bounds})},
		{"pull by values", nested, one(driver.Pull{Path: "a", Where: equal})},
		{"pull by values in one array", driver.Doc{}.With("a", driver.ArrayValue(numbers.Get("a"))), one(driver.Pull{Path: "a", Where: equal})},
		{"pull by kinds", repeat(`[1,"x"]`, 120_000), one(driver.Pull{Path: "a", Where: mixed[:driver.MaxOps]})},
		{"pull by fields that are missing", objects, one(driver.Pull{Path: "a", Where: absent})},
		{"pull by one field", objects, one(driver.Pull{Path: "a", Where: orElse})},
		{"pullAll", numbers, one(driver.PullAll{Path: "a", Values: values(100_000)})},
		{"addToSet", numbers, one(driver.AddToSet{Path: "a", Each: values(100_000)})},
		{"push and sort", numbers, one(driver.Push{Path: "a", Each: values(100_000), Sort: &driver.Sort{Desc: true}})},
		{"push and sort by a path", repeat(`{"b":{"c":1}}`, 70_000), one(driver.Push{Path: "a", Sort: &driver.Sort{By: "b.c"}})},
		{"conditions on a text", driver.Doc{}.With("a", driver.StringValue(text)), &driver.Update{If: onText}},
	}
}

// TestHeavyUpdates: no update makes work for longer than a moment, however much it compares with however much.
func TestHeavyUpdates(t *testing.T) {
	for _, h := range heavyUpdates() {
		t.Run(h.name, func(t *testing.T) {
			if err := h.u.Validate(); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if _, _, err := driver.Eval(t.Context(), h.doc, h.u, now); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestEvalEndsWithContext(t *testing.T) {
	for _, h := range heavyUpdates() {
		if len(h.u.Ops) == 0 {
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		after, taken, err := driver.Eval(ctx, h.doc, h.u, now)
		if !errors.Is(err, context.Canceled) || after.Len() != 0 || taken != nil {
			t.Errorf("%s after the context's end: %v, and %d fields", h.name, err, after.Len())
		}
		var opErr *driver.OpError
		if errors.As(err, &opErr) {
			t.Errorf("%s: %v blames an operation", h.name, err)
		}
	}
}

// BenchmarkHeavy is how long the evaluation takes of updates that are as heavy as the limits allow.
func BenchmarkHeavy(b *testing.B) {
	for _, h := range heavyUpdates() {
		b.Run(h.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := driver.Eval(b.Context(), h.doc, h.u, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
