package atomicsession_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/atomicsession/atomicsession"
)

type basket struct {
	Items  []basketItem   `json:"items"`
	Counts map[string]int `json:"counts"`
	Note   []byte         `json:"note"`
}

type basketItem struct {
	Tags []string                  `json:"tags"`
	More map[string]map[string]int `json:"more"`
}

// Nil slices and maps are stored empty by every way in, so that the operators can work on them afterwards.
func TestNilIsStoredEmpty(t *testing.T) {
	cart := atomicsession.NewKey[basket]("a")
	carts := atomicsession.NewList[basket]("a")
	const empty = `{"counts":{},"items":[],"note":{"$binary":""}}`
	for _, c := range []struct {
		name   string
		change atomicsession.Change
		want   string
	}{
		{"set", atomicsession.Set("a", basket{}), empty},
		{"key", cart.Set(basket{}), empty},
		{"pointer", atomicsession.Set("a", &basket{}), empty},
		{"inside", atomicsession.Set("a", basket{Items: []basketItem{{}}}), `{"counts":{},"items":[{"more":{},"tags":[]}],"note":{"$binary":""}}`},
		{"deeper", atomicsession.Set("a", []map[string]basketItem{{"x": {More: map[string]map[string]int{"y": nil}}}}), `[{"x":{"more":{"y":{}},"tags":[]}}]`},
		{"any", atomicsession.Set("a", map[string]any{"x": []string(nil), "y": map[string]int(nil), "z": basketItem{}}), `{"x":[],"y":{},"z":{"more":{},"tags":[]}}`},
		{"list", atomicsession.Set("a", []int(nil)), `[]`},
		{"map", atomicsession.Set("a", map[string]int(nil)), `{}`},
		{"bytes", atomicsession.Set("a", []byte(nil)), `{"$binary":""}`},
		{"set if absent", cart.SetIfAbsent(basket{}), empty},
		{"min", cart.Min(basket{}), empty},
		{"max", atomicsession.Max("a", []int(nil)), `[]`},
		{"push", carts.Push(basket{}), `[` + empty + `]`},
		{"push a list", atomicsession.Push("a", []int(nil), nil), `[[],[]]`},
		{"add to set", atomicsession.AddToSet("a", map[string]int(nil), map[string]int{}), `[{}]`},
		{"raw message", atomicsession.Set("a", map[string]json.RawMessage{"x": nil}), `{"x":null}`},
		{"nil pointer", atomicsession.Set("a", struct{ P *[]int }{}), `{"P":null}`},
		{"omitempty", atomicsession.Set("a", struct {
			L []int          `json:",omitempty"`
			M map[string]int `json:",omitzero"`
		}{}), `{}`},
	} {
		b := newSite(t, nil).browser()
		b.must(c.change)
		if got, want := b.document(), `{"a":`+c.want+`}`; got != want {
			t.Errorf("%s: the document is %s, want %s", c.name, got, want)
		}
	}
}

func TestChangesOfWhatWasNil(t *testing.T) {
	b := newSite(t, nil).browser()
	cart := atomicsession.NewKey[basket]("cart")
	b.must(cart.Set(basket{Items: []basketItem{{}}}), atomicsession.Set("empty", basket{}))
	b.must(
		atomicsession.Push("empty.items", basketItem{}), atomicsession.Set("empty.counts.x", 1), atomicsession.AddToSet("cart.items.0.tags", "new"),
		atomicsession.Set("cart.items.0.more.a.b", 2), atomicsession.Inc("cart.counts.y", 3),
	)
	b.wantDocument(`{"cart":{"counts":{"y":3},"items":[{"more":{"a":{"b":2}},"tags":["new"]}],"note":{"$binary":""}},` +
		`"empty":{"counts":{"x":1},"items":[{"more":{},"tags":[]}],"note":{"$binary":""}}}`)
	// Conditions and PullAll go by the same form.
	b.must(atomicsession.If(atomicsession.Eq("empty.items.0", basketItem{})), atomicsession.PullAll("empty.items", basketItem{Tags: []string{}}))
	b.must(atomicsession.If(atomicsession.NewKey[[]basketItem]("empty.items").Eq(nil)), atomicsession.Pull("cart.items", atomicsession.Eq("more", map[string]any{})))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		got, ok, err := atomicsession.Get[[]basketItem](ctx, s, "empty.items")
		if !ok || len(got) != 0 {
			t.Errorf("got %v, %v", got, ok)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
