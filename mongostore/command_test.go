package mongostore_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// monitor remembers the names of the commands that a client sends.
type monitor struct {
	mu    sync.Mutex
	names []string
}

func (m *monitor) options() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{
		Started: func(_ context.Context, e *event.CommandStartedEvent) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.names = append(m.names, e.CommandName)
		},
	})
}

// take returns the names since the last call.
func (m *monitor) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := m.names
	m.names = nil
	return names
}

// An operation is one command, whatever it does and whatever it finds.
func TestOneCommand(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	if names := m.take(); len(names) > 0 {
		t.Errorf("New sends %v", names)
	}
	k := create(t, s, storetest.CommonDoc)
	if names := m.take(); !slices.Equal(names, []string{"insert"}) {
		t.Errorf("Create sends %v", names)
	}
	load(t, s, k)
	if names := m.take(); !slices.Equal(names, []string{"find"}) {
		t.Errorf("Load sends %v", names)
	}
	two, last := 2, -5
	one, object := value(`1`), value(`{"a":1,"b":[2.0,{"c":null}]}`)
	updates := []*driver.Update{
		update(),
		{MaxAge: time.Hour},
		{MaxAge: 2 * time.Hour, Lifetime: 3 * time.Hour, Attrs: driver.Attrs{"label": "Firefox", "ip": "::1"}},
		update(driver.Set{Path: "new", Value: object}), // a pipeline, which may use as well
		{MaxAge: time.Hour, Ops: []driver.Op{driver.Set{Path: "new", Value: object}}},
		{MaxAge: time.Hour, Ops: []driver.Op{driver.Inc{Path: "bit", By: one}}},
		update(driver.Set{Path: "push.0.a", Value: object}),
		update(driver.Set{Path: "new", Value: object}),
		update(driver.Set{Path: "new", Value: object}), // the same again
		update(driver.SetIfAbsent{Path: "in.absent", Value: one}, driver.Inc{Path: "visits", By: one}),
		update(driver.Unset{Path: "push.0.a"}),
		update(driver.Take{Path: "new"}, driver.Take{Path: "none"}),
		update(driver.Inc{Path: "bit", By: one}, driver.Mul{Path: "mulFloat", By: value(`1e300`)}),
		update(driver.Push{Path: "pushed", Each: []driver.Value{one, one}, Position: &two, Slice: &last, Sort: []driver.Sort{{Desc: true}}}),
		update(driver.Push{Path: "items", Each: []driver.Value{object}, Sort: []driver.Sort{{By: "a"}}}),
		update(driver.Pop{Path: "none"}),
		update(driver.Pull{Path: "pull", Where: []driver.Condition{{Is: driver.Gte, Value: value(`3`)}}}),
		update(driver.Pull{Path: "items", Where: []driver.Condition{{Path: "a", Is: driver.Eq, Value: one}}}),
		{If: storetest.CommonConditions(), MaxAge: time.Hour, User: new("ada"), Renew: &k.Verifier, Ops: []driver.Op{driver.Inc{Path: "bit", By: one}}},
	}
	for _, op := range append(storetest.CommonOps(), storetest.NestedOps()...) {
		if op.Target() != "set2" { // where a twin of the value is: see TestRoads
			updates = append(updates, update(op))
		}
	}
	for _, u := range updates {
		if err := u.Validate(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Errorf("%s: %v", updateText(u), err)
		}
		if names := m.take(); !slices.Equal(names, []string{"findAndModify"}) {
			t.Errorf("an update sends %v: %s", names, updateText(u))
		}
	}
	ada := driver.UserKey(k.ID, "ada")
	for _, u := range []*driver.Update{
		{Authenticated: now, Ops: []driver.Op{driver.Inc{Path: "bit", By: one}}},
		{AuthenticatedSince: now, MaxAge: time.Hour},
		{User: new("")},
	} {
		if _, err := s.Update(t.Context(), now, ada, u); err != nil {
			t.Error(err)
		}
		if names := m.take(); !slices.Equal(names, []string{"findAndModify"}) {
			t.Errorf("an update by user sends %v", names)
		}
	}
	if err := s.Delete(t.Context(), now, driver.UserKey(k.ID, "")); err != nil {
		t.Error(err)
	}
	if names := m.take(); !slices.Equal(names, []string{"delete"}) {
		t.Errorf("Delete sends %v", names)
	}
}
