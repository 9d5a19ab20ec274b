package atomicsession_test

import (
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession"
)

func TestInOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []atomicsession.Change
		want    string
	}{
		{"pull, then push", []atomicsession.Change{tags.Pull(tags.Element().Eq("a")), tags.Push("a")}, `{"n":5,"tags":["b","a"]}`},
		{"push, then pull", []atomicsession.Change{tags.Push("a"), tags.Pull(tags.Element().Eq("a"))}, `{"n":5,"tags":["b"]}`},
		{
			"bits",
			[]atomicsession.Change{atomicsession.Path("n").BitAnd(4), atomicsession.Path("n").BitOr(3), atomicsession.Path("n").BitXor(1)},
			`{"n":6,"tags":["a","b"]}`,
		},
		{"one", []atomicsession.Change{atomicsession.Path("n").Inc(1), nil}, `{"n":6,"tags":["a","b"]}`},
		{
			"of what is inside",
			[]atomicsession.Change{atomicsession.Path("o.x.y").Set(1), atomicsession.Path("o.x.yz").Set(2), atomicsession.Path("o.x.y").Inc(1)},
			`{"n":5,"o":{"x":{"y":2,"yz":2}},"tags":["a","b"]}`,
		},
		{
			"names that begin alike",
			[]atomicsession.Change{atomicsession.Path("o.ab").Set(1), atomicsession.Path("o.a").Set(2), atomicsession.Path("o.ab.c").Unset()},
			`{"n":5,"o":{"a":2,"ab":1},"tags":["a","b"]}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newSite(t, nil).browser()
			b.must(tags.Set([]string{"a", "b"}), atomicsession.Path("n").Set(5))
			b.must(atomicsession.InOrder(c.changes...))
			b.wantDocument(c.want)
		})
	}
}

func TestInOrderFails(t *testing.T) {
	b := newSite(t, nil).browser()
	b.must(tags.Set([]string{"a"}))
	one := tags.Push("x")
	for name, c := range map[string]struct {
		change atomicsession.Change
		want   error
	}{
		"nothing":          {atomicsession.InOrder(), atomicsession.ErrValue},
		"nothing but nil":  {atomicsession.InOrder(nil), atomicsession.ErrValue},
		"a condition":      {atomicsession.InOrder(one, atomicsession.If(tags.Exists())), atomicsession.ErrValue},
		"a user":           {atomicsession.InOrder(one, atomicsession.User("42")), atomicsession.ErrValue},
		"a label":          {atomicsession.InOrder(atomicsession.Label("x"), one), atomicsession.ErrValue},
		"a renaming":       {atomicsession.InOrder(one, atomicsession.Path("tags").Rename("x")), atomicsession.ErrValue},
		"another one":      {atomicsession.InOrder(one, atomicsession.InOrder(one)), atomicsession.ErrValue},
		"what is wrong":    {atomicsession.InOrder(one, atomicsession.Path("tags").Set(make(chan int))), atomicsession.ErrValue},
		"different fields": {atomicsession.InOrder(one, score.Set(1)), atomicsession.ErrPath},
		"names alike":      {atomicsession.InOrder(one, atomicsession.Path("tagsx").Set(1)), atomicsession.ErrPath},
		"the second fails": {atomicsession.InOrder(one, atomicsession.Path("tags").Inc(1)), atomicsession.ErrType},
	} {
		if err := b.update(c.change, visits.Inc(1)); !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v, want %v", name, err, c.want)
		}
	}
	for _, change := range []atomicsession.Change{one, atomicsession.InOrder(one), atomicsession.Path("tags.0").Set("x")} {
		if err := b.update(change, atomicsession.InOrder(tags.Pop())); !errors.Is(err, atomicsession.ErrConflict) {
			t.Errorf("beside a change of the same field: %v", err)
		}
	}
	b.wantDocument(`{"tags":["a"]}`)
}
