package atomicsession_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// order is an element with a list inside.
type order struct {
	ID    int               `json:"id"`
	Items []item            `json:"items"`
	Tags  []string          `json:"tags"`
	Notes map[string]string `json:"notes"`
}

var (
	sku    = atomicsession.NewKey[string]("sku")
	qty    = atomicsession.NewCounter("qty")
	orders = atomicsession.NewList[order]("orders")
	id     = atomicsession.NewKey[int]("id")
	items  = atomicsession.NewList[item]("items")
	notes  = atomicsession.NewMap[string]("notes")
)

func TestElements(t *testing.T) {
	const before = `{"orders":[{"id":1,"items":[{"qty":1,"sku":"tea"},{"qty":2,"sku":"fig"}],"notes":{},"tags":["a","b"]},` +
		`{"id":2,"items":[{"qty":3,"sku":"tea"}],"notes":{},"tags":[]}],"tags":["a","b","c"]}`
	one := orders.Where(id.Eq(1))
	for name, c := range map[string]struct {
		change    atomicsession.Change
		old, want string // what is another one then
	}{
		"a field":                  {one.Do(id.Set(7)), `"id":1`, `"id":7`},
		"every element":            {orders.Where().Do(tags.Set(nil)), `"tags":["a","b"]},`, `"tags":[]},`},
		"none":                     {orders.Where(id.Gt(5)).Do(id.Set(7)), "", ""},
		"several conditions":       {orders.Where(id.Gt(0), id.Lt(2)).Do(id.Set(7)), `"id":1`, `"id":7`},
		"by a list inside":         {orders.Where(items.Any(sku.Eq("fig"), qty.Gt(1))).Do(id.Set(7)), `"id":1`, `"id":7`},
		"lists inside":             {orders.Where().Do(items.Where(sku.Eq("fig")).Do(qty.Inc(1))), `"qty":2`, `"qty":3`},
		"an entry inside":          {one.Do(notes.At("a.b").Set("x")), `"notes":{}`, `"notes":{"a%2Eb":"x"}`},
		"an element inside":        {one.Do(qty.Of(items.Index(1)).Inc(1)), `"qty":2`, `"qty":3`},
		"scalars":                  {tags.Where(tags.Element().Eq("c")).Do(tags.Element().Set("z")), `"c"]`, `"z"]`},
		"in order, of one field":   {one.Do(atomicsession.InOrder(tags.Pop(), tags.Push("z"))), `["a","b"]}`, `["a","z"]}`},
		"in order, of the element": {one.Do(atomicsession.InOrder(tags.Pop(), id.Set(7))), `"id":1,"items":[{"qty":1,"sku":"tea"},{"qty":2,"sku":"fig"}],"notes":{},"tags":["a","b"]`, `"id":7,"items":[{"qty":1,"sku":"tea"},{"qty":2,"sku":"fig"}],"notes":{},"tags":["a"]`},
		"removed":                  {tags.Where(tags.Element().Eq("c")).Do(tags.Element().Unset()), `"c"]`, `null]`},
		"a nil change":             {one.Do(nil, id.Set(7)), `"id":1`, `"id":7`},
		"pushed inside":            {one.Do(items.PushWith(atomicsession.PushOptions{Sort: []atomicsession.Sort{{By: "sku"}}})), `[{"qty":1,"sku":"tea"},{"qty":2,"sku":"fig"}]`, `[{"qty":2,"sku":"fig"},{"qty":1,"sku":"tea"}]`},
		"pulled inside":            {one.Do(items.Pull(sku.Eq("tea"))), `[{"qty":1,"sku":"tea"},{"qty":2,"sku":"fig"}]`, `[{"qty":2,"sku":"fig"}]`},
		"pulled through a list":    {orders.Pull(atomicsession.Path("items.sku").Eq("fig")), before[10:strings.Index(before, `{"id":2`)], "["},
		"untyped":                  {atomicsession.Path("orders").Where(atomicsession.Path("id").Eq(1)).Do(atomicsession.Path("id").Set(7)), `"id":1`, `"id":7`},
		"untyped scalars":          {atomicsession.Path("tags").Where(atomicsession.Path("").Eq("c")).Do(atomicsession.Path("").Set("z")), `"c"]`, `"z"]`},
		"any":                      {atomicsession.If(orders.Any(id.Eq(2)), atomicsession.Path("tags").Any(atomicsession.Path("").Eq("c"))), "", ""},
		"an index":                 {orders.Index(1).Set(order{ID: 7, Items: []item{{"tea", 3}}}), `"id":2`, `"id":7`},
	} {
		b := newSite(t, nil).browser()
		b.must(orders.Set([]order{
			{ID: 1, Items: []item{{"tea", 1}, {"fig", 2}}, Tags: []string{"a", "b"}}, {ID: 2, Items: []item{{"tea", 3}}},
		}), tags.Set([]string{"a", "b", "c"}))
		b.wantDocument(before)
		if err := b.update(c.change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, want := b.document(), strings.Replace(before, c.old, c.want, 1); got != want {
			t.Errorf("%s: the document is %s, want %s", name, got, want)
		}
	}
}

func TestElementsFail(t *testing.T) {
	b := newSite(t, nil).browser()
	b.must(tags.Set([]string{"a"}), name.Set("Ann"))
	before := b.document()
	all := tags.Where()
	for name, c := range map[string]struct {
		change atomicsession.Change
		want   error
	}{
		"no change":             {all.Do(), atomicsession.ErrValue},
		"a condition":           {all.Do(atomicsession.If(tags.Exists())), atomicsession.ErrValue},
		"a user":                {all.Do(tags.Element().Set("x"), atomicsession.User("42")), atomicsession.ErrValue},
		"a renaming":            {atomicsession.Path("tags").Where().Do(atomicsession.Path("a").Rename("b")), atomicsession.ErrValue},
		"what is wrong":         {all.Do(atomicsession.Path("").Set(make(chan int))), atomicsession.ErrValue},
		"a wrong condition":     {tags.Where(atomicsession.Path("").Eq(make(chan int))).Do(tags.Element().Set("x")), atomicsession.ErrValue},
		"a wrong any":           {atomicsession.If(tags.Any(atomicsession.Path("").Eq(make(chan int)))), atomicsession.ErrValue},
		"any of nothing":        {atomicsession.If(tags.Any()), atomicsession.ErrValue},
		"two of one path":       {all.Do(tags.Element().Set("x"), tags.Element().Max("y")), atomicsession.ErrConflict},
		"an element of nowhere": {tags.Element().Set("x"), atomicsession.ErrPath},
		"if of an element":      {atomicsession.If(tags.Element().Eq("a")), atomicsession.ErrPath},
		"a missing list":        {cart.Where().Do(qty.Inc(1)), atomicsession.ErrPath},
		"no list":               {atomicsession.Path("name").Where().Do(qty.Inc(1)), atomicsession.ErrType},
		"of another kind":       {all.Do(atomicsession.Path("").Inc(1)), atomicsession.ErrType},
		"a malformed list":      {atomicsession.NewList[item]("a..b").Where().Do(qty.Inc(1)), atomicsession.ErrPath},
	} {
		if err := b.update(c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v, want %v", name, err, c.want)
		}
	}
	b.wantDocument(before)
}

// A name that elements do not have would silently match none of them.
func TestElementsWithoutTheField(t *testing.T) {
	typo := atomicsession.NewKey[string]("skuu")
	sorted := func() atomicsession.PushOptions {
		return atomicsession.PushOptions{Sort: []atomicsession.Sort{{By: "sku"}, {By: "skuu"}}}
	}
	for name, change := range map[string]atomicsession.Change{
		"where":              cart.Where(typo.Eq("x")).Do(qty.Inc(1)),
		"combined":           cart.Where(atomicsession.Or(sku.Eq("x"), atomicsession.Not(typo.Ne("x")))).Do(qty.Inc(1)),
		"absent":             cart.Where(typo.Absent()).Do(qty.Inc(1)),
		"do":                 cart.Where().Do(typo.Set("x")),
		"in order":           cart.Where().Do(atomicsession.InOrder(typo.Set("x"), typo.Unset())),
		"any":                atomicsession.If(cart.Any(typo.Eq("x"))),
		"not any":            atomicsession.If(atomicsession.Not(cart.Any(typo.Eq("x")))),
		"pull":               cart.Pull(typo.Eq("x")),
		"sort":               cart.PushWith(sorted()),
		"nested where":       orders.Where(items.Any(typo.Eq("x"))).Do(id.Set(1)),
		"untyped inside":     orders.Where(atomicsession.Path("items").Any(typo.Eq("x"))).Do(id.Set(1)),
		"nested do":          orders.Where().Do(atomicsession.Path("items").Where().Do(typo.Set("x"))),
		"nested pull":        orders.Where().Do(atomicsession.Path("items").Pull(typo.Eq("x"))),
		"nested sort":        orders.Where().Do(atomicsession.Path("items").PushWith(sorted())),
		"nested in order":    orders.Where().Do(atomicsession.InOrder(atomicsession.Path("items").Pull(typo.Eq("x")), id.Set(1))),
		"pull through lists": orders.Pull(atomicsession.Path("items.skuu").Eq("x")),
		"through a list":     orders.Where(atomicsession.Path("items.sku").Eq("x")).Do(id.Set(1)),
		"inside a scalar":    tags.Pull(atomicsession.Path("x").Eq("x")),
		"field of an index":  typo.Of(cart.Index(0)).Set("x"),
		"list of an entry":   items.Of(atomicsession.NewMap[item]("m").At("x")).Pop(),
	} {
		err := newSite(t, nil).browser().update(change)
		if !errors.Is(err, atomicsession.ErrPath) || !strings.Contains(err.Error(), "has no field") {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := newSite(t, nil).browser().update(atomicsession.Path("orders").Pull(typo.Eq("x")), cart.Pull(sku.Eq("x"))) // what is not typed is not known
	if err != nil {
		t.Error(err)
	}
}
