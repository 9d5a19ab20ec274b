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
		{"set", atomicsession.Path("a").Set(basket{}), empty},
		{"key", cart.Set(basket{}), empty},
		{"pointer", atomicsession.Path("a").Set(&basket{}), empty},
		{"inside", atomicsession.Path("a").Set(basket{Items: []basketItem{{}}}), `{"counts":{},"items":[{"more":{},"tags":[]}],"note":{"$binary":""}}`},
		{"deeper", atomicsession.Path("a").Set([]map[string]basketItem{{"x": {More: map[string]map[string]int{"y": nil}}}}), `[{"x":{"more":{"y":{}},"tags":[]}}]`},
		{"any", atomicsession.Path("a").Set(map[string]any{"x": []string(nil), "y": map[string]int(nil), "z": basketItem{}}), `{"x":[],"y":{},"z":{"more":{},"tags":[]}}`},
		{"list", atomicsession.Path("a").Set([]int(nil)), `[]`},
		{"map", atomicsession.Path("a").Set(map[string]int(nil)), `{}`},
		{"bytes", atomicsession.Path("a").Set([]byte(nil)), `{"$binary":""}`},
		{"set if absent", cart.SetIfAbsent(basket{}), empty},
		{"min", cart.Min(basket{}), empty},
		{"max", atomicsession.Path("a").Max([]int(nil)), `[]`},
		{"push", carts.Push(basket{}), `[` + empty + `]`},
		{"push a list", atomicsession.Path("a").Push([]int(nil), []string(nil)), `[[],[]]`},
		{"add to set", atomicsession.Path("a").AddToSet(map[string]int(nil), map[string]int{}), `[{}]`},
		{"raw message", atomicsession.Path("a").Set(map[string]json.RawMessage{"x": nil}), `{"x":null}`},
		{"nil pointer", atomicsession.Path("a").Set(struct{ P *[]int }{}), `{"P":null}`},
		{"omitempty", atomicsession.Path("a").Set(struct {
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
	b.must(cart.Set(basket{Items: []basketItem{{}}}), atomicsession.Path("empty").Set(basket{}))
	b.must(
		atomicsession.Path("empty.items").Push(basketItem{}), atomicsession.Path("empty.counts.x").Set(1), atomicsession.Path("cart.items.0.tags").AddToSet("new"),
		atomicsession.Path("cart.items.0.more.a.b").Set(2), atomicsession.Path("cart.counts.y").Inc(3),
	)
	b.wantDocument(`{"cart":{"counts":{"y":3},"items":[{"more":{"a":{"b":2}},"tags":["new"]}],"note":{"$binary":""}},` +
		`"empty":{"counts":{"x":1},"items":[{"more":{},"tags":[]}],"note":{"$binary":""}}}`)
	// Conditions and PullAll go by the same form.
	b.must(atomicsession.If(atomicsession.Path("empty.items.0").Eq(basketItem{})), atomicsession.Path("empty.items").PullAll(basketItem{Tags: []string{}}))
	b.must(atomicsession.If(atomicsession.NewKey[[]basketItem]("empty.items").Eq(nil)), atomicsession.Path("cart.items").Pull(atomicsession.Path("more").Eq(map[string]any{})))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		got, ok, err := atomicsession.NewKey[[]basketItem]("empty.items").Get(ctx, s)
		if !ok || len(got) != 0 {
			t.Errorf("got %v, %v", got, ok)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
