package driver_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// objects returns an array of n objects.
func objects(n int, text string) driver.Value {
	elems := make([]driver.Value, n)
	for i := range elems {
		elems[i] = val(text)
	}
	return driver.ArrayValue(elems...)
}

// Whatever makes elements larger than a session may be is refused before it takes as much room.
func TestElementsGrowTooLarge(t *testing.T) {
	long := driver.Path(strings.Repeat(strings.Repeat("n", 1000)+".", 40) + "n")
	big := driver.StringValue(strings.Repeat("y", 100_000))
	for name, op := range map[string]driver.Op{
		"path":     driver.Inc{Path: long, By: driver.IntValue(1)},
		"value":    driver.Set{Path: "b", Value: big},
		"list":     driver.AddToSet{Path: "l", Each: []driver.Value{big}},
		"sequence": driver.Sequence{Path: "c", Do: []driver.Op{driver.CurrentDate{Path: "c." + long}}},
		"nested":   driver.Elements{Path: "e", Do: []driver.Op{driver.Bit{Path: long, Do: driver.BitOr}}},
	} {
		d := driver.Doc{}.With("l", objects(20_000, `{"e":[{}]}`))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := driver.Eval(t.Context(), d, &driver.Update{Ops: []driver.Op{driver.Elements{Path: "l", Do: []driver.Op{op}}}}, time.Now())
		runtime.ReadMemStats(&after)
		if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; !errors.Is(err, driver.ErrTooLarge) || mib > 64 {
			t.Errorf("%s: %v, after %d MiB", name, err, mib)
		}
	}
}

// What might grow and does not is not refused, however much is compared with it, nor what is written over what was as large.
func TestElementsGrowLittle(t *testing.T) {
	big := driver.StringValue(strings.Repeat("y", 1000))
	set := func(text string) driver.Op {
		return driver.Elements{Path: "l.0.e", Do: []driver.Op{driver.Set{Path: "b", Value: driver.StringValue(strings.Repeat(text, 300_000))}}}
	}
	for name, op := range map[string]driver.Op{
		"setIfAbsent": driver.Elements{Path: "l", Do: []driver.Op{driver.SetIfAbsent{Path: "b", Value: big}}},
		"max":         driver.Elements{Path: "l", Do: []driver.Op{driver.Max{Path: "b", Value: driver.StringValue("a" + big.Str())}}},
		"addToSet":    driver.Elements{Path: "l", Do: []driver.Op{driver.AddToSet{Path: "s", Each: []driver.Value{driver.IntValue(1)}}, driver.SetIfAbsent{Path: "b", Value: big}}},
		"sliced":      driver.Elements{Path: "l", Do: []driver.Op{driver.Push{Path: "e", Each: []driver.Value{big}, Slice: new(1)}}},
		"nested":      driver.Elements{Path: "l", Do: []driver.Op{driver.Elements{Path: "e", Do: []driver.Op{driver.SetIfAbsent{Path: "x", Value: big}}}}},
		"over again":  driver.Sequence{Path: "l", Do: []driver.Op{set("a"), set("b"), set("c"), set("d"), set("e")}},
	} {
		d := driver.Doc{}.With("l", objects(5_000, `{"b":"x","e":[{"x":1}],"s":[1]}`))
		if _, _, err := driver.Eval(t.Context(), d, &driver.Update{Ops: []driver.Op{op}}, time.Now()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
