package redisstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func parsed(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic(err)
	}
	return v
}

// TestCalls counts the commands of 1000 updates that nothing else is in the way of.
func TestCalls(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{})
	one, absent := driver.IntValue(1), driver.Condition{Path: "absent", Is: driver.Exists, Value: driver.BoolValue(false)}
	less := driver.Condition{Path: "n", Is: driver.Lt, Value: driver.IntValue(1 << 40)}
	isOne := driver.Condition{Is: driver.Eq, Value: one}
	inc, bit := driver.Inc{Path: "n", By: one}, driver.Bit{Path: "n", Do: driver.BitXor, With: 5}
	swap := []driver.Op{driver.Take{Path: "n"}, driver.Set{Path: "n", Value: one}}
	push := driver.Push{Path: "list", Each: []driver.Value{one}}
	pull := driver.Pull{Path: "list", Where: []driver.Condition{isOne}}
	sequence := func(p driver.Path, do ...driver.Op) []driver.Op { return []driver.Op{driver.Sequence{Path: p, Do: do}} }
	ifs := func(c ...driver.Condition) driver.Update { return driver.Update{If: c, Ops: []driver.Op{inc}} }
	for _, test := range []struct {
		name string
		u    driver.Update
		want int // commands for each
	}{
		{"in", ifs(driver.Condition{Path: "s", Is: driver.In, Value: parsed(`[1,"x"]`)}), 1},
		{"ne and nin", ifs(
			driver.Condition{Path: "s", Is: driver.Ne, Value: one}, driver.Condition{Path: "none", Is: driver.Nin, Value: parsed(`[null]`)},
		), 1},
		{"or", ifs(driver.Condition{Is: driver.Or, Each: []driver.Condition{absent, less}}), 1},
		{"nor of and", ifs(driver.Condition{Is: driver.Nor, Each: []driver.Condition{
			{Is: driver.And, Each: []driver.Condition{less, {Path: "n", Is: driver.Exists, Value: driver.BoolValue(false)}}},
		}}), 1},
		{"swap", driver.Update{Ops: sequence("n", swap...)}, 1},
		{"several bits", driver.Update{Ops: sequence("n", bit, bit, bit)}, 1},
		{"pull, then push", driver.Update{Ops: sequence("list", pull, push)}, 1},
		{"elements", driver.Update{Ops: []driver.Op{driver.Elements{
			Path: "items", Where: []driver.Condition{{Path: "id", Is: driver.Eq, Value: one}}, Do: []driver.Op{driver.Inc{Path: "qty", By: one}},
		}}}, 2},
		{"entry of a map", driver.Update{Ops: []driver.Op{driver.Inc{Path: "cart.tea.qty", By: one}}}, 2},
		{"elemMatch", ifs(driver.Condition{Path: "list", Is: driver.ElemMatch, Each: []driver.Condition{isOne}}), 2},
		{"elements in a sequence", driver.Update{Ops: sequence("list", driver.Elements{Path: "list", Do: []driver.Op{driver.Inc{By: one}}})}, 2},
		{"sequence on what is inside", driver.Update{Ops: sequence("cart", driver.Inc{Path: "cart.n", By: one})}, 2},
		{"more conditions than one field may have", ifs(driver.Condition{Is: driver.Or, Each: many(maxAsked+1, less)}), 2},
		{"more values than a script works through", ifs(driver.Condition{Path: "s", Is: driver.Nin, Value: driver.ArrayValue(elements(maxValues + 1)...)}), 2},
		{"more text than a script goes through", ifs(driver.Condition{Path: "long", Is: driver.Nin, Value: parsed(`[1]`)}), 3},
		{"steps, as many as may be", driver.Update{Ops: sequence("n", many[driver.Op](driver.MaxInside, bit)...)}, 1},
		{"more text than steps may make", driver.Update{Ops: sequence("list",
			driver.Set{Path: "list", Value: driver.ArrayValue(driver.StringValue(strings.Repeat("x", 600_000)))},
			push, push,
		)}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := parsed(`{"n":1,"s":"x","list":[2,1],"items":[{"id":1,"qty":1},{"id":2}],"cart":{"tea":{"qty":1}}}`).Doc()
			doc = doc.With("long", driver.StringValue(strings.Repeat("x", 70_000)))
			k, now := create(t, s, "", doc.Text())
			updateAs(t, s, k, now, doc, &test.u) // the first loads the script
			rounds := 1000
			if strings.HasPrefix(test.name, "more ") {
				rounds = 10
			}
			before := commandCalls(t, s)["evalsha"]
			for range rounds {
				if _, err := s.Update(t.Context(), now, k, &test.u); err != nil {
					t.Fatal(err)
				}
			}
			if got := commandCalls(t, s)["evalsha"] - before; got != test.want*rounds {
				t.Errorf("%d commands for %d updates, want %d", got, rounds, test.want*rounds)
			}
		})
	}
}

func many[T any](n int, v T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return list
}

