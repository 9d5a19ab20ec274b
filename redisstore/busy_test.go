package redisstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// slowest runs the heaviest updates and returns how long the server was busy with the longest script of each, by its SLOWLOG.
func slowest(tb testing.TB, use func(h heavy.Update, took time.Duration)) {
	srv, err := testserver.StartRedis("--slowlog-log-slower-than", "0", "--slowlog-max-len", "10000")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(srv.Remove)
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{srv.Addr}, DisableCache: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	s, err := Open(tb.Context(), "redis://"+srv.Addr, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	updates := heavy.Updates()
	updates = append(updates, long()...)
	for _, h := range updates {
		k := heavy.Create(tb, s, h.Doc)
		if err := c.Do(tb.Context(), c.B().SlowlogReset().Build()).Error(); err != nil {
			tb.Fatal(err)
		}
		if _, err := s.Update(tb.Context(), time.Now(), k, h.Update); err != nil {
			tb.Fatalf("%s: %v", h.Name, err)
		}
		if _, err := s.Load(tb.Context(), time.Now(), k); err != nil {
			tb.Fatal(err)
		}
		entries, err := c.Do(tb.Context(), c.B().SlowlogGet().Count(10000).Build()).ToArray()
		if err != nil {
			tb.Fatal(err)
		}
		var longest time.Duration
		for _, e := range entries {
			parts, err := e.ToArray()
			if err != nil {
				tb.Fatal(err)
			}
			command, err := parts[3].AsStrSlice()
			if err != nil {
				tb.Fatal(err)
			}
			if us, err := parts[2].AsInt64(); err != nil {
				tb.Fatal(err)
			} else if strings.HasPrefix(strings.ToUpper(command[0]), "EVAL") {
				longest = max(longest, time.Duration(us)*time.Microsecond)
			}
		}
		if longest == 0 {
			tb.Fatalf("%s: the server has noted no script", h.Name)
		}
		use(h, longest)
		if err := s.Delete(tb.Context(), time.Now(), k); err != nil {
			tb.Fatal(err)
		}
	}
}

// long are updates that only this store's script does step by step.
func long() []heavy.Update {
	escaped := driver.StringValue(strings.Repeat(`\`, 400_000))
	bytes := driver.BytesValue(make([]byte, 600_000))
	long := driver.Doc{}.With("a", escaped).With("b", driver.IntValue(1))
	if0 := func(is driver.Comparison, v driver.Value) *driver.Update {
		return &driver.Update{If: []driver.Condition{{Path: "a", Is: is, Value: v}}}
	}
	zeros := strings.Repeat("[1.0],", 150_000)
	nested, err := driver.ParseValue("[" + zeros + "0]")
	if err != nil {
		panic(err)
	}
	arrays := driver.Doc{}.With("a", nested)
	ones, err := driver.ParseValue("[" + strings.Repeat("1,", 500_000) + "1]")
	if err != nil {
		panic(err)
	}
	fields, incs, renames := driver.Doc{}, &driver.Update{}, &driver.Update{}
	var fill []driver.Field
	for i := range driver.MaxOps {
		name := driver.Path(fmt.Sprint("f", i))
		incs.Ops = append(incs.Ops, driver.Inc{Path: name, By: driver.FloatValue(0.1)})
		renames.Ops = append(renames.Ops, driver.Rename{Path: name, To: "o" + name})
		fill = append(fill, driver.Field{Name: string(name), Value: driver.IntValue(int64(i) << 40)})
	}
	fields = fields.WithAll(fill...)
	return []heavy.Update{
		{Name: "rename of numbers", Doc: driver.Doc{}.With("a", ones), Update: &driver.Update{Ops: []driver.Op{driver.Rename{Path: "a", To: "b"}}}},
		{Name: "take", Doc: arrays, Update: &driver.Update{Ops: []driver.Op{driver.Take{Path: "a"}}}},
		{Name: "set", Doc: arrays, Update: &driver.Update{Ops: []driver.Op{driver.Set{Path: "a", Value: ones}}}},
		{Name: "addToSet of as many as may be", Doc: driver.Doc{}.With("a", driver.ArrayValue(ones.Elems()[:30_000]...)), Update: &driver.Update{
			Ops: []driver.Op{driver.AddToSet{Path: "a", Each: elements(maxValues)}},
		}},
		{Name: "inc of all", Doc: fields, Update: incs},
		{Name: "rename of all", Doc: fields, Update: renames},
		{Name: "exists, often", Doc: arrays.With("b", driver.IntValue(0)), Update: &driver.Update{
			Ops: []driver.Op{driver.Set{Path: "b", Value: ones.Elems()[0]}},
			If:  slices.Repeat([]driver.Condition{{Path: "a", Is: driver.Exists, Value: driver.BoolValue(true)}}, maxAsked),
		}},
		{Name: "exists, often in one", Doc: arrays.With("b", driver.IntValue(0)), Update: &driver.Update{
			Ops: []driver.Op{driver.Set{Path: "b", Value: ones.Elems()[0]}},
			If: []driver.Condition{{Is: driver.Nor, Each: slices.Repeat(
				[]driver.Condition{{Path: "a", Is: driver.Exists, Value: driver.BoolValue(false)}}, maxAsked,
			)}},
		}},
		{Name: "none of as many as may be", Doc: driver.Doc{}.With("a", driver.ArrayValue(nested.Elems()[:10_000]...)), Update: &driver.Update{
			If: []driver.Condition{{Path: "a", Is: driver.Nin, Value: driver.ArrayValue(elements(maxValues)...)}},
		}},
		{Name: "pushes in sequence", Doc: arrays, Update: inSequence(append(
			many[driver.Op](7, driver.Push{Path: "a", Each: []driver.Value{ones}}), driver.Set{Path: "a", Value: driver.NullValue},
		)...)},
		{Name: "short pushes in sequence", Doc: driver.Doc{}.With("a", ones), Update: inSequence(
			many[driver.Op](driver.MaxInside, driver.Push{Path: "a", Each: ones.Elems()[:1]})...,
		)},
		{Name: "order of texts", Doc: long, Update: if0(driver.Gte, driver.StringValue(strings.Repeat(`\`, 300_000)))},
		{Name: "order of bytes", Doc: driver.Doc{}.With("a", bytes), Update: if0(driver.Gte, driver.BytesValue(make([]byte, 500_000)))},
		{Name: "pull a value", Doc: arrays, Update: &driver.Update{Ops: []driver.Op{
			driver.Pull{Path: "a", Where: []driver.Condition{{Is: driver.Eq, Value: driver.IntValue(1)}}},
		}}},
		{Name: "rename", Doc: arrays, Update: &driver.Update{Ops: []driver.Op{driver.Rename{Path: "a", To: "b"}}}},
		{Name: "max", Doc: long, Update: &driver.Update{Ops: []driver.Op{driver.Max{Path: "a", Value: driver.StringValue(escaped.Str()[1:])}}}},
		{Name: "push within", Doc: arrays, Update: &driver.Update{Ops: []driver.Op{
			driver.Push{Path: "a", Each: []driver.Value{driver.IntValue(1)}, Position: new(-1), Slice: new(150_000)},
		}}},
	}
}

func inSequence(do ...driver.Op) *driver.Update {
	return &driver.Update{Ops: []driver.Op{driver.Sequence{Path: do[0].Target(), Do: do}}}
}

// elements returns n different values.
func elements(n int) []driver.Value {
	list := make([]driver.Value, n)
	for i := range list {
		list[i] = driver.StringValue(fmt.Sprint(i))
	}
	return list
}

// TestNoLongScript: while a script runs the server serves nobody. The bound leaves room for machines that are busy otherwise; see
// BenchmarkLongestScript.
func TestNoLongScript(t *testing.T) {
	slowest(t, func(h heavy.Update, took time.Duration) {
		if took > 500*time.Millisecond {
			t.Errorf("%s: a script took %v", h.Name, took)
		}
	})
}

func BenchmarkLongestScript(b *testing.B) {
	for b.Loop() {
		var most time.Duration
		slowest(b, func(h heavy.Update, took time.Duration) {
			most = max(most, took)
			b.ReportMetric(float64(took.Microseconds())/1000, strings.ReplaceAll(h.Name, " ", "-")+"-ms")
		})
		b.ReportMetric(float64(most.Microseconds())/1000, "longest-ms")
	}
	b.ReportMetric(0, "ns/op")
}
