package atomicsession_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// What a change is made of is the caller's to use again.
func TestChangesAreImmutable(t *testing.T) {
	b := newSite(t, nil).browser()
	bytes, list, ints := []byte("a"), []string{"a"}, map[string]int{"a": 1}
	once, sorts := []atomicsession.Condition{visits.Lt(1)}, []atomicsession.Sort{{}}
	some, inside := []atomicsession.Condition{tags.Element().Eq("a")}, []atomicsession.Change{tags.Element().Set("c")}
	conditions := []atomicsession.Condition{tags.Any(some...), atomicsession.Or(some...)}
	changes := []atomicsession.Change{
		atomicsession.If(once...), visits.Inc(1), atomicsession.Path("bytes").Set(bytes), atomicsession.Path("list").Set(list),
		atomicsession.Path("ints").Set(ints), atomicsession.Path("pushed").PushWith(atomicsession.PushOptions{Sort: sorts}, 2, 1),
		atomicsession.If(conditions[0]),
	}
	elements := tags.Where(some...)
	do := elements.Do(inside...)
	once[0], some[0], inside[0], conditions[0] = visits.Gt(1), tags.Element().Eq("b"), nil, visits.Gt(1)
	bytes[0], list[0], ints["a"], sorts[0].Desc = 'b', "b", 2, true
	b.must(tags.Set([]string{"a", "b"}))
	b.must(append(changes, do)...)
	const want = `"bytes":{"$binary":"YQ=="},"ints":{"a":1},"list":["a"],"pushed":[1,2],`
	b.wantDocument(`{` + want + `"tags":["c","b"],"visits":1}`)
	b.must(tags.Set([]string{"a", "b"}))
	b.must(elements.Do(tags.Element().Set("d")))
	b.wantDocument(`{` + want + `"tags":["d","b"],"visits":1}`)
}

// A change in a type of the application's own is that change wherever it stands.
func TestChangesInOtherTypes(t *testing.T) {
	type named struct {
		atomicsession.Change
		name string
	}
	b := newSite(t, nil).browser()
	b.must(named{tags.Set([]string{"a"}), "plain"})
	b.must(atomicsession.InOrder(named{tags.Push("b"), "first"}, tags.Where().Do(named{tags.Element().Set("c"), "inside"})))
	b.wantDocument(`{"tags":["c","c"]}`)
	for name, change := range map[string]atomicsession.Change{
		"in order": atomicsession.InOrder(tags.Pop(), named{atomicsession.Label("x"), "label"}),
		"inside":   tags.Where().Do(named{atomicsession.If(visits.Lt(1)), "condition"}),
	} {
		if err := b.update(change); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An error says where the update that it refuses would have gone, also if what is wrong stands deep inside.
func TestErrorsOfWhatIsInside(t *testing.T) {
	b := newSite(t, nil).browser()
	wrong, cond := qty.Of(atomicsession.Path("a")).Path().Eq(make(chan int)), atomicsession.If(visits.Lt(1))
	for want, change := range map[string]atomicsession.Change{
		`elements "cart": if "a.qty": invalid value: type chan int`: cart.Where(wrong).Do(qty.Inc(1)),
		`elements "cart": set "x": invalid value: type chan int`:    cart.Where().Do(atomicsession.Path("x").Set(make(chan int))),
		`elements "cart": invalid value: only operations`:           cart.Where().Do(cond),
		`pull "cart": if "a.qty": invalid value: type chan int`:     cart.Pull(wrong),
		`if "cart": if "a.qty": invalid value: type chan int`:       atomicsession.If(atomicsession.Not(cart.Any(wrong))),
		`sequence "": invalid value: only operations`:               atomicsession.InOrder(tags.Pop(), cond),
		`sequence "": invalid value: no changes`:                    atomicsession.InOrder(nil),
		`set "tags": invalid value: type chan int`:                  atomicsession.InOrder(tags.Pop(), atomicsession.Path("tags").Set(make(chan int))),
	} {
		if err := b.update(change); err == nil || !strings.HasPrefix(err.Error(), "session update: "+want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}

// Tests of applications compare the changes that they are given, and keep them in maps.
func TestChangesCompare(t *testing.T) {
	for _, c := range []atomicsession.Change{atomicsession.Path("a").Inc(1), atomicsession.User("u"), atomicsession.Path("$").Set(1)} {
		same := c
		if !reflect.DeepEqual(c, same) || c != same || !map[atomicsession.Change]bool{c: true}[same] {
			t.Error("a change is not itself")
		}
		if text, err := json.Marshal(c); err != nil || string(text) != "{}" {
			t.Errorf("as JSON it is %s, %v", text, err)
		}
	}
}

// hidden has what does not print where fmt cannot call its methods.
type hidden struct {
	change    atomicsession.Change
	condition atomicsession.Condition
	elements  atomicsession.Elements
	not       atomicsession.Condition
}

// Nor do changes and conditions, which hold values.
func TestChangesDoNotPrint(t *testing.T) {
	c := atomicsession.Path("a").Eq("treasure")
	changes := []any{
		atomicsession.Path("a").Set("treasure"), atomicsession.If(c), c, atomicsession.Path("a").Push("treasure"), atomicsession.User("treasure"),
		[]atomicsession.Change{atomicsession.Label("treasure")},
		hidden{atomicsession.Path("a").Set("treasure"), c, atomicsession.Path("a").Where(c), atomicsession.Not(c)},
		map[string]atomicsession.Condition{"c": c},
		atomicsession.Path("a").Where(c),
		[]atomicsession.Elements{cart.Where(c)},
		atomicsession.And(c), atomicsession.InOrder(atomicsession.Path("a").Set("treasure")),
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "changes", changes)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "changes", changes)
	for _, v := range changes {
		verbs := []string{"%v", "%+v", "%#v", "%d", "%s", "%x", "%q"}
		if _, ok := v.(hidden); ok {
			verbs = verbs[:3] // for the others fmt follows a pointer
		}
		for _, verb := range verbs {
			fmt.Fprintf(&log, verb, v)
		}
	}
	for _, secret := range []string{"treasure", fmt.Sprintf("%x", "treasure")} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("printed: %s", &log)
		}
	}
}
