package mongostore_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// Text that looks like an expression is text in the tests too: such an update is one command like any other.
func TestLiterals(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	field, pair, list := value(`"$data.other"`), value(`{"a":"$data.other","b":"$$ROOT"}`), value(`[1.0,"$data.other"]`)
	const before = `{"l":[{"a":"$data.other","b":"$$ROOT"},"$data.other"],"n":1,"o":{"a":"$data.other","b":"$$ROOT"},"other":{"x":1},` +
		`"s":[1,"$data.no"],"t":"$data.other"}`
	push := driver.Push{Path: "new", Each: []driver.Value{field, pair}} // which no pipeline has
	for _, tt := range []struct {
		u     *driver.Update
		after string // what is added, or changed
	}{
		{update(driver.AddToSet{Path: "l", Each: []driver.Value{pair, field}}), `{}`},
		{update(driver.PullAll{Path: "l", Values: []driver.Value{pair, field}}), `{"l":[]}`},
		{update(driver.Pull{Path: "l", Where: []driver.Condition{{Is: driver.Eq, Value: pair}}}), `{"l":["$data.other"]}`},
		{update(driver.Pull{Path: "l", Where: []driver.Condition{{Path: "a", Is: driver.Eq, Value: field}}}), `{"l":["$data.other"]}`},
		{update(driver.Set{Path: "s", Value: list}, push), `{"s":[1.0,"$data.other"],"new":["$data.other",{"a":"$data.other","b":"$$ROOT"}]}`},
		{update(driver.Set{Path: "s", Value: list}), `{"s":[1.0,"$data.other"]}`},
		{update(driver.SetIfAbsent{Path: "new", Value: pair}), `{"new":{"a":"$data.other","b":"$$ROOT"}}`},
		{&driver.Update{If: []driver.Condition{{Path: "o", Is: driver.Eq, Value: pair}, {Path: "t", Is: driver.Gte, Value: field}}}, `{}`},
		{&driver.Update{If: []driver.Condition{{Path: "t", Is: driver.Eq, Value: field}}, User: new("$data.t"), Attrs: driver.Attrs{"label": "$$ROOT", "ip": "$data.t"}}, `{}`},
		{&driver.Update{Ops: []driver.Op{driver.SetIfAbsent{Path: "t", Value: field}}, User: new("$data.t"), Attrs: driver.Attrs{"label": "$$ROOT", "ip": "$data.t"}}, `{}`},
	} {
		k := create(t, s, before)
		m.take()
		got, err := s.Update(t.Context(), now, k, tt.u)
		if names := m.take(); err != nil || !slices.Equal(names, []string{"findAndModify"}) {
			t.Errorf("%s sends %v: %v", updateText(tt.u), names, err)
		}
		want := doc(before)
		for name, v := range doc(tt.after).All() {
			want = want.With(name, v)
		}
		r, err := s.Load(t.Context(), now, k)
		if err != nil || r.Data.Text() != want.Text() {
			t.Errorf("%s makes it %s, %v", updateText(tt.u), r.Data.Text(), err)
		}
		if u := tt.u.User; u != nil && (r.User != *u || got.User != *u || !maps.Equal(r.Attrs, tt.u.Attrs)) {
			t.Errorf("the user has become %q, and the attributes %q", r.User, r.Attrs)
		}
	}
}