// updateAs applies u to a session that holds doc, and fails unless all is as Eval says. It returns what the session holds then.
func updateAs(t *testing.T, s *Store, k driver.Key, now time.Time, doc driver.Doc, u *driver.Update) driver.Doc {
	t.Helper()
	if err := u.Validate(); err != nil {
		t.Fatalf("%+v: %v", u, err)
	}
	want, taken, wantErr := driver.Eval(t.Context(), doc, u, now)
	got, err := s.Update(t.Context(), now, k, u)
	if wantErr != nil {
		want = doc
	}
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("%+v of %s: error %v, want %v", u, doc.Text(), err, wantErr)
	}
	r, loadErr := s.Load(t.Context(), now, k)
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	if !driver.IdenticalDocs(r.Data, want) || err == nil && !driver.IdenticalDocs(got.Fields, u.Written(want)) {
		t.Fatalf("%+v of %s: left %s and returned %s, want %s", u, doc.Text(), r.Data.Text(), got.Fields.Text(), want.Text())
	}
	if len(got.Taken) != len(taken) {
		t.Fatalf("%+v of %s: took %v, want %v", u, doc.Text(), got.Taken, taken)
	}
	for i, v := range taken {
		if !driver.Identical(got.Taken[i], v) {
			t.Fatalf("%+v of %s: took %s, want %s", u, doc.Text(), got.Taken[i].Text(), v.Text())
		}
	}
	return want
}

var samples = []string{
	`null`, `0`, `1`, `1.0`, `-1`, `2.5`, `9007199254740993`, `1e300`, `""`, `"1.0"`, `"x"`, `true`, `false`, `[]`, `[1]`, `[1.0,"x"]`,
	`{"a":1.0}`, `{"a":1}`, `{"$date":"2026-01-02T03:04:05.006Z"}`, `{"$binary":"AQ=="}`, `{"$json":"1.0"}`,
}

// sample returns a random one of the samples or, now and then, none.
func sample(r *rand.Rand) driver.Value { return parsed(samples[r.IntN(len(samples))]) }

func randomList(r *rand.Rand) []driver.Value {
	list := make([]driver.Value, r.IntN(4))
	for i := range list {
		list[i] = sample(r)
	}
	return list
}

func randomCondition(r *rand.Rand, depth int) driver.Condition {
	c := driver.Condition{Path: driver.Path("abc"[r.IntN(3):][:1]), Is: driver.Exists + driver.Comparison(r.IntN(int(driver.Nor)))}
	switch {
	case c.Is.Combines() && depth > 0:
		c.Path, c.Each = "", []driver.Condition{randomCondition(r, depth-1), randomCondition(r, depth-1), randomCondition(r, depth-1)}[r.IntN(3):]
	case c.Is == driver.In, c.Is == driver.Nin:
		c.Value = driver.ArrayValue(randomList(r)...)
	case c.Is > driver.Exists && c.Is <= driver.Ne:
		c.Value = sample(r)
	default:
		c.Is, c.Value = driver.Exists, driver.BoolValue(r.IntN(2) == 0)
	}
	return c
}

func randomSequence(r *rand.Rand, p driver.Path) driver.Sequence {
	s := driver.Sequence{Path: p}
	for range 1 + r.IntN(4) {
		v, list, by := sample(r), randomList(r), driver.IntValue(int64(r.IntN(5)))
		s.Do = append(s.Do, []driver.Op{
			driver.Set{Path: p, Value: v},
			driver.Set{Path: p, Value: driver.ArrayValue(list...)},
			driver.SetIfAbsent{Path: p, Value: v},
			driver.Unset{Path: p},
			driver.Take{Path: p},
			driver.Take{Path: p},
			driver.Inc{Path: p, By: by},
			driver.Mul{Path: p, By: driver.FloatValue(1.5)},
			driver.Min{Path: p, Value: v},
			driver.Max{Path: p, Value: v},
			driver.CurrentDate{Path: p},
			driver.Bit{Path: p, Do: driver.BitXor, With: 6},
			driver.Push{Path: p, Each: list},
			driver.Push{Path: p, Each: list, Position: new(0), Slice: new(3)},
			driver.Pop{Path: p},
			driver.Pull{Path: p, Where: []driver.Condition{{Is: driver.Eq, Value: v}}},
			driver.PullAll{Path: p, Values: list},
			driver.AddToSet{Path: p, Each: list},
		}[r.IntN(18)])
	}
	return s
}

// TestScriptAsEval has the script judge random conditions and apply random sequences, and compares with what Eval says.
func TestScriptAsEval(t *testing.T) {
	s := newStore(t, address, Options{})
	doc := driver.Doc{}
	k, now := create(t, s, "", doc.Text())
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	var done, unmet, failed int
	for range 3000 {
		u := &driver.Update{Ops: []driver.Op{randomSequence(r, "a"), randomSequence(r, "b"), driver.Set{Path: "d", Value: sample(r)}}[r.IntN(2):]}
		if r.IntN(2) == 0 {
			u.If = []driver.Condition{randomCondition(r, 2), randomCondition(r, 1)}[r.IntN(2):]
		}
		before := doc
		doc = updateAs(t, s, k, now, doc, u)
		switch _, _, err := driver.Eval(t.Context(), before, u, now); {
		case err == nil:
			done++
		case errors.Is(err, driver.ErrCondition):
			unmet++
		default:
			failed++
		}
	}
	if done < 100 || unmet < 100 || failed < 100 {
		t.Errorf("%d updates were made, %d unmet, %d refused: want 100 of each", done, unmet, failed)
	}
}
