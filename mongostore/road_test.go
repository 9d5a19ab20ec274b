package mongostore_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestRoads holds the lists of docs/mongodb.md to what is sent: one command, two for what fails, three where the server would do
// something else.
func TestRoads(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	rename := func(p, to driver.Path) driver.Op { return driver.Rename{Path: p, To: to} }
	add := func(texts ...string) driver.Op { return driver.AddToSet{Path: "a", Each: values(texts...)} }
	for _, tt := range []struct {
		doc      string
		op       driver.Op
		commands int
	}{
		{`{"a":1}`, rename("a", "b"), 1},
		{`{"a":1}`, rename("c", "b"), 3},
		{`{"a":[1]}`, rename("a.3", "b"), 3},
		{`{"a":[1]}`, rename("a.0", "b"), 2},
		{`{"a":5}`, rename("a.b", "b"), 2},
		{`{"a":null}`, rename("a.b", "b"), 2},
		{`{"a":[{"b":1}]}`, driver.Unset{Path: "a.b"}, 3},
		{`{"a":[{"b":1}]}`, driver.Take{Path: "a.b"}, 3},
		{`{"a":[{"b":1}]}`, driver.Unset{Path: "a.0.b"}, 1},
		{`{"a":5}`, driver.Unset{Path: "a.b"}, 1},
		{`{"a":[1]}`, driver.Unset{Path: "a.7"}, 1},
		{`{}`, driver.Push{Path: "a"}, 1},
		{`{}`, driver.Push{Path: "a.b"}, 1},
		{`{}`, add(), 1},
		{`{}`, driver.AddToSet{Path: "a.b"}, 1},
		{`{}`, driver.Pop{Path: "a"}, 1},
		{`{}`, driver.Pop{Path: "a.b"}, 3},
		{`{"a":[{"n":1}]}`, add(`{"n":2}`), 1},
		{`{"a":[{"n":1,"o":[2.0]}]}`, add(`{"n":1,"o":[2.0]}`), 1}, // the very same
		{`{"a":[{"n":1}]}`, add(`{"n":1.0}`), 3},
		{`{"a":[1]}`, add(`[1]`, `[1.0]`), 1},
		{`{"a":[1]}`, add(`1.0`), 1},
		{`{"a":[[1,[2]]]}`, add(`[1,[2.0]]`), 3},
		{`{"a":[-9223372036854775808]}`, add(`-9223372036854775808.0`), 3},
		{`{"a":[9007199254740993]}`, add(`9007199254740993`, `9007199254740992.0`), 1},
	} {
		road(t, s, &m, tt.doc, update(tt.op), tt.commands)
	}
}

// road holds an update of a new session to what Eval makes of it, and to how many commands it takes.
func road(t *testing.T, s driver.Store, m *monitor, data string, u *driver.Update, commands int) {
	t.Helper()
	if err := u.Validate(); err != nil {
		t.Fatal(updateText(u), err)
	}
	want, _, failure := driver.Eval(t.Context(), doc(data), u, now)
	if failure != nil {
		want = doc(data)
	}
	k := create(t, s, data)
	m.take()
	got, err := s.Update(t.Context(), now, k, u)
	if names := m.take(); len(names) != commands {
		t.Errorf("%s: %s sends %v", data, updateText(u), names)
	}
	if (err != nil) != (failure != nil) || err == nil && got.Fields.Text() != u.Written(want).Text() {
		t.Errorf("%s: %s answers %s, %v", data, updateText(u), got.Fields.Text(), err)
	}
	if stored := load(t, s, k); stored != want.Text() {
		t.Errorf("%s: %s makes it %s", data, updateText(u), stored)
	}
}

func values(texts ...string) []driver.Value {
	list := make([]driver.Value, len(texts))
	for i, text := range texts {
		list[i] = value(text)
	}
	return list
}
