package mongostore_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
)

// A value of kind JSON is code in BSON: a type of its own, whose text every tool shows as it is.
func TestJSONReadable(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for _, text := range []string{`null`, "{\"https://app/roles\":[\"a\"], \"n\":1.10, \"$where\":\"1\"}\n", `"\u0000 \ud800 é 😀 \\ \""`, `0.12345678901234567890123`, "[\"\u2028\"]"} {
		k := create(t, s, `{"l":[]}`)
		v := driver.JSONValue(text)
		u := update(driver.Set{Path: "j", Value: v}, driver.Set{Path: "o.j", Value: v}, driver.Push{Path: "l", Each: []driver.Value{v}})
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Fatal(err)
		}
		_, d := stored(t, coll, k)
		for _, path := range [][]string{{"data", "j"}, {"data", "o", "j"}, {"data", "l", "0"}} {
			if code, ok := d.Lookup(path...).JavaScriptOK(); !ok || code != text {
				t.Errorf("%v is stored as %s", path, d.Lookup(path...))
			}
		}
		n, err := coll.CountDocuments(t.Context(), bson.D{{Key: "data.j", Value: bson.JavaScript(text)}, {Key: "data.j", Value: bson.D{{Key: "$type", Value: "javascript"}}}})
		if n != 1 || err != nil {
			t.Errorf("a query finds %d documents with %q, %v", n, text, err)
		}
		if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
}

// Code that is no JSON is no value of a session, nor is code with a scope.
func TestJSONByHand(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for _, v := range []any{
		bson.JavaScript("return 1"), bson.JavaScript(""), bson.JavaScript("1 2"), bson.JavaScript("\"\xff\""),
		bson.CodeWithScope{Code: "1", Scope: bson.D{}},
		bson.Symbol("1"),
	} {
		k, r := newSession(`{}`)
		if err := s.Create(t.Context(), k.Verifier, r); err != nil {
			t.Fatal(err)
		}
		if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, bson.D{{Key: "$set", Value: bson.D{{Key: "data.j", Value: v}}}}); err != nil {
			t.Logf("the server does not take %T %q: %v", v, v, err)
			continue
		}
		if got := load(t, s, k); !strings.HasPrefix(got, driver.ErrCorrupt.Error()) {
			t.Errorf("%T %q: Load gives %q, want %v", v, v, got, driver.ErrCorrupt)
		}
		if v == bson.JavaScript("\"\xff\"") {
			continue // FerretDB restarts when it has to quote that
		}
		_, err := s.Update(t.Context(), now, k, update(driver.Set{Path: "j.a", Value: value(`1`)}))
		if !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%T %q: Update: %v instead of %v", v, v, err, driver.ErrCorrupt)
		}
	}
}

// inert are the places of a command whose values are values to a server, and never run.
var inert = []string{"$literal", "$set", "$min", "$max", "$each", "$pullAll", "$eq", "$gt", "$gte", "$lt", "$lte"}

// walk calls f for each element of d and of what is inside, with the innermost operator around it.
func walk(d bson.Raw, operator string, f func(operator string, e bson.RawElement)) {
	elements, _ := d.Elements()
	for _, e := range elements {
		around := operator
		if strings.HasPrefix(e.Key(), "$") {
			around = e.Key()
		}
		if v := e.Value(); v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray {
			walk(v.Value, around, f)
		}
		f(around, e)
	}
}

// No command has code where a server would run it; and every operator works on it in one command.
func TestJSONInert(t *testing.T) {
	var mu sync.Mutex
	var names []string
	places := make(map[string]bool)
	s := newStore(t, collection(t, options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, ev *event.CommandStartedEvent) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, ev.CommandName)
		walk(ev.Command, "", func(operator string, e bson.RawElement) {
			if e.Value().Type == bson.TypeJavaScript && ev.CommandName != "insert" {
				places[operator] = true
			}
			if slices.Contains([]string{"$where", "$function", "$accumulator", "mapReduce", "$eval"}, e.Key()) {
				t.Errorf("%s runs code", e.Key())
			}
		})
	}})))
	v, list, object := value(`{"$json":"{\"a\":\"$data.n\"}"}`), value(`[{"$json":"1"},1]`), value(`{"a":{"$json":"1"},"b":{"$json":"2"}}`)
	const before = `{"j":{"$json":"{\"a\":\"$data.n\"}"},"l":[{"$json":"{\"a\":\"$data.n\"}"},{"a":{"$json":"1"}},1],"n":1,"o":{"a":{"$json":"1"},"b":{"$json":"2"}}}`
	elem := func(is driver.Comparison, v driver.Value) driver.Op {
		return driver.Pull{Path: "l", Where: []driver.Condition{{Is: is, Value: v}}}
	}
	updates := []*driver.Update{
		update(driver.Set{Path: "j", Value: v}),
		update(driver.Set{Path: "x", Value: list}),
		update(driver.Set{Path: "x", Value: object}, driver.Push{Path: "l", Each: []driver.Value{v, list}, Sort: []driver.Sort{{Desc: true, By: "a"}}}),
		update(driver.SetIfAbsent{Path: "x.y", Value: v}),
		update(driver.SetIfAbsent{Path: "j", Value: v}),
		update(driver.Min{Path: "n", Value: v}),
		update(driver.Max{Path: "j", Value: v}),
		update(driver.Push{Path: "l", Each: []driver.Value{v}, Sort: []driver.Sort{{By: "a"}}}),
		update(driver.AddToSet{Path: "l", Each: []driver.Value{v, object}}),
		update(driver.PullAll{Path: "l", Values: []driver.Value{v, object}}),
		update(elem(driver.Eq, object)),
		update(driver.Pull{Path: "l", Where: []driver.Condition{{Path: "a", Is: driver.Eq, Value: v}}}),
		update(driver.Take{Path: "j"}),
		update(driver.Rename{Path: "j", To: "k"}),
		{If: []driver.Condition{{Path: "o", Is: driver.Eq, Value: object}}, MaxAge: time.Hour},
	}
	for is := driver.Eq; is <= driver.Lte; is++ {
		updates = append(updates, update(elem(is, v)), &driver.Update{If: []driver.Condition{{Path: "j", Is: is, Value: v}}}) // two fail
	}
	for _, u := range updates {
		k := create(t, s, before)
		names = nil
		_, _, wantErr := driver.Eval(t.Context(), doc(before), u, now)
		_, err := s.Update(t.Context(), now, k, u)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %v, want %v", updateText(u), err, wantErr)
		}
		if err == nil && !slices.Equal(names, []string{"findAndModify"}) {
			t.Errorf("%s sends %v", updateText(u), names)
		}
	}
	for operator := range places {
		if !slices.Contains(inert, operator) {
			t.Errorf("code stands in %s", operator)
		}
	}
	if len(places) != len(inert) {
		t.Errorf("code was seen in %v, want all of %v", places, inert)
	}
}
